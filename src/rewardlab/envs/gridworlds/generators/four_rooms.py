"""Four rooms: a cross of walls with a gap in each arm; agent and goal anywhere."""

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
    walls_right,
)
from rewardlab.envs.gridworlds.kernel.codes import EMPTY, GOAL, GREEN, HEADING, X, Y
from rewardlab.envs.gridworlds.kernel.compiled import scalar
from rewardlab.envs.gridworlds.kernel.pcg import bounded


def parameters(kwargs: Mapping[str, Any]) -> tuple[int, ...]:
    """(agent's x, y, goal's x, y) from the arguments of MiniGrid's class; x = -1 for anywhere."""
    return *(kwargs.get("agent_pos") or (-1, -1)), *(kwargs.get("goal_pos") or (-1, -1))


@scalar
def generate(cells, inside, field, rng, scratch, W, H, p):
    """One level in place; see `table.Native`."""
    begin(cells, inside, field, W, H)
    walls_around(cells, H, 0, 0, W, H)
    across, along = W // 2, H // 2
    for j in range(2):
        for i in range(2):
            left, top = i * across, j * along
            if i == 0:
                walls_down(cells, H, across, top, along)
                cells[across * H + bounded(rng, top + 1, top + along)] = EMPTY
            if j == 0:
                walls_right(cells, H, left, along, across)
                cells[bounded(rng, left + 1, left + across) * H + along] = EMPTY
    if p[0] >= 0:
        field[X], field[Y] = p[0], p[1]
        cells[p[0] * H + p[1]] = EMPTY
        field[HEADING] = bounded(rng, 0, 4)
    else:
        place_agent(cells, field, rng, W, H, 0, 0, W, H, FOREVER)
    if p[2] >= 0:
        cells[p[2] * H + p[3]] = GOAL | GREEN << 4
    else:
        cells[find(cells, field, rng, W, H, 0, 0, W, H, 1, FOREVER)] = GOAL | GREEN << 4
    return DRAWN
