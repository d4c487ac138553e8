"""Lava gap: a column of lava, or of walls, with one gap."""

from collections.abc import Mapping
from typing import Any

from rewardlab.envs.gridworlds.generators.kernel import DRAWN, begin, walls_around
from rewardlab.envs.gridworlds.kernel.codes import EMPTY, GOAL, GREEN, GREY_WALL, HEADING, LAVA, X, Y
from rewardlab.envs.gridworlds.kernel.compiled import scalar
from rewardlab.envs.gridworlds.kernel.pcg import bounded


def parameters(kwargs: Mapping[str, Any]) -> tuple[int, ...]:
    """(what the column is made of,) from the arguments of MiniGrid's class."""
    kind = kwargs.get("obstacle_type")
    return (LAVA if kind is None or kind.__name__ == "Lava" else GREY_WALL,)


@scalar
def generate(cells, inside, field, rng, scratch, W, H, p):
    """One level in place; see `table.Native`."""
    begin(cells, inside, field, W, H)
    walls_around(cells, H, 0, 0, W, H)
    field[X], field[Y], field[HEADING] = 1, 1, 0
    cells[(W - 2) * H + H - 2] = GOAL | GREEN << 4
    x = bounded(rng, 2, W - 2)
    y = bounded(rng, 1, H - 1)
    for j in range(1, H - 1):
        cells[x * H + j] = p[0]
    cells[x * H + y] = EMPTY
    return DRAWN
