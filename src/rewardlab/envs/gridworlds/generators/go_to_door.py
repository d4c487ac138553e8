"""Four doors of different colours in a room of random size; one of them is named."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rewardlab.envs.gridworlds.generators.kernel import (
    COLOURS,
    DRAWN,
    FOREVER,
    begin,
    colour,
    place_agent,
    walls_around,
)
from rewardlab.envs.gridworlds.kernel.codes import CLOSED, MISSION, P0, P1
from rewardlab.envs.gridworlds.kernel.compiled import scalar
from rewardlab.envs.gridworlds.kernel.pcg import bounded

_DOORS = 4
_X, _Y, _RANK = 0, 4, 8  # scratch


def parameters(kwargs: Mapping[str, Any]) -> tuple[int, ...]:
    """None: the size of the grid says it all."""
    return ()


@scalar
def generate(cells, inside, field, rng, scratch, W, H, p):
    """One level in place; see `table.Native`."""
    begin(cells, inside, field, W, H)
    width = bounded(rng, 5, W + 1)
    height = bounded(rng, 5, H + 1)
    walls_around(cells, H, 0, 0, width, height)
    scratch[_X], scratch[_Y] = bounded(rng, 2, width - 2), 0
    scratch[_X + 1], scratch[_Y + 1] = bounded(rng, 2, width - 2), height - 1
    scratch[_X + 2], scratch[_Y + 2] = 0, bounded(rng, 2, height - 2)
    scratch[_X + 3], scratch[_Y + 3] = width - 1, bounded(rng, 2, height - 2)
    drawn = used = np.int64(0)
    while drawn < _DOORS:
        rank = bounded(rng, 0, COLOURS)
        if not used >> rank & 1:
            used |= np.int64(1) << rank
            scratch[_RANK + drawn] = rank
            drawn += 1
    for door in range(_DOORS):
        cells[scratch[_X + door] * H + scratch[_Y + door]] = CLOSED | colour(scratch[_RANK + door]) << 4
    place_agent(cells, field, rng, W, H, 0, 0, width, height, FOREVER)
    named = bounded(rng, 0, _DOORS)
    field[MISSION] = scratch[_RANK + named]
    field[P0], field[P1] = scratch[_X + named], scratch[_Y + named]
    return DRAWN
