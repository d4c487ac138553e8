"""Playground: nine rooms, doors between them, twelve objects and no task."""

from collections.abc import Mapping
from typing import Any

from rewardlab.envs.gridworlds.generators.kernel import (
    COLOURS,
    DRAWN,
    FOREVER,
    begin,
    colour,
    find,
    place_agent,
    walls_around,
    walls_down,
    walls_right,
)
from rewardlab.envs.gridworlds.kernel.codes import CLOSED, KEY
from rewardlab.envs.gridworlds.kernel.compiled import scalar
from rewardlab.envs.gridworlds.kernel.pcg import bounded

_ROOMS, _OBJECTS, _KINDS = 3, 12, 3


def parameters(kwargs: Mapping[str, Any]) -> tuple[int, ...]:
    """None: MiniGrid has one size only."""
    return ()


@scalar
def generate(cells, inside, field, rng, scratch, W, H, p):
    """One level in place; see `table.Native`."""
    begin(cells, inside, field, W, H)
    walls_around(cells, H, 0, 0, W, H)
    across, along = W // _ROOMS, H // _ROOMS
    for j in range(_ROOMS):
        for i in range(_ROOMS):
            left, top = i * across, j * along
            right, bottom = left + across, top + along
            if i + 1 < _ROOMS:
                walls_down(cells, H, right, top, along)
                at = right * H + bounded(rng, top + 1, bottom - 1)
                cells[at] = CLOSED | colour(bounded(rng, 0, COLOURS)) << 4
            if j + 1 < _ROOMS:
                walls_right(cells, H, left, bottom, across)
                at = bounded(rng, left + 1, right - 1) * H + bottom
                cells[at] = CLOSED | colour(bounded(rng, 0, COLOURS)) << 4
    place_agent(cells, field, rng, W, H, 0, 0, W, H, FOREVER)
    for _ in range(_OBJECTS):
        kind = bounded(rng, 0, _KINDS)
        shade = colour(bounded(rng, 0, COLOURS)) << 4
        cells[find(cells, field, rng, W, H, 0, 0, W, H, 1, FOREVER)] = KEY + kind | shade
    return DRAWN
