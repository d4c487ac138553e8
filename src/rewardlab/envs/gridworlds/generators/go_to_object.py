"""Keys, balls and boxes in a room, no two alike; one of them is named."""

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
from rewardlab.envs.gridworlds.kernel.codes import KEY, MISSION, P0, P1
from rewardlab.envs.gridworlds.kernel.compiled import scalar
from rewardlab.envs.gridworlds.kernel.pcg import bounded

_KINDS = 3
_MOST = 18  # objects, if no two are alike
_WHAT, _AT = 0, 32  # scratch: rank of the colour * 3 + kind after KEY; cell


def parameters(kwargs: Mapping[str, Any]) -> tuple[int, ...]:
    """(number of objects,) from the arguments of MiniGrid's class."""
    return (at_most("numObjs", kwargs.get("numObjs", 2), _MOST),)


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
            cells[at] = KEY + kind | colour(rank) << 4
            scratch[_WHAT + placed], scratch[_AT + placed] = what, at
            placed += 1
    place_agent(cells, field, rng, W, H, 0, 0, W, H, FOREVER)
    named = bounded(rng, 0, p[0])
    field[MISSION] = scratch[_WHAT + named]
    field[P0], field[P1] = scratch[_AT + named] // H, scratch[_AT + named] % H
    return DRAWN
