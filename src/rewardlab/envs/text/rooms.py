"""Maps of rooms and corridors with poses: what one sees from them, and how far it is.

    9 × 9 cells in 3 × 3 blocks; a block is a room or a corridor, joined to others by doors and openings
    d(pose) = moves (forward, left, right) to a cell,    D(cell) = cells to walk to it

A room is open inside; a corridor is its middle cell and an arm to each neighbour that it is joined to. Blocks are
joined at the middle of their sides; where one of them is a room, that is a door.
"""

from collections import deque
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

NAMES = ("kitchen", "hall", "attic", "cellar", "study", "library", "bedroom", "bath", "office", "pantry", "nursery",
         "workshop")  # fmt: skip
FORWARD, LEFT, RIGHT = "forward", "left", "right"
STEPS = ((0, 1), (1, 0), (0, -1), (-1, 0))  # north, east, south, west

Cell = tuple[int, int]
Pose = tuple[int, int, int]  # x, y, heading 0..3


@dataclass(frozen=True)
class Map:
    """Blocks and how they are joined.

    Attributes:
        side: blocks of one side; a block is 3 × 3 cells.
        names: of the blocks, row by row from the south west; "" for a corridor.
        joints: pairs of neighbouring blocks, the smaller number first, sorted.
    """

    side: int
    names: tuple[str, ...]
    joints: tuple[tuple[int, int], ...]

    def block(self, cell: Cell) -> int:
        """The number of the block of a cell."""
        return cell[1] // 3 * self.side + cell[0] // 3

    def centre(self, block: int) -> Cell:
        """The middle cell of a block."""
        return block % self.side * 3 + 1, block // self.side * 3 + 1


@lru_cache(maxsize=1024)
def neighbours(map_: Map) -> dict[Cell, tuple[Cell | None, ...]]:
    """Of each cell that can be walked on, the cells to the north, east, south and west; None for a wall."""
    joints, size = set(map_.joints), 3 * map_.side
    arms: dict[int, set[Cell]] = {}
    for a, b in map_.joints:
        (ax, ay), (bx, by) = map_.centre(a), map_.centre(b)
        dx, dy = (bx - ax) // 3, (by - ay) // 3
        arms.setdefault(a, set()).add((ax + dx, ay + dy))
        arms.setdefault(b, set()).add((bx - dx, by - dy))
    free = set()
    for x in range(size):
        for y in range(size):
            k = map_.block((x, y))
            if map_.names[k] or (k in arms and ((x, y) == map_.centre(k) or (x, y) in arms[k])):
                free.add((x, y))

    def beside(cell: Cell, step: Cell) -> Cell | None:
        other = (cell[0] + step[0], cell[1] + step[1])
        if other not in free:
            return None
        a, b = sorted((map_.block(cell), map_.block(other)))
        if a == b:
            return other
        middle = cell in arms.get(map_.block(cell), ()) and other in arms.get(map_.block(other), ())
        return other if (a, b) in joints and middle else None

    return {cell: tuple(beside(cell, step) for step in STEPS) for cell in sorted(free)}


def joints_between(map_: Map, start: int, goal: int) -> int:
    """The fewest joints on a way between two blocks."""
    found, edge = {start: 0}, [start]
    for block in edge:
        for a, b in map_.joints:
            other = b if a == block else a if b == block else block
            if other not in found:
                found[other] = found[block] + 1
                edge.append(other)
    return found[goal]


def door(map_: Map, cell: Cell, other: Cell) -> bool:
    """Whether a step between two neighbouring cells goes through a door."""
    a, b = map_.block(cell), map_.block(other)
    return a != b and bool(map_.names[a] or map_.names[b])


def moved(map_: Map, pose: Pose, move: str) -> Pose:
    """The pose after a move; a wall lets nobody through."""
    x, y, heading = pose
    if move != FORWARD:
        return x, y, (heading + (1 if move == RIGHT else 3)) % 4
    other = neighbours(map_)[x, y][heading]
    return (x, y, heading) if other is None else (*other, heading)


def ahead(map_: Map, pose: Pose, turn: int) -> tuple[int, str]:
    """How many cells are free in a direction (0 ahead, 1 right, 3 left), and what comes then: "wall" or "door"."""
    around, side = neighbours(map_), (pose[2] + turn) % 4
    cell, free = (pose[0], pose[1]), 0
    while True:
        other = around[cell][side]
        if other is None:
            return free, "wall"
        if door(map_, cell, other):
            return free, "door"
        cell, free = other, free + 1


def route(map_: Map, pose: Pose, goal: Cell) -> list[str]:
    """The first of the shortest ways from a pose to a cell, as moves."""
    before: dict[Pose, tuple[Pose, str] | None] = {pose: None}
    edge = deque([pose])
    around = neighbours(map_)
    while edge:
        at = edge.popleft()
        if (at[0], at[1]) == goal:
            moves = []
            while (step := before[at]) is not None:
                at = step[0]
                moves.append(step[1])
            return moves[::-1]
        x, y, heading = at
        other = around[x, y][heading]
        for new, move in (
            ((*other, heading) if other else at, FORWARD),
            ((x, y, (heading + 3) % 4), LEFT),
            ((x, y, (heading + 1) % 4), RIGHT),
        ):
            if new not in before:
                before[new] = at, move
                edge.append(new)
    raise LookupError(f"no way from {pose} to {goal}")


@lru_cache(maxsize=1024)
def cells_to(map_: Map, goal: Cell) -> dict[Cell, int]:
    """Of each cell, how many cells one walks to the goal."""
    found, edge = {goal: 0}, deque([goal])
    around = neighbours(map_)
    while edge:
        cell = edge.popleft()
        for other in around[cell]:
            if other is not None and other not in found:
                found[other] = found[cell] + 1
                edge.append(other)
    return found


def drawn_map(side: int, corridors: float, loops: float, rng: np.random.Generator) -> Map:
    """A map whose blocks are all joined.

    Args:
        side: blocks of a side.
        corridors: chance that a block is a corridor; two blocks at least are rooms.
        loops: chance that two neighbours are joined beside what joins all of them.
    """
    count = side * side
    is_room = rng.random(count) >= corridors
    while is_room.sum() < 2:
        is_room[int(rng.integers(count))] = True
    names = [NAMES[k] for k in rng.permutation(len(NAMES))]
    labels = tuple(names.pop() if room and names else "" for room in is_room)
    pairs = [(k, k + 1) for k in range(count) if k % side < side - 1] + [(k, k + side) for k in range(count - side)]
    group = list(range(count))
    joints = []
    for p in rng.permutation(len(pairs)):
        a, b = pairs[p]
        one, other = group[a], group[b]
        if one != other:
            group = [one if g == other else g for g in group]
            joints.append((a, b))
        elif rng.random() < loops:
            joints.append((a, b))
    return Map(side, labels, tuple(sorted(joints)))
