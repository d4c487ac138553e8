"""Door and key: a wall with a locked door, the key and the agent to the left of it, the goal to the right."""

from collections.abc import Mapping
from typing import Any

from rewardlab.envs.gridworlds.generators.kernel import (
    DRAWN,
    FOREVER,
    begin,
    find,
    place_agent,
    walls_around,
    walls_down,
)
from rewardlab.envs.gridworlds.kernel.codes import GOAL, GREEN, KEY, LOCKED, YELLOW
from rewardlab.envs.gridworlds.kernel.compiled import scalar
from rewardlab.envs.gridworlds.kernel.pcg import bounded


def parameters(kwargs: Mapping[str, Any]) -> tuple[int, ...]:
    """None: the size of the grid says it all."""
    return ()


@scalar
def generate(cells, inside, field, rng, scratch, W, H, p):
    """One level in place; see `table.Native`."""
    begin(cells, inside, field, W, H)
    walls_around(cells, H, 0, 0, W, H)
    cells[(W - 2) * H + H - 2] = GOAL | GREEN << 4
    split = bounded(rng, 2, W - 2)
    walls_down(cells, H, split, 0, H)
    place_agent(cells, field, rng, W, H, 0, 0, split, H, FOREVER)
    cells[split * H + bounded(rng, 1, H - 2)] = LOCKED | YELLOW << 4
    cells[find(cells, field, rng, W, H, 0, 0, split, H, 1, FOREVER)] = KEY | YELLOW << 4
    return DRAWN
