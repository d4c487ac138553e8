"""Crossings: rivers of lava, or walls, from side to side, with openings along one way from corner to corner."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rewardlab.envs.gridworlds.generators.kernel import DRAWN, begin, walls_around
from rewardlab.envs.gridworlds.generators.limits import at_most
from rewardlab.envs.gridworlds.kernel.codes import EMPTY, GOAL, GREEN, GREY_WALL, HEADING, LAVA, X, Y
from rewardlab.envs.gridworlds.kernel.compiled import scalar
from rewardlab.envs.gridworlds.kernel.pcg import bounded, shuffle

# Regions of scratch: all rivers or the turns of the way; limits of the rooms from left to right, from top to bottom.
_RIVERS, _LEFT, _TOP = 0, 64, 128
_MOST = 67  # cells of a side: 64 rivers
_ACROSS = 1 << 16  # marks a river from left to right


def parameters(kwargs: Mapping[str, Any]) -> tuple[int, ...]:
    """(number of rivers, what they are made of) from the arguments of MiniGrid's class."""
    kind = kwargs.get("obstacle_type", "lava")
    at_most("size", kwargs.get("size", 9), _MOST)
    name = kind if isinstance(kind, str) else kind.__name__
    return kwargs.get("num_crossings", 1), {"lava": LAVA, "wall": GREY_WALL}[name.lower()]


@scalar
def _insert(scratch, start, count, value):
    """Keep scratch[start : start + count] sorted while it gets one more."""
    i = start + count
    while i > start and scratch[i - 1] > value:
        scratch[i] = scratch[i - 1]
        i -= 1
    scratch[i] = value


@scalar
def generate(cells, inside, field, rng, scratch, W, H, p):
    """One level in place; see `table.Native`."""
    begin(cells, inside, field, W, H)
    walls_around(cells, H, 0, 0, W, H)
    field[X], field[Y], field[HEADING] = 1, 1, 0
    cells[(W - 2) * H + H - 2] = GOAL | GREEN << 4
    rivers = 0
    for i in range(2, H - 2, 2):
        scratch[_RIVERS + rivers] = i
        rivers += 1
    for j in range(2, W - 2, 2):
        scratch[_RIVERS + rivers] = j | _ACROSS
        rivers += 1
    shuffle(rng, scratch, _RIVERS, rivers)
    columns = rows = 1  # limits so far; the first is the border
    scratch[_LEFT] = scratch[_TOP] = 0
    for k in range(p[0] if p[0] < rivers else rivers):
        river = scratch[_RIVERS + k]
        if river & _ACROSS:
            _insert(scratch, _TOP, rows, river & ~_ACROSS)
            rows += 1
        else:
            _insert(scratch, _LEFT, columns, river)
            columns += 1
    for k in range(1, rows):
        for i in range(1, W - 1):
            cells[i * H + scratch[_TOP + k]] = p[1]
    for k in range(1, columns):
        for j in range(1, H - 1):
            cells[scratch[_LEFT + k] * H + j] = p[1]
    scratch[_LEFT + columns], scratch[_TOP + rows] = H - 1, W - 1
    turns = columns + rows - 2
    for k in range(turns):
        scratch[_RIVERS + k] = k < columns - 1  # 1: to the right, through a column
    shuffle(rng, scratch, _RIVERS, turns)
    column, row = np.int64(0), np.int64(0)
    for k in range(turns):
        if scratch[_RIVERS + k]:
            i = scratch[_LEFT + column + 1]
            j = bounded(rng, scratch[_TOP + row] + 1, scratch[_TOP + row + 1])
            column += 1
        else:
            i = bounded(rng, scratch[_LEFT + column] + 1, scratch[_LEFT + column + 1])
            j = scratch[_TOP + row + 1]
            row += 1
        cells[i * H + j] = EMPTY
    return DRAWN
