"""Memory: an object in the first room, a hall, and the same object and another one at the fork behind it."""

from collections.abc import Mapping
from typing import Any

from rewardlab.envs.gridworlds.generators.kernel import DRAWN, begin, walls_around, walls_down, walls_right
from rewardlab.envs.gridworlds.kernel.codes import BALL, GREEN, GREY_WALL, HEADING, KEY, P0, P1, X, Y
from rewardlab.envs.gridworlds.kernel.compiled import scalar
from rewardlab.envs.gridworlds.kernel.pcg import bounded


def parameters(kwargs: Mapping[str, Any]) -> tuple[int, ...]:
    """(is the length of the hall random,) from the arguments of MiniGrid's class."""
    return (int(kwargs.get("random_length", False)),)


@scalar
def generate(cells, inside, field, rng, scratch, W, H, p):
    """One level in place; see `table.Native`."""
    begin(cells, inside, field, W, H)
    walls_around(cells, H, 0, 0, W, H)
    middle = H // 2
    end = bounded(rng, 4, W - 2) if p[0] else W - 3
    walls_right(cells, H, 1, middle - 2, 4)
    walls_right(cells, H, 1, middle + 2, 4)
    cells[4 * H + middle - 1] = cells[4 * H + middle + 1] = GREY_WALL
    walls_right(cells, H, 5, middle - 1, end - 5)
    walls_right(cells, H, 5, middle + 1, end - 5)
    way = cells[end * H + middle]
    walls_down(cells, H, end, 0, H)
    cells[end * H + middle] = way
    walls_down(cells, H, end + 2, 0, H)
    field[X], field[Y], field[HEADING] = bounded(rng, 1, end + 1), middle, 0
    shown = KEY if bounded(rng, 0, 2) == 0 else BALL
    upper = BALL if bounded(rng, 0, 2) == 0 else KEY
    cells[H + middle - 1] = shown | GREEN << 4
    cells[(end + 1) * H + middle - 2] = upper | GREEN << 4
    cells[(end + 1) * H + middle + 2] = KEY + BALL - upper | GREEN << 4
    fork = (end + 1) * H + middle
    side = -1 if shown == upper else 1
    field[P0], field[P1] = fork + side, fork - side
    return DRAWN
