"""Keys, balls and boxes in a room, no two alike or close to each other; one is to be put near another."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rewardlab.envs.gridworlds.generators.kernel import (
    COLOURS,
    DRAWN,
    FOREVER,
    begin,
    colour,
    find,
    place_agent,
    walls_around,
)
from rewardlab.envs.gridworlds.generators.limits import at_most
from rewardlab.envs.gridworlds.kernel.codes import KEY, MISSION, P0, P1, P2
from rewardlab.envs.gridworlds.kernel.compiled import scalar
from rewardlab.envs.gridworlds.kernel.pcg import bounded

_KINDS = 3
_MOST = 18  # objects, if no two are alike
_WHAT, _AT = 0, 32  # scratch: rank of the colour * 3 + kind after KEY; cell


def parameters(kwargs: Mapping[str, Any]) -> tuple[int, ...]:
    """(number of objects,) from the arguments of MiniGrid's class."""
    return (at_most("numObjs", kwargs.get("numObjs", 2), _MOST),)


@scalar
def _is_close(scratch, H, count, at):
    """Does one of the objects touch this cell, be it with a corner?"""
    for k in range(count):
        other = scratch[_AT + k]
        if abs(at // H - other // H) <= 1 and abs(at % H - other % H) <= 1:
            return True
    return False


@scalar
def generate(cells, inside, field, rng, scratch, W, H, p):
    """One level in place; see `table.Native`."""
    begin(cells, inside, field, W, H)
    walls_around(cells, H, 0, 0, W, H)
    placed = used = np.int64(0)
    while placed < p[0]:
        kind = bounded(rng, 0, _KINDS)
        rank = bounded(rng, 0, COLOURS)
        what = rank * _KINDS + kind
        if not used >> what & 1:
            used |= np.int64(1) << what
            at = find(cells, field, rng, W, H, 0, 0, W, H, 1, FOREVER)
            while _is_close(scratch, H, placed, at):
                at = find(cells, field, rng, W, H, 0, 0, W, H, 1, FOREVER)
            cells[at] = KEY + kind | colour(rank) << 4
            scratch[_WHAT + placed], scratch[_AT + placed] = what, at
            placed += 1
    place_agent(cells, field, rng, W, H, 0, 0, W, H, FOREVER)
    moved = bounded(rng, 0, p[0])
    target = bounded(rng, 0, p[0])
    while target == moved:
        target = bounded(rng, 0, p[0])
    what, there = scratch[_WHAT + moved], scratch[_AT + target]
    field[P0] = KEY + what % _KINDS | colour(what // _KINDS) << 4
    field[P1], field[P2] = there // H, there % H
    field[MISSION] = what * COLOURS * _KINDS + scratch[_WHAT + target]
    return DRAWN
