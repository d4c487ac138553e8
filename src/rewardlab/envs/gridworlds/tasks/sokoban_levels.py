"""Sokoban levels: rooms made by a random walk, and boxes pulled away from their targets, so that all can be solved.

    solved room → pull, pull, ... → level;    every pull is a push that leads back

Reverse play is a breadth-first search over (boxes, cells that the player can walk to), cut off after so many states;
the level is one of the farthest. Sets of cells are bits of one integer. A room, its mirror images and rotations
belong to one split, so that no test level shares its walls and targets with a training level.

Source: Racanière, Weber, Reichert, Buesing, Guez, Rezende, Badia, Vinyals, Heess, Li, Pascanu, Battaglia, Hassabis,
Silver, Wierstra, "Imagination-Augmented Agents for Deep Reinforcement Learning", NeurIPS 2017, Appendix (procedural
generation by reverse play); Schrader, "gym-sokoban", 2018.
"""

import zlib
from dataclasses import dataclass

import numpy as np

from rewardlab.core.errors import BadOption

SPLITS = ("train", "test")
_STATES = 1000  # of reverse play; more make harder levels and take longer
_ATTEMPTS = 2000


@dataclass(frozen=True)
class Level:
    """One level of Sokoban.

    Attributes:
        wall, target, box: [height, width] bool; the border is wall.
        player: its cell, row * width + column.
    """

    wall: np.ndarray
    target: np.ndarray
    box: np.ndarray
    player: int


class Pool:
    """Levels 0..count-1 of a split, each drawn when it is first asked for and kept.

    Args:
        size: rows and columns, with the border.
        boxes: how many.
        count: of levels.
        split: "train" or "test".

    Attributes:
        wall, target, box, corner: [count, size * size] bool; `corner` is where a box can never be moved again.
        player: [count] cells.
    """

    def __init__(self, size: int, boxes: int, count: int, split: str) -> None:
        self.size, self.boxes, self.split = size, boxes, split
        self.wall, self.target, self.box, self.corner = (np.zeros((count, size * size), dtype=bool) for _ in range(4))
        self.player = np.zeros(count, dtype=np.int64)
        self._known = np.zeros(count, dtype=bool)

    def draw(self, numbers: np.ndarray) -> None:
        """See to it that the levels of these numbers [n] are there."""
        for i in np.unique(numbers[~self._known[numbers]]):
            level = make(self.size, self.boxes, int(i), self.split)
            self.wall[i], self.target[i], self.box[i] = level.wall.ravel(), level.target.ravel(), level.box.ravel()
            self.player[i] = level.player
            solid = np.pad(level.wall, 1, constant_values=True)
            upright = solid[:-2, 1:-1] | solid[2:, 1:-1]
            self.corner[i] = (upright & (solid[1:-1, :-2] | solid[1:-1, 2:]) & ~level.wall).ravel()
            self._known[i] = True

    def level(self, number: int) -> Level:
        """The level of a number."""
        self.draw(np.array([number]))
        shape = (self.size, self.size)
        wall, target, box = (x[number].reshape(shape).copy() for x in (self.wall, self.target, self.box))
        return Level(wall, target, box, int(self.player[number]))


def make(size: int, boxes: int, number: int, split: str) -> Level:
    """The level of that number; the same at each call.

    Raises:
        BadOption: if no room of this size holds so many boxes that can all be pulled off their targets.
    """
    rng = np.random.default_rng([5086, size, boxes, SPLITS.index(split), number])
    for _ in range(_ATTEMPTS):
        floor = _room(rng, size)
        cells = np.flatnonzero(floor)
        if len(cells) < 2 * boxes + 2:
            continue
        target = np.zeros(size * size, dtype=bool)
        target[rng.choice(cells, boxes, replace=False)] = True
        if _half(floor, target, size) != SPLITS.index(split):
            continue
        found = _pulled(rng, bits(floor), bits(target), size)
        if found is not None:
            box, player = found
            shape = (size, size)
            return Level(~floor.reshape(shape), target.reshape(shape), mask(box, size * size).reshape(shape), player)
    raise BadOption(
        f"no room of size {size} was found for {boxes} boxes", where="Sokoban", expected="more room, or fewer boxes"
    )


def bits(cells: np.ndarray) -> int:
    """A set of cells [n] bool as an integer, bit k for cell k."""
    return int.from_bytes(np.packbits(cells, bitorder="little").tobytes(), "little")


def mask(cells: int, count: int) -> np.ndarray:
    """The inverse of `bits`: [count] bool."""
    return np.unpackbits(np.frombuffer(cells.to_bytes((count + 7) // 8, "little"), np.uint8), bitorder="little")[
        :count
    ].astype(bool)


def members(cells: int) -> list[int]:
    """The cells of a set, in ascending order."""
    found = []
    while cells:
        low = cells & -cells
        found.append(low.bit_length() - 1)
        cells ^= low
    return found


def walkable(start: int, free: int, width: int) -> int:
    """The free cells that can be walked to from the set `start`; the border must not be free."""
    reached, edge = start, start
    while edge:
        edge = (edge << 1 | edge >> 1 | edge << width | edge >> width) & free & ~reached
        reached |= edge
    return reached


def _room(rng: np.random.Generator, size: int) -> np.ndarray:
    """The floor [size * size] bool that a walker with a brush of 2 x 2 cells leaves behind."""
    floor = np.zeros((size, size), dtype=bool)
    steps = 3 * (size - 2)
    row, column = rng.integers(1, size - 2, 2).tolist()
    down, right = 0, 1
    for turn, way in zip(rng.random(steps).tolist(), rng.integers(0, 4, steps).tolist(), strict=True):
        floor[row : row + 2, column : column + 2] = True
        if turn < 0.5:
            down, right = ((-1, 0), (0, 1), (1, 0), (0, -1))[way]
        row, column = min(max(row + down, 1), size - 3), min(max(column + right, 1), size - 3)
    return floor.ravel()


def _half(floor: np.ndarray, target: np.ndarray, size: int) -> int:
    """0 or 1: a hash of the room that is the same for its mirror images and rotations."""
    room = (floor.astype(np.uint8) + target).reshape(size, size)
    turned = [np.rot90(side, k) for side in (room, room.T) for k in range(4)]
    return zlib.crc32(min(x.tobytes() for x in turned)) & 1


def _pulled(rng: np.random.Generator, floor: int, target: int, width: int) -> tuple[int, int] | None:
    """Boxes and player after reverse play: no box on a target, and as far as the search came; None if there is none."""
    layer: list[tuple[int, int]] = []  # boxes, and where the player can walk
    rest = floor & ~target
    while rest:
        region = walkable(rest & -rest, floor & ~target, width)
        layer.append((target, region))
        rest &= ~region
    seen = set(layer)
    best: list[tuple[int, int]] = []
    while layer and len(seen) < _STATES:
        after = []
        for box, region in layer:
            for step in (-width, 1, width, -1):
                for cell in members(region & _shift(box, step) & _shift(floor & ~box, -step)):
                    moved = box ^ (1 << cell - step) | 1 << cell
                    new = moved, walkable(1 << cell + step, floor & ~moved, width)
                    if new not in seen:
                        seen.add(new)
                        after.append(new)
        layer = after
        best = [s for s in layer if not s[0] & target] or best
    if not best:
        return None
    box, region = best[int(rng.integers(len(best)))]
    places = members(region)
    return box, places[int(rng.integers(len(places)))]


def _shift(cells: int, step: int) -> int:
    return cells << step if step > 0 else cells >> -step
