"""MiniGrid's rules for one environment, in place: what an action does, what ends the episode, what it pays.

    r = 1 − 0.9 t / T on the step t that succeeds, 0 otherwise

Plain scalar functions without allocation, strings or exceptions: the same source runs under Numba, under `numba.cuda`
and as ordinary Python. Nothing here knows of other environments, of resets, or of time beyond its own episode.

Source: Chevalier-Boisvert, Dai, Towers, Perez-Vicente, Willems, Lahlou, Pal, Castro, Terry, "Minigrid & Miniworld:
Modular & Customizable Reinforcement Learning Environments for Goal-Oriented Tasks", NeurIPS 2023.
"""

import numpy as np

from rewardlab.envs.gridworlds.kernel.codes import (
    BALL,
    BOX,
    C_BALLS,
    C_FLAT_PAY,
    C_HEIGHT,
    C_INSIDE,
    C_RULE,
    C_SIZE,
    C_WIDTH,
    CARRIED,
    CARRIED_INSIDE,
    CARRIED_TAG,
    CLOSED,
    DONE,
    DOOR_AT,
    DOOR_OPEN,
    DROP,
    EMPTY,
    FETCH,
    FIELDS,
    FLOOR,
    FORWARD,
    GO_DONE,
    GOAL,
    GOAL_AT,
    HEADING,
    INSTRUCTION,
    KEY,
    KEY_AT,
    LAVA,
    LOCKED,
    MAX_STEPS,
    MEMORY,
    MOVED,
    OBSTACLES,
    OPEN,
    OPEN_DOOR,
    OPENED,
    P0,
    P1,
    P2,
    PICK_UP,
    PICKUP,
    PUT_NEAR,
    RANDOM,
    STEPS,
    TAKE_AT,
    TARGET,
    TOGGLE,
    TOOK,
    TWO_DOORS,
    WON,
    X,
    Y,
)  # fmt: skip
from rewardlab.envs.gridworlds.kernel.compiled import inlined, scalar
from rewardlab.envs.gridworlds.kernel.instructions import FAILURE, SUCCESS, obey
from rewardlab.envs.gridworlds.kernel.pcg import bounded
from rewardlab.envs.gridworlds.kernel.rounding import product
from rewardlab.envs.gridworlds.kernel.view import ahead_at, cell_at, look, put_cell, wall_up

U = np.uint64
_DX = np.array([1, 0, -1, 0], dtype=np.int64)
_DY = np.array([0, 1, 0, -1], dtype=np.int64)
_TRIES = 100  # that an obstacle has to find a free cell
_TURN = np.array([3, 1, 0, 0, 0, 0, 0], dtype=np.int64)  # by action, in quarter turns clockwise
_ENTER = 1 << EMPTY | 1 << FLOOR | 1 << OPEN | 1 << GOAL | 1 << LAVA  # a bit for each kind that one can walk on
_ENDS = 1 << GOAL | 1 << LAVA
_THINGS = 1 << KEY | 1 << BALL | 1 << BOX
_DOORS = 1 << BOX | 1 << OPEN | 1 << CLOSED | 1 << LOCKED
STAYED, ENTERED_GOAL, ENTERED_LAVA = range(3)
CONTINUE, PENALTY = 0, 3  # beside SUCCESS and FAILURE


@inlined
def _code(e, p, const, cells):  # type: ignore[no-untyped-def]
    """The code of cell number p = x * height + y."""
    x = p // const[C_HEIGHT]
    return np.int64(cells[cell_at(e, x, p - x * const[C_HEIGHT], const)])


@scalar
def _things_moved(e, const, cells, field):  # type: ignore[no-untyped-def]
    """Note where the first key of the level lies now, and whether one was taken."""
    found = np.int64(-1)
    for p in range(const[C_SIZE]):
        if _code(e, p, const, cells) & 15 == KEY:
            found = np.int64(p)
            break
    field[e, KEY_AT] = found
    field[e, MOVED] = 1
    if field[e, CARRIED] & 15 == KEY:
        field[e, TOOK] = 1


@scalar
def _take(e, code, p, x, y, const, cells, inside, tags, field):  # type: ignore[no-untyped-def]
    """The thing in cell p goes into the hand, with what it holds and what it is marked with."""
    q = U(e * const[C_SIZE] + p)
    field[e, CARRIED] = code
    put_cell(e, x, y, EMPTY, const, cells)
    if const[C_INSIDE]:
        field[e, CARRIED_INSIDE], inside[q] = inside[q], 0
    if const[C_RULE] == INSTRUCTION:
        field[e, CARRIED_TAG], tags[q] = tags[q], 0
    elif const[C_RULE] == PICK_UP and field[e, P0] == p:
        field[e, CARRIED_TAG], field[e, P0] = 1, -1


@scalar
def _drop(e, p, x, y, const, cells, inside, tags, field):  # type: ignore[no-untyped-def]
    """What is in the hand goes into cell p."""
    q = U(e * const[C_SIZE] + p)
    put_cell(e, x, y, np.int64(field[e, CARRIED]), const, cells)
    field[e, CARRIED] = EMPTY
    if const[C_INSIDE]:
        inside[q], field[e, CARRIED_INSIDE] = field[e, CARRIED_INSIDE], 0
    if const[C_RULE] == INSTRUCTION:
        tags[q] = field[e, CARRIED_TAG]
    elif const[C_RULE] == PICK_UP and field[e, CARRIED_TAG]:
        field[e, P0] = p
    field[e, CARRIED_TAG] = 0


@inlined
def _act(e, action, const, cells, inside, tags, field):  # type: ignore[no-untyped-def]
    """Do an action: STAYED, ENTERED_GOAL or ENTERED_LAVA.

    Turns and steps go by tables, without a branch on the action: a random one would be guessed wrong most times.
    """
    heading = np.int64(field[e, HEADING])
    x, y = field[e, X] + _DX[U(heading)], field[e, Y] + _DY[U(heading)]
    code = np.int64(cells[ahead_at(e, x, y, heading, const)])
    kind = code & 15
    enters = np.int64(_ENTER >> kind & (action == FORWARD))
    field[e, HEADING] = (heading + _TURN[U(action)]) & 3
    field[e, X] += enters * _DX[U(heading)]
    field[e, Y] += enters * _DY[U(heading)]
    if enters and _ENDS >> kind & 1:
        return ENTERED_GOAL if kind == GOAL else ENTERED_LAVA
    carried = np.int64(field[e, CARRIED])
    empty_handed = carried == EMPTY
    takes = (action == PICKUP) & empty_handed & (_THINGS >> kind & 1)
    drops = (action == DROP) & (not empty_handed) & (kind == EMPTY)
    toggles = (action == TOGGLE) & (_DOORS >> kind & 1)
    if takes | drops | toggles:
        _handle(e, action, x, y, code, const, cells, inside, tags, field)
    return STAYED


@scalar
def _handle(e, action, x, y, code, const, cells, inside, tags, field):  # type: ignore[no-untyped-def]
    """Pick up, drop or toggle, where there is something to be picked up, dropped or toggled."""
    kind, carried, p = code & 15, np.int64(field[e, CARRIED]), x * const[C_HEIGHT] + y
    if action == PICKUP:
        _take(e, code, p, x, y, const, cells, inside, tags, field)
    elif action == DROP:
        _drop(e, p, x, y, const, cells, inside, tags, field)
    elif kind == BOX:
        q, left = U(e * const[C_SIZE] + p), np.int64(EMPTY)
        if const[C_INSIDE] and inside[q]:
            left, inside[q] = np.int64(inside[q]), 0
        put_cell(e, x, y, left, const, cells)
        if const[C_RULE] == INSTRUCTION:
            tags[q] = 0
        elif const[C_RULE] == PICK_UP and field[e, P0] == p:
            field[e, P0] = -1
    else:
        if kind != LOCKED or carried == (code & 0x70 | KEY):
            put_cell(e, x, y, code & 0x70 | (CLOSED if kind == OPEN else OPEN), const, cells)
            if p == field[e, DOOR_AT]:
                field[e, DOOR_OPEN] = kind != OPEN
                field[e, OPENED] |= field[e, DOOR_OPEN]
        return
    _things_moved(e, const, cells, field)


@scalar
def _move_balls(e, const, cells, field, wide):  # type: ignore[no-untyped-def]
    """Each obstacle goes to a free cell next to its own, drawn by MiniGrid's own generator, or stays."""
    width, height = const[C_WIDTH], const[C_HEIGHT]
    random = wide[e, RANDOM:]
    for k in range(const[C_BALLS]):
        old = np.int64(field[e, FIELDS + k])
        old_x, old_y = old // height, old % height
        left, top = old_x - (old_x > 0), old_y - (old_y > 0)
        right = left + 3 if left + 3 < width else width
        bottom = top + 3 if top + 3 < height else height
        for _ in range(_TRIES + 1):
            x = np.int64(bounded(random, left, right))
            y = np.int64(bounded(random, top, bottom))
            here = x == field[e, X] and y == field[e, Y]
            if not here and cells[cell_at(e, x, y, const)] == EMPTY:
                put_cell(e, x, y, _code(e, old, const, cells), const, cells)
                put_cell(e, old_x, old_y, EMPTY, const, cells)
                field[e, FIELDS + k] = x * height + y
                break


@scalar
def _judge(e, action, held, held_tag, red, blue, const, cells, tags, places, field):  # type: ignore[no-untyped-def]
    """What the task makes of an action that has been done: CONTINUE, SUCCESS, FAILURE."""
    rule, carried = const[C_RULE], np.int64(field[e, CARRIED])
    if rule == INSTRUCTION:
        return obey(e, action, held, held_tag, const, cells, tags, places, field)
    if rule == PICK_UP:
        return SUCCESS if action == PICKUP and field[e, CARRIED_TAG] else CONTINUE
    if rule == OPEN_DOOR:
        opened = _code(e, np.int64(field[e, P0]), const, cells) & 15 == OPEN
        return SUCCESS if action == TOGGLE and opened else CONTINUE
    if rule == FETCH:
        if carried == EMPTY:
            return CONTINUE
        return SUCCESS if carried == field[e, P0] else FAILURE
    if rule == GO_DONE:
        if action == DONE:
            dx, dy = abs(field[e, X] - field[e, P0]), abs(field[e, Y] - field[e, P1])
            return SUCCESS if dx + dy == 1 else FAILURE
        return FAILURE if action == TOGGLE else CONTINUE
    if rule == PUT_NEAR:
        if action == PICKUP and carried != EMPTY and carried != field[e, P0]:
            return FAILURE
        if action == DROP and held != EMPTY:
            heading = field[e, HEADING]
            x, y = field[e, X] + _DX[U(heading)], field[e, Y] + _DY[U(heading)]
            near = abs(x - field[e, P1]) <= 1 and abs(y - field[e, P2]) <= 1
            return SUCCESS if near and carried == EMPTY else FAILURE
        return CONTINUE
    if rule == TWO_DOORS:
        if _code(e, np.int64(field[e, P1]), const, cells) & 15 == OPEN:
            return SUCCESS if red else FAILURE
        return FAILURE if blue and _code(e, np.int64(field[e, P0]), const, cells) & 15 == OPEN else CONTINUE
    if rule == MEMORY:
        here = field[e, X] * const[C_HEIGHT] + field[e, Y]
        return SUCCESS if here == field[e, P0] else FAILURE if here == field[e, P1] else CONTINUE
    return CONTINUE


@inlined
def step_one(  # type: ignore[no-untyped-def]
    e, action, const, lines, cells, inside, tags, places, field, wide, words, picture, reward, ended, cut
):
    """One step of environment e: state, picture, reward, and how it ended; 1 if it has ended, else 0.

    Args:
        action: 0..6, within the action space of the task.
        const: int64 [CONSTANTS].
        lines, cells: the grids as uint64 and as uint8, the same memory: see `view`.
        inside, tags, places: uint8, C_SIZE an environment, where the task has boxes that hold things or instructions.
        field: int32 [n, FIELDS + obstacles].
        wide: uint64 [n, WIDE].
        words, picture: the pictures as uint64 and as uint8, the same memory.
        reward, ended, cut: [n] float64, bool, bool.
    """
    rule = const[C_RULE]
    t = np.int64(field[e, STEPS]) + 1
    field[e, STEPS] = t
    held, held_tag = np.int64(field[e, CARRIED]), np.int64(field[e, CARRIED_TAG])
    red = blue = blocked = False
    if rule == TWO_DOORS:
        red = _code(e, np.int64(field[e, P0]), const, cells) & 15 == OPEN
        blue = _code(e, np.int64(field[e, P1]), const, cells) & 15 == OPEN
    elif rule == OBSTACLES:
        heading = np.int64(field[e, HEADING])
        x, y = field[e, X] + _DX[U(heading)], field[e, Y] + _DY[U(heading)]
        ahead = cells[ahead_at(e, x, y, heading, const)] & 15
        blocked = ahead != EMPTY and ahead != GOAL
        _move_balls(e, const, cells, field, wide)
    elif rule == MEMORY and action == PICKUP:
        action = np.int64(TOGGLE)
    event = _act(e, action, const, cells, inside, tags, field)
    outcome = CONTINUE
    if event != STAYED:
        outcome = SUCCESS if event == ENTERED_GOAL else FAILURE
    if rule == OBSTACLES:
        if blocked and action == FORWARD:
            outcome = PENALTY
    elif rule:
        own = _judge(e, action, held, held_tag, red, blue, const, cells, tags, places, field)
        outcome = outcome if own == CONTINUE else own
    last = np.int64(field[e, MAX_STEPS])
    pay = 0.0
    if outcome == SUCCESS:
        field[e, WON] = 1
        pay = 1.0 if const[C_FLAT_PAY] else 1.0 - product(0.9, t / last)
    elif outcome == PENALTY:
        pay = -1.0
    reward[e], ended[e], cut[e] = pay, outcome != CONTINUE, t >= last
    look(e, const, field, lines, cells, words, picture)
    return 1 if outcome != CONTINUE or t >= last else 0


@scalar
def begin_one(  # type: ignore[no-untyped-def]
    e, row, const, lines, cells, inside, tags, places, field, wide, words, picture,
    new_cells, new_inside, new_tags, new_field, new_wide,
):  # fmt: skip
    """Put level `row` of the new arrays, see `levels.Levels`, into environment e, and draw what is seen of it."""
    size, height = const[C_SIZE], const[C_HEIGHT]
    for p in range(new_field.shape[1]):
        field[e, p] = new_field[U(row), U(p)]
    for p in range(wide.shape[1]):  # the generator is kept by tasks that draw as they step
        wide[e, p] = new_wide[U(row), U(p)]
    wall_up(e, const, lines)
    field[e, GOAL_AT] = field[e, KEY_AT] = field[e, DOOR_AT] = -1
    for x in range(const[C_WIDTH]):
        for y in range(height):
            p = x * height + y
            code = np.int64(new_cells[U(row), U(p)])
            if code & TARGET:
                field[e, P0] = p
            put_cell(e, x, y, code & 0x7F, const, cells)
            kind = code & 15
            first = GOAL_AT if kind == GOAL else KEY_AT if kind == KEY else DOOR_AT
            if kind in (GOAL, KEY, OPEN, CLOSED, LOCKED) and field[e, first] < 0:
                field[e, first] = p
                if first == DOOR_AT:
                    field[e, DOOR_OPEN] = kind == OPEN
    if const[C_INSIDE]:
        for p in range(size):
            inside[U(e * size + p)] = new_inside[U(row), U(p)]
    if const[C_RULE] == INSTRUCTION:
        for p in range(size):
            tags[U(e * size + p)] = new_tags[U(row), U(p)]
            places[U(e * size + p)] = new_tags[U(row), U(p)]
    look(e, const, field, lines, cells, words, picture)
    take = np.int64(field[e, TAKE_AT])
    if take >= 0:  # a thing that is in the hand from the start, although the first picture shows it on the floor
        x = take // height
        y = take - x * height
        _take(e, _code(e, take, const, cells), take, x, y, const, cells, inside, tags, field)
        field[e, TAKE_AT] = -1
        field[e, MOVED] = 1
