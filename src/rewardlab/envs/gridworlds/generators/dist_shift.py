"""Distribution shift: two strips of lava; only the test tells where the second one lies."""

from collections.abc import Mapping
from typing import Any

from rewardlab.envs.gridworlds.generators.kernel import DRAWN, FOREVER, begin, place_agent, walls_around
from rewardlab.envs.gridworlds.kernel.codes import GOAL, GREEN, HEADING, LAVA, X, Y
from rewardlab.envs.gridworlds.kernel.compiled import scalar


def parameters(kwargs: Mapping[str, Any]) -> tuple[int, ...]:
    """(agent's x, y, heading, row of the second strip) from the arguments of MiniGrid's class; x = -1 for anywhere."""
    x, y = kwargs.get("agent_start_pos", (1, 1)) or (-1, -1)
    return x, y, kwargs.get("agent_start_dir", 0), kwargs.get("strip2_row", 2)


@scalar
def generate(cells, inside, field, rng, scratch, W, H, p):
    """One level in place; see `table.Native`."""
    begin(cells, inside, field, W, H)
    walls_around(cells, H, 0, 0, W, H)
    cells[(W - 2) * H + 1] = GOAL | GREEN << 4
    for i in range(3, W - 3):
        cells[i * H + 1] = cells[i * H + p[3]] = LAVA
    if p[0] >= 0:
        field[X], field[Y], field[HEADING] = p[0], p[1], p[2]
    else:
        place_agent(cells, field, rng, W, H, 0, 0, W, H, FOREVER)
    return DRAWN
