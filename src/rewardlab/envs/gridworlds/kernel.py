"""MiniGrid's rules for one environment, in place: what an action does, what ends the episode, what it pays.

    r = 1 − 0.9 t / T on the step t that succeeds, 0 otherwise

Plain scalar functions without allocation, strings or exceptions: the same source runs under Numba, under `numba.cuda`
and as ordinary Python. Nothing here knows of other environments, of resets, or of time beyond its own episode.

Source: Chevalier-Boisvert, Dai, Towers, Perez-Vicente, Willems, Lahlou, Pal, Castro, Terry, "Minigrid & Miniworld:
Modular & Customizable Reinforcement Learning Environments for Goal-Oriented Tasks", NeurIPS 2023.
"""

import numpy as np

from rewardlab.envs.gridworlds.codes import (
    BOX, C_BALLS, C_FLAT_PAY, C_GUARD, C_HEIGHT, C_INSIDE, C_RULE, C_SIZE, C_WIDTH, CARRIED, CARRIED_INSIDE,
    CARRIED_TAG, CLOSED, DONE, DOOR_AT, DROP, EMPTY, FETCH, FIELDS, FLOOR, FORWARD, GO_DONE, GOAL, HEADING, INSTRUCTION,
    KEY, KEY_AT, LAVA, LOCKED, MAX_STEPS, MEMORY, MOVED, OBSTACLES, OPEN, OPEN_DOOR, OPENED, P0, P1, P2, PICK_UP,
    PICKUP, PUT_NEAR, RANDOM, STEPS, TAKE_AT, TARGET, TOGGLE, TOOK, TWO_DOORS, WON, X, Y,
)  # fmt: skip
from rewardlab.envs.gridworlds.compiled import scalar
from rewardlab.envs.gridworlds.instructions import FAILURE, SUCCESS, obey
from rewardlab.envs.gridworlds.pcg import bounded
from rewardlab.envs.gridworlds.view import draw_boards, flip_clear, look

U = np.uint64
_DX = np.array([1, 0, -1, 0], dtype=np.int64)
_DY = np.array([0, 1, 0, -1], dtype=np.int64)
_TRIES = 100  # that an obstacle has to find a free cell
STAYED, ENTERED_GOAL, ENTERED_LAVA = range(3)
CONTINUE, PENALTY = 0, 3  # beside SUCCESS and FAILURE


@scalar
def _find_key(e, const, cells, field):  # type: ignore[no-untyped-def]
    """Note where the first key of the level lies, and whether one was taken: after things have moved."""
    base, found = const[C_GUARD] + e * const[C_SIZE], -1
    for p in range(const[C_SIZE]):
        if cells[U(base + p)] & 15 == KEY:
            found = p
            break
    field[e, KEY_AT] = found
    field[e, MOVED] = 1
    if field[e, CARRIED] & 15 == KEY:
        field[e, TOOK] = 1


@scalar
def _act(e, action, const, cells, inside, tags, field, boards):  # type: ignore[no-untyped-def]
    """Do an action: STAYED, ENTERED_GOAL or ENTERED_LAVA."""
    heading = np.int64(field[e, HEADING])
    if action < FORWARD:
        field[e, HEADING] = (heading + 3 + 2 * action) & 3
        return STAYED
    if action == DONE:
        return STAYED
    x, y = field[e, X] + _DX[U(heading)], field[e, Y] + _DY[U(heading)]
    q = U(e * const[C_SIZE] + x * const[C_HEIGHT] + y)
    p = U(const[C_GUARD]) + q
    code = np.int64(cells[p])
    kind, carried = code & 15, np.int64(field[e, CARRIED])
    if action == FORWARD:
        if (1 << EMPTY | 1 << FLOOR | 1 << OPEN | 1 << GOAL | 1 << LAVA) >> kind & 1:
            field[e, X], field[e, Y] = x, y
            return ENTERED_GOAL if kind == GOAL else ENTERED_LAVA if kind == LAVA else STAYED
    elif action == PICKUP:
        if carried == EMPTY and KEY <= kind <= BOX:
            field[e, CARRIED], cells[p] = code, EMPTY
            if const[C_INSIDE]:
                field[e, CARRIED_INSIDE], inside[q] = inside[q], 0
            if const[C_RULE] == INSTRUCTION:
                field[e, CARRIED_TAG], tags[q] = tags[q], 0
            _find_key(e, const, cells, field)
    elif action == DROP:
        if kind == EMPTY and carried != EMPTY:
            cells[p], field[e, CARRIED] = carried, EMPTY
            if const[C_INSIDE]:
                inside[q], field[e, CARRIED_INSIDE] = field[e, CARRIED_INSIDE], 0
            if const[C_RULE] == INSTRUCTION:
                tags[q], field[e, CARRIED_TAG] = field[e, CARRIED_TAG], 0
            _find_key(e, const, cells, field)
    elif kind == BOX:
        left = np.int64(EMPTY)
        if const[C_INSIDE] and inside[q]:
            left, inside[q] = np.int64(inside[q]), 0
        cells[p] = left
        if const[C_RULE] == INSTRUCTION:
            tags[q] = 0
        _find_key(e, const, cells, field)
    elif kind == OPEN or kind == CLOSED or (kind == LOCKED and carried & 0x7F == (code & 0x70 | KEY)):
        cells[p] = code & 0xF0 | (CLOSED if kind == OPEN else OPEN)
        flip_clear(e, x, y, const, boards)
        if kind != OPEN and x * const[C_HEIGHT] + y == field[e, DOOR_AT]:
            field[e, OPENED] = 1
    return STAYED


@scalar
def _move_balls(e, const, cells, field, wide):  # type: ignore[no-untyped-def]
    """Each obstacle goes to a free cell next to its own, drawn by MiniGrid's own generator, or stays."""
    width, height = const[C_WIDTH], const[C_HEIGHT]
    base = const[C_GUARD] + e * const[C_SIZE]
    random = wide[e, RANDOM:]
    for k in range(const[C_BALLS]):
        old = np.int64(field[e, FIELDS + k])
        left, top = max(old // height - 1, 0), max(old % height - 1, 0)
        for _ in range(_TRIES + 1):
            x = bounded(random, left, min(left + 3, width))
            y = bounded(random, top, min(top + 3, height))
            p = U(base + x * height + y)
            if cells[p] == EMPTY and not (x == field[e, X] and y == field[e, Y]):
                cells[p] = cells[U(base + old)]
                cells[U(base + old)] = EMPTY
                field[e, FIELDS + k] = x * height + y
                break


@scalar
def _judge(e, action, held, held_tag, red, blue, const, cells, tags, places, field):  # type: ignore[no-untyped-def]
    """What the task makes of an action that has been done: CONTINUE, SUCCESS, FAILURE."""
    rule, carried = const[C_RULE], np.int64(field[e, CARRIED])
    base = const[C_GUARD] + e * const[C_SIZE]
    if rule == INSTRUCTION:
        return obey(e, action, held, held_tag, const, cells, tags, places, field)
    if rule == PICK_UP:
        return SUCCESS if action == PICKUP and carried & TARGET else CONTINUE
    if rule == OPEN_DOOR:
        opened = cells[U(base + field[e, P0])] & 15 == OPEN
        return SUCCESS if action == TOGGLE and opened else CONTINUE
    if rule == FETCH:
        if carried == EMPTY:
            return CONTINUE
        return SUCCESS if carried & 0x7F == field[e, P0] else FAILURE
    if rule == GO_DONE:
        if action == DONE:
            dx, dy = abs(field[e, X] - field[e, P0]), abs(field[e, Y] - field[e, P1])
            return SUCCESS if dx + dy == 1 else FAILURE
        return FAILURE if action == TOGGLE else CONTINUE
    if rule == PUT_NEAR:
        if action == PICKUP and carried != EMPTY and carried & 0x7F != field[e, P0]:
            return FAILURE
        if action == DROP and held != EMPTY:
            heading = field[e, HEADING]
            x, y = field[e, X] + _DX[U(heading)], field[e, Y] + _DY[U(heading)]
            near = abs(x - field[e, P1]) <= 1 and abs(y - field[e, P2]) <= 1
            return SUCCESS if near and carried == EMPTY else FAILURE
        return CONTINUE
    if rule == TWO_DOORS:
        if cells[U(base + field[e, P1])] & 15 == OPEN:
            return SUCCESS if red else FAILURE
        return FAILURE if blue and cells[U(base + field[e, P0])] & 15 == OPEN else CONTINUE
    if rule == MEMORY:
        here = field[e, X] * const[C_HEIGHT] + field[e, Y]
        return SUCCESS if here == field[e, P0] else FAILURE if here == field[e, P1] else CONTINUE
    return CONTINUE


@scalar
def step_one(  # type: ignore[no-untyped-def]
    e, action, const, offset, cells, inside, tags, places, field, wide, boards, words, picture, reward, ended, cut
):
    """One step of environment e: state, picture, reward, and how it ended; 1 if it has ended, else 0."""
    rule = const[C_RULE]
    base = const[C_GUARD] + e * const[C_SIZE]
    t = np.int64(field[e, STEPS]) + 1
    field[e, STEPS] = t
    held, held_tag = np.int64(field[e, CARRIED]), np.int64(field[e, CARRIED_TAG])
    red = blue = blocked = False
    if rule == TWO_DOORS:
        red = cells[U(base + field[e, P0])] & 15 == OPEN
        blue = cells[U(base + field[e, P1])] & 15 == OPEN
    elif rule == OBSTACLES:
        heading = field[e, HEADING]
        x, y = field[e, X] + _DX[U(heading)], field[e, Y] + _DY[U(heading)]
        ahead = cells[U(base + x * const[C_HEIGHT] + y)] & 15
        blocked = ahead != EMPTY and ahead != GOAL
        _move_balls(e, const, cells, field, wide)
    elif rule == MEMORY and action == PICKUP:
        action = np.int64(TOGGLE)
    event = _act(e, action, const, cells, inside, tags, field, boards)
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
        pay = 1.0 if const[C_FLAT_PAY] else 1.0 - 0.9 * (t / last)
    elif outcome == PENALTY:
        pay = -1.0
    reward[e], ended[e], cut[e] = pay, outcome != CONTINUE, t >= last
    look(e, const, offset, cells, field, boards, words, picture)
    return 1 if outcome != CONTINUE or t >= last else 0


@scalar
def begin_one(  # type: ignore[no-untyped-def]
    e, row, const, offset, cells, inside, tags, places, field, wide, boards, words, picture,
    new_cells, new_inside, new_tags, new_field, new_wide,
):  # fmt: skip
    """Put level `row` of the new arrays into environment e, and draw what is seen of it."""
    size = const[C_SIZE]
    base = const[C_GUARD] + e * size
    for p in range(size):
        cells[U(base + p)] = new_cells[U(row), U(p)]
    if const[C_INSIDE]:
        for p in range(size):
            inside[U(e * size + p)] = new_inside[U(row), U(p)]
    if const[C_RULE] == INSTRUCTION:
        for p in range(size):
            tags[U(e * size + p)] = new_tags[U(row), U(p)]
            places[U(e * size + p)] = new_tags[U(row), U(p)]
    for p in range(new_field.shape[1]):
        field[e, p] = new_field[U(row), U(p)]
    for p in range(new_wide.shape[1]):
        wide[e, p] = new_wide[U(row), U(p)]
    draw_boards(e, const, cells, boards)
    look(e, const, offset, cells, field, boards, words, picture)
    take = np.int64(field[e, TAKE_AT])
    if take >= 0:  # an object that is in the hand from the start, although the first picture shows it on the floor
        field[e, CARRIED], cells[U(base + take)] = cells[U(base + take)], EMPTY
        field[e, CARRIED_TAG], tags[U(e * size + take)] = tags[U(e * size + take)], 0
        field[e, TAKE_AT] = -1
        field[e, MOVED] = 1
