"""Red and blue doors: a square room with a red door on its left and a blue one on its right."""

from collections.abc import Mapping
from typing import Any

from rewardlab.envs.gridworlds.generators.kernel import DRAWN, FOREVER, begin, place_agent, walls_around
from rewardlab.envs.gridworlds.kernel.codes import BLUE, CLOSED, P0, P1, RED
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
    walls_around(cells, H, H // 2, 0, H, H)
    place_agent(cells, field, rng, W, H, H // 2, 0, H, H, FOREVER)
    red = H // 2 * H + bounded(rng, 1, H - 1)
    blue = (H // 2 + H - 1) * H + bounded(rng, 1, H - 1)
    cells[red], cells[blue] = CLOSED | RED << 4, CLOSED | BLUE << 4
    field[P0], field[P1] = red, blue
    return DRAWN
