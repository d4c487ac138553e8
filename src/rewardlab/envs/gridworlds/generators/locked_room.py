"""Locked room: six rooms beside a hall, one locked with the goal in it, its key in another."""

from collections.abc import Mapping
from typing import Any

from rewardlab.envs.gridworlds.generators.kernel import (
    COLOURS,
    DRAWN,
    FOREVER,
    begin,
    colour,
    place_agent,
    walls_around,
    walls_down,
    walls_right,
)
from rewardlab.envs.gridworlds.kernel.codes import CLOSED, GOAL, GREEN, KEY, LOCKED, MISSION
from rewardlab.envs.gridworlds.kernel.compiled import scalar
from rewardlab.envs.gridworlds.kernel.pcg import bounded

_ROOMS = 6  # from top to bottom, left before right


def parameters(kwargs: Mapping[str, Any]) -> tuple[int, ...]:
    """None: the size of the grid says it all."""
    return ()


@scalar
def _cell(rng, H, room, left, right):
    """Any cell within a room."""
    x, width = (0, left + 1) if room % 2 == 0 else (right, left + 1)
    y, height = room // 2 * (H // 3), H // 3 + 1
    i = bounded(rng, x + 1, x + width - 1)
    return i * H + bounded(rng, y + 1, y + height - 1)


@scalar
def generate(cells, inside, field, rng, scratch, W, H, p):
    """One level in place; see `table.Native`."""
    begin(cells, inside, field, W, H)
    walls_around(cells, H, 0, 0, W, H)
    left, right = W // 2 - 2, W // 2 + 2
    walls_down(cells, H, left, 0, H)
    walls_down(cells, H, right, 0, H)
    for n in range(3):
        walls_right(cells, H, 0, n * (H // 3), left)
        walls_right(cells, H, right, n * (H // 3), W - right)
    locked = bounded(rng, 0, _ROOMS)
    cells[_cell(rng, H, locked, left, right)] = GOAL | GREEN << 4
    for rank in range(COLOURS):
        scratch[_ROOMS + rank] = rank
    for room in range(_ROOMS):
        drawn = bounded(rng, 0, COLOURS - room)
        rank = scratch[room] = scratch[_ROOMS + drawn]
        for rest in range(drawn, COLOURS - 1 - room):
            scratch[_ROOMS + rest] = scratch[_ROOMS + rest + 1]
        x, y = left if room % 2 == 0 else right, room // 2 * (H // 3) + 3
        cells[x * H + y] = (LOCKED if room == locked else CLOSED) | colour(rank) << 4
    keeps = bounded(rng, 0, _ROOMS)
    while keeps == locked:
        keeps = bounded(rng, 0, _ROOMS)
    cells[_cell(rng, H, keeps, left, right)] = KEY | colour(scratch[locked]) << 4
    place_agent(cells, field, rng, W, H, left, 0, right - left, H, FOREVER)
    field[MISSION] = (scratch[locked] * COLOURS + scratch[keeps]) * COLOURS + scratch[locked]
    return DRAWN
