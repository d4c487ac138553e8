"""Moving obstacles: an empty room with balls that wander; each may be anywhere at first."""

from collections.abc import Mapping
from typing import Any

from rewardlab.envs.gridworlds.generators.kernel import DRAWN, FOREVER, GAVE_UP, begin, find, place_agent, walls_around
from rewardlab.envs.gridworlds.kernel.codes import BALL, BLUE, FIELDS, GOAL, GREEN, HEADING, X, Y
from rewardlab.envs.gridworlds.kernel.compiled import scalar

_TRIES = 100


def parameters(kwargs: Mapping[str, Any]) -> tuple[int, ...]:
    """(agent's x, y, heading, number of balls) from the arguments of MiniGrid's class; x = -1 for anywhere."""
    x, y = kwargs.get("agent_start_pos", (1, 1)) or (-1, -1)
    size, balls = kwargs.get("size", 8), kwargs.get("n_obstacles", 4)
    return x, y, kwargs.get("agent_start_dir", 0), int(balls if balls <= size / 2 + 1 else size / 2)


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
    for ball in range(p[3]):
        at = find(cells, field, rng, W, H, 0, 0, W, H, 1, _TRIES)
        if at < 0:
            return GAVE_UP
        cells[at] = BALL | BLUE << 4
        field[FIELDS + ball] = at
    return DRAWN
