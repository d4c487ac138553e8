"""Empty rooms: a goal in the lower right corner and nothing else."""

from collections.abc import Mapping
from typing import Any

from rewardlab.envs.gridworlds.generators.kernel import DRAWN, FOREVER, begin, place_agent, walls_around
from rewardlab.envs.gridworlds.kernel.codes import GOAL, GREEN, HEADING, X, Y
from rewardlab.envs.gridworlds.kernel.compiled import scalar


def parameters(kwargs: Mapping[str, Any]) -> tuple[int, ...]:
    """(agent's x, y, heading) from the arguments of MiniGrid's class; x = -1 for anywhere."""
    x, y = kwargs.get("agent_start_pos", (1, 1)) or (-1, -1)
    return x, y, kwargs.get("agent_start_dir", 0)


@scalar
def generate(cells, inside, field, rng, scratch, W, H, p):
    """One level in place; see `table.Native`."""
    begin(cells, inside, field, W, H)
    walls_around(cells, H, 0, 0, W, H)
    cells[(W - 2) * H + H - 2] = GOAL | GREEN << 4
    if p[0] >= 0:
        field[X], field[Y], field[HEADING] = p[0], p[1], p[2]
    else:
        place_agent(cells, field, rng, W, H, 0, 0, W, H, FOREVER)
    return DRAWN
