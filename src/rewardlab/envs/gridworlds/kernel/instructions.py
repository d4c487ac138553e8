"""Instructions of the baby language: are they obeyed, broken, or neither yet?

    clause:  go to A | pick up A | open A | put A next to B
    instruction:  clause | clause and clause | X, then Y | X after you Y

An object that a clause is about carries a tag bit wherever it goes, so that "the same object" is one bit test. Where
things of "go to" and "next to" lie is remembered from the last drop, as BabyAI remembers it: what was picked up since
still counts where it lay.

Source: Chevalier-Boisvert, Bahdanau, Lahlou, Willems, Saharia, Nguyen, Bengio, "BabyAI: A Platform to Study the Sample
Efficiency of Grounded Language Learning", ICLR 2019, Section 3.
"""

import numpy as np

from rewardlab.envs.gridworlds.kernel.codes import (
    AFTER,
    ALONE,
    C_HEIGHT,
    C_SIZE,
    CARRIED,
    CARRIED_TAG,
    CLOSED,
    DROP,
    EMPTY,
    GO_TO,
    HEADING,
    LOCKED,
    MOVED,
    OPEN,
    P0,
    PICKUP,
    PROGRAM,
    PROGRESS,
    PUT_NEXT,
    TAKE,
    TOGGLE,
    UNBAR,
    X,
    Y,
)  # fmt: skip
from rewardlab.envs.gridworlds.kernel.compiled import scalar
from rewardlab.envs.gridworlds.kernel.view import ahead_at

U = np.uint64
CONTINUE, SUCCESS, FAILURE = range(3)
_DX = np.array([1, 0, -1, 0], dtype=np.int64)
_DY = np.array([0, 1, 0, -1], dtype=np.int64)
# Bits of PROGRESS: 0..3 clause k of an `and` is done, 4..7 clause k has been looked at, 8 the first part is done.
_LOOKED, _FIRST_DONE = 4, 1 << 8


@scalar
def obey(e, action, held, held_tag, const, cells, tags, places, field):  # type: ignore[no-untyped-def]
    """CONTINUE, SUCCESS or FAILURE after an action has been done.

    Args:
        held, held_tag: what the agent carried before the action, and its tag bits.
        tags: which sets an object is in, by cell.
        places: which sets a cell is a place of, since the last drop.
    """
    size = const[C_SIZE]
    if action == DROP and field[e, MOVED]:
        for p in range(size):
            places[U(e * size + p)] = tags[U(e * size + p)]
        field[e, MOVED] = 0
    program = np.int64(field[e, PROGRAM])
    order, strict = program & 3, program >> 2 & 1
    if order == ALONE:
        return _part(e, 0, action, held, held_tag, const, cells, tags, places, field)
    first = 1 if order == AFTER else 0
    if not field[e, PROGRESS] & _FIRST_DONE:
        outcome = _part(e, first, action, held, held_tag, const, cells, tags, places, field)
        if outcome == FAILURE:
            return FAILURE
        if outcome == CONTINUE:
            if strict and _part(e, 1 - first, action, held, held_tag, const, cells, tags, places, field) == SUCCESS:
                return FAILURE
            return CONTINUE
        field[e, PROGRESS] |= _FIRST_DONE
    return _part(e, 1 - first, action, held, held_tag, const, cells, tags, places, field)


@scalar
def _part(e, part, action, held, held_tag, const, cells, tags, places, field):  # type: ignore[no-untyped-def]
    """One side of a sequence: a clause, or two joined by `and`, which never fails."""
    k = 2 * part
    if not np.int64(field[e, PROGRAM]) >> (3 + part) & 1:
        return _clause(e, k, action, held, held_tag, const, cells, tags, places, field)
    for c in range(k, k + 2):
        done = (np.int64(field[e, PROGRESS]) >> c) & 1
        if not done and _clause(e, c, action, held, held_tag, const, cells, tags, places, field) == SUCCESS:
            field[e, PROGRESS] |= 1 << c
    return SUCCESS if (np.int64(field[e, PROGRESS]) >> k) & 3 == 3 else CONTINUE


@scalar
def _clause(e, k, action, held, held_tag, const, cells, tags, places, field):  # type: ignore[no-untyped-def]
    what, strict = np.int64(field[e, P0 + k]) & 7, np.int64(field[e, P0 + k]) >> 3
    mine, other = np.int64(1) << (2 * k), np.int64(2) << (2 * k)
    known = (np.int64(field[e, PROGRESS]) >> (_LOOKED + k)) & 1
    field[e, PROGRESS] |= 1 << (_LOOKED + k)
    if not known:  # what was in the hand before the first look is not known to a clause
        held, held_tag = np.int64(EMPTY), np.int64(0)
    heading, height = np.int64(field[e, HEADING]), const[C_HEIGHT]
    x, y = field[e, X] + _DX[U(heading)], field[e, Y] + _DY[U(heading)]
    q = U(e * const[C_SIZE] + x * height + y)
    if what == GO_TO:
        return SUCCESS if np.int64(places[q]) & mine else CONTINUE
    if what == UNBAR:
        if action != TOGGLE:
            return CONTINUE
        kind = np.int64(cells[ahead_at(e, x, y, heading, const)]) & 15
        if kind == OPEN and np.int64(tags[q]) & mine:
            return SUCCESS
        return FAILURE if strict and kind in (OPEN, CLOSED, LOCKED) else CONTINUE
    if what == TAKE:
        if action != PICKUP:
            return CONTINUE
        if held == EMPTY and np.int64(field[e, CARRIED_TAG]) & mine:
            return SUCCESS
        return FAILURE if strict and field[e, CARRIED] != EMPTY else CONTINUE
    if what == PUT_NEXT:
        if strict and action == PICKUP and field[e, CARRIED] != EMPTY:
            return FAILURE
        if action == DROP and held_tag & mine and field[e, CARRIED] == EMPTY:
            around = (
                np.int64(places[q - U(1)]) | np.int64(places[q + U(1)])
                | np.int64(places[q - U(height)]) | np.int64(places[q + U(height)])
            )  # fmt: skip
            return SUCCESS if around & other else CONTINUE
    return CONTINUE
