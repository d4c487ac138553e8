"""What the level generators share: walls, colours, and finding a free cell as MiniGrid does, draw by draw.

A level is cells [W * H] uint8, x-major, what the boxes in them hold [W * H] uint8, and a row of fields. MiniGrid looks
for a free cell by rejection: column, then row, again until the cell will do. A search that MiniGrid gives up ends with
-1 here, and with `GAVE_UP` from the generator.
"""

import numpy as np

from rewardlab.envs.gridworlds.kernel.codes import EMPTY, GREY_WALL, HEADING, MISSION, P0, P1, P2, P3, X, Y
from rewardlab.envs.gridworlds.kernel.compiled import scalar
from rewardlab.envs.gridworlds.kernel.pcg import bounded

DRAWN, GAVE_UP = 0, 1
"""What a generator returns; `GAVE_UP` where MiniGrid's reset fails with a RecursionError."""
COLOURS = 6
FOREVER = 1 << 62
"""Tries of a search without a limit."""

# The colours in the alphabetic order in which MiniGrid draws them, one hexadecimal digit each, the first one lowest.
_ALPHABETIC = 0x403512


@scalar
def colour(rank):
    """The colour at a place 0..5 of the alphabet: blue, green, grey, purple, red, yellow."""
    return _ALPHABETIC >> 4 * rank & 15


@scalar
def begin(cells, inside, field, W, H):
    """An empty grid; the agent is nowhere, mission and parameters of the rule are 0."""
    for at in range(W * H):
        cells[at] = EMPTY
        inside[at] = 0
    field[X] = field[Y] = field[HEADING] = -1
    field[MISSION] = field[P0] = field[P1] = field[P2] = field[P3] = 0


@scalar
def walls_right(cells, H, x, y, count):
    """A row of walls from (x, y) to the right."""
    for i in range(count):
        cells[(x + i) * H + y] = GREY_WALL


@scalar
def walls_down(cells, H, x, y, count):
    """A column of walls from (x, y) down."""
    for i in range(count):
        cells[x * H + y + i] = GREY_WALL


@scalar
def walls_around(cells, H, x, y, width, height):
    """The outline of a rectangle."""
    walls_right(cells, H, x, y, width)
    walls_right(cells, H, x, y + height - 1, width)
    walls_down(cells, H, x, y, height)
    walls_down(cells, H, x + width - 1, y, height)


@scalar
def find(cells, field, rng, W, H, x, y, width, height, apart, tries):
    """A free cell of a rectangle, at least `apart` steps (1 or more) from the agent; -1 after tries + 1 failures."""
    left, top = x if x > 0 else 0, y if y > 0 else 0  # min and max do not compile for CUDA
    right, bottom = left + width if left + width < W else W, top + height if top + height < H else H
    tried = 0
    while tried <= tries:
        tried += 1
        i = bounded(rng, left, right)
        j = bounded(rng, top, bottom)
        at = i * H + j
        if cells[at] == EMPTY and abs(i - field[X]) + abs(j - field[Y]) >= apart:
            return at
    return np.int64(-1)


@scalar
def place_agent(cells, field, rng, W, H, x, y, width, height, tries):
    """The agent on a free cell of a rectangle, facing any way; -1 if none was found."""
    field[X] = field[Y] = -1
    at = find(cells, field, rng, W, H, x, y, width, height, 1, tries)
    if at >= 0:
        field[X], field[Y] = at // H, at % H
        field[HEADING] = bounded(rng, 0, 4)
    return at
