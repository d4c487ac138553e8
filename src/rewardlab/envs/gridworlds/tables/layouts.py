"""Layouts of grid worlds: where the walls stand, what kind each cell is, where episodes begin.

A layout has a name and a size, or is a map in letters. Named layouts with chance in them are drawn for many levels at
once, each from a stream of its own, so that level i is the same whatever the number of levels.

Source: Sutton, Precup, Singh, "Between MDPs and Semi-MDPs: A Framework for Temporal Abstraction in Reinforcement
Learning", Artificial Intelligence 1999, Figure 2 (the four rooms, 11 × 11).
"""

from typing import NamedTuple

import numpy as np

from rewardlab.core.errors import BadOption, nearest
from rewardlab.core.rng import Streams

LARGEST = 13
NAMES = ("open", "room", "four_rooms", "rooms", "maze", "scattered")
_DENSITY, _SMALLEST = 0.15, 5  # of scattered walls; the smallest of its squares


class Layout(NamedTuple):
    """Where things are, for L levels; L = 1 where nothing is drawn.

    Attributes:
        walls: [L, H, W] bool.
        kinds: [L, H, W] int64, the kind of each cell, 0..9.
        starts: [L, H, W] bool, cells where episodes may begin; nowhere True if that is left open.
        places: object's number -> (row, column), for the letters of a map.
    """

    walls: np.ndarray
    kinds: np.ndarray
    starts: np.ndarray
    places: dict[int, tuple[int, int]]


def read(text: str) -> Layout:
    """A map: `#` wall, `.` floor, `1`-`9` floor of that kind, `S` a start, `a`-`z` the place of object 0, 1, ...

    Raises:
        BadOption: for rows of unequal length, more than 13 x 13 cells, an unknown letter, or an object in two places.
    """
    rows = [line.strip() for line in text.strip().splitlines()]
    height, width = len(rows), len(rows[0]) if rows else 0
    if any(len(row) != width for row in rows):
        raise _bad(f"rows of {sorted({len(r) for r in rows})} letters", "rows of equal length")
    if not (1 <= height <= LARGEST and 1 <= width <= LARGEST):
        raise _bad(f"{height} x {width} cells", f"1 x 1 to {LARGEST} x {LARGEST}")
    letters = np.array([list(row) for row in rows])
    places: dict[int, tuple[int, int]] = {}
    kinds = np.zeros((1, height, width), dtype=np.int64)
    for (r, c), letter in np.ndenumerate(letters):
        if "a" <= letter <= "z":
            if ord(letter) - ord("a") in places:
                raise _bad(f"{letter!r} stands in two places", "each object once")
            places[ord(letter) - ord("a")] = (r, c)
        elif "1" <= letter <= "9":
            kinds[0, r, c] = int(letter)
        elif letter not in "#.S":
            raise _bad(f"letter {str(letter)!r} in row {r}", "# wall, . floor, 1-9 kinds, S start, a-z objects")
    return Layout((letters == "#")[None], kinds, (letters == "S")[None], places)


def named(name: str, size: int, rng: Streams) -> Layout:
    """A named layout of size x size cells; L = len(rng) levels where it is drawn, else 1.

    "open": no wall. "room": no wall, episodes begin in the middle. "four_rooms": of 11 x 11 cells, the published ones.
    "rooms": 3 x 3 rooms with doors. "maze": perfect mazes by depth-first search, odd sizes. "scattered": squares of 5
    to `size` cells, each cell a wall with probability 0.15, of which some may be cut off.

    Raises:
        BadOption: for an unknown name, or a size that it cannot have.
    """
    if name not in NAMES:
        names = ", ".join(NAMES)
        raise _bad(f"layout={name!r}", f"one of {names}, or a map", nearest(name, NAMES))
    least = 1 if name in ("open", "room") else _SMALLEST
    if not least <= size <= LARGEST or (name == "maze" and size % 2 == 0):
        raise _bad(f"size={size!r} of {name!r}", f"{'odd, ' if name == 'maze' else ''}{least} to {LARGEST}")
    if name == "maze":
        walls = mazes(size, rng)
    elif name == "scattered":
        walls = rng.uniform((size, size)) < _DENSITY
        own = _SMALLEST + rng.integers(size - _SMALLEST + 1)  # [L] the size of each
        outside = np.maximum(*np.indices((size, size))) >= own[:, None, None]
        walls = walls | outside
    else:
        walls = {"four_rooms": _four_rooms, "rooms": _rooms}.get(name, _nothing)(size)[None]
    starts = np.zeros_like(walls)
    starts[:, size // 2, size // 2] = name == "room"
    return Layout(walls, np.zeros(walls.shape, dtype=np.int64), starts, {})


def mazes(size: int, rng: Streams) -> np.ndarray:
    """Perfect mazes [L, size, size] bool, drawn by randomised depth-first search; rooms are the even cells."""
    side, levels = (size + 1) // 2, len(rng)
    walls = np.ones((levels, size, size), dtype=bool)
    seen = np.zeros((levels, side + 2, side + 2), dtype=bool)
    seen[:, [0, -1]] = seen[:, :, [0, -1]] = True  # a rim that nobody goes to
    row = np.arange(levels)
    way = np.array([[-1, 0], [0, 1], [1, 0], [0, -1]])
    stack = np.zeros((levels, side * side, 2), dtype=np.int64)
    depth = np.zeros(levels, dtype=np.int64)
    first = rng.integers(side * side)
    stack[:, 0] = np.stack([first // side, first % side], axis=1)
    seen[row, stack[:, 0, 0] + 1, stack[:, 0, 1] + 1] = True
    walls[row, 2 * stack[:, 0, 0], 2 * stack[:, 0, 1]] = False
    for _ in range(2 * (side * side - 1)):  # each room is entered once and left once
        here = stack[row, depth]  # [L, 2]
        near = here[:, None] + way + 1  # [L, 4, 2], in the rim's counting
        free = ~seen[row[:, None], near[..., 0], near[..., 1]]
        pick = np.where(free, rng.uniform((4,)), -1.0).argmax(1)
        on = free.any(1)
        there = here + way[pick]
        i, to = row[on], there[on]
        between = here[on] + to
        walls[i, between[:, 0], between[:, 1]] = False
        walls[i, 2 * to[:, 0], 2 * to[:, 1]] = False
        seen[i, to[:, 0] + 1, to[:, 1] + 1] = True
        depth = depth + np.where(on, 1, -1)
        stack[i, depth[on]] = to
        depth = np.maximum(depth, 0)
    return walls


def _nothing(size: int) -> np.ndarray:
    return np.zeros((size, size), dtype=bool)


def _four_rooms(size: int) -> np.ndarray:
    walls, middle = _nothing(size), (size - 1) // 2
    walls[:, middle] = True
    walls[middle, :middle] = True
    walls[middle + 1, middle + 1 :] = True  # the right-hand wall is one lower, as in the figure
    walls[size // 4, middle] = walls[(3 * size + 3) // 4, middle] = False
    walls[middle, size // 8] = walls[middle + 1, 3 * size // 4] = False
    return walls


def _rooms(size: int) -> np.ndarray:
    walls, one, two = _nothing(size), size // 3, 2 * size // 3
    walls[[one, two]] = walls[:, [one, two]] = True
    doors = [(one - 1) // 2, (one + two) // 2, (two + size) // 2]
    for wall in (one, two):
        walls[wall, doors] = walls[doors, wall] = False
    return walls


def _bad(what: str, expected: str, mend: str = "") -> BadOption:
    return BadOption(what, where="layout", expected=expected, mend=mend)
