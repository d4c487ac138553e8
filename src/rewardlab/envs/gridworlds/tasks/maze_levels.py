"""Mazes as parameters: where walls, agent and goal are, for designers of environments to draw, change and judge.

A level is a few numbers that JSON can hold. Cells are counted from the top left inner corner, x + side * y.

Source: Dennis, Jaques, Vinitsky, Bayen, Russell, Critch, Levine, "Emergent Complexity and Zero-shot Transfer via
Unsupervised Environment Design", NeurIPS 2020 (mazes of 13 x 13 cells with up to 60 walls); Parker-Holder, Jiang,
Dennis, Samvelyan, Foerster, Grefenstette, Rocktäschel, "Evolving Curricula with Regret-Based Environment Design", ICML
2022 (edits of a level).
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.kernel.codes import HEADINGS


@dataclass(frozen=True)
class MazeLevel:
    """One maze.

    Args:
        side: inner cells of a side, 2 to 48; walls around come on top.
        walls: inner cells that are walls, in any order; they are kept sorted, each once.
        start: the agent's cell.
        heading: 0 right, 1 down, 2 left, 3 up.
        goal: the goal's cell.

    Raises:
        BadOption: for cells outside the maze, or a start, goal or wall on one cell.
    """

    side: int
    walls: tuple[int, ...]
    start: int
    heading: int
    goal: int

    def __post_init__(self) -> None:
        numbers = (self.side, self.start, self.heading, self.goal)
        whole = all(isinstance(v, int) and not isinstance(v, bool) for v in numbers)
        if not whole or not 2 <= self.side <= 48 or self.heading not in range(4):
            raise BadOption(
                f"side={self.side!r}, start={self.start!r}, heading={self.heading!r}, goal={self.goal!r}",
                where="MazeLevel",
                expected="whole numbers, a side of 2..48 and a heading of 0..3",
            )
        walls = tuple(sorted({int(w) for w in self.walls}))
        object.__setattr__(self, "walls", walls)
        cells = range(self.side**2)
        if any(c not in cells for c in (*walls, self.start, self.goal)):
            raise BadOption(f"{self}", where="MazeLevel", expected=f"cells 0..{self.side**2 - 1}")
        if self.start == self.goal or self.start in walls or self.goal in walls:
            raise BadOption(
                f"start {self.start}, goal {self.goal}", where="MazeLevel", expected="two cells, neither of them a wall"
            )

    def parameters(self) -> dict[str, Any]:
        """The level as numbers that JSON can hold."""
        return {**asdict(self), "walls": list(self.walls)}

    @classmethod
    def of(cls, level: "MazeLevel | Mapping[str, Any]") -> "MazeLevel":
        """A level from what `parameters` returned; a level stays as it is.

        Raises:
            BadOption: for missing or unknown parameters, or such as make no level.
        """
        if isinstance(level, MazeLevel):
            return level
        known = {"side", "walls", "start", "heading", "goal"}
        if not isinstance(level, Mapping) or set(level) != known:
            raise BadOption(f"level {level!r}", where="MazeLevel", expected=f"a mapping with {sorted(known)}")
        try:
            return cls(**{**level, "walls": tuple(level["walls"])})
        except TypeError:
            raise BadOption(f"walls={level['walls']!r}", where="MazeLevel", expected="a list of cells") from None


def random_level(rng: np.random.Generator, *, side: int = 13, walls: int = 60) -> MazeLevel:
    """A maze by chance: a number of walls uniform in 0..walls, each in a place of its own; it may have no solution.

    Raises:
        BadOption: if there is no room for so many walls beside start and goal.
    """
    if not 0 <= walls <= side**2 - 2:
        raise BadOption(f"walls={walls!r}", where="random_level", expected=f"0..{side**2 - 2} in {side} x {side} cells")
    count = int(rng.integers(walls + 1))
    cells = _some(rng, side**2, count + 2)
    return MazeLevel(side, tuple(cells[2:]), cells[0], int(rng.integers(4)), cells[1])


def mutate(level: MazeLevel, rng: np.random.Generator, *, edits: int = 1) -> MazeLevel:
    """A level with some edits: each adds or removes a wall, or, one time in ten, moves the goal to a free cell."""
    for _ in range(edits):
        cells = range(level.side**2)
        if rng.integers(10) == 0:
            free = [c for c in cells if c not in level.walls and c not in (level.start, level.goal)]
            if free:
                level = replace(level, goal=free[int(rng.integers(len(free)))])
            continue
        inner = [c for c in cells if c not in (level.start, level.goal)]
        cell = inner[int(rng.integers(len(inner)))]
        level = replace(level, walls=tuple({*level.walls} ^ {cell}))
    return level


def shortest(level: MazeLevel) -> int | None:
    """The fewest actions from start to goal, turns counted; None if there is no way."""
    side, walls = level.side, set(level.walls)
    first = (level.start % side, level.start // side, level.heading)
    steps, frontier = {first: 0}, deque([first])
    while frontier:
        here = x, y, heading = frontier.popleft()
        if x + side * y == level.goal:
            return steps[here]
        dx, dy = (int(v) for v in HEADINGS[heading])
        ahead = (x + dx, y + dy, heading)
        inner = 0 <= ahead[0] < side and 0 <= ahead[1] < side and ahead[0] + side * ahead[1] not in walls
        for there in ((x, y, (heading + 1) % 4), (x, y, (heading + 3) % 4), *([ahead] if inner else [])):
            if there not in steps:
                steps[there] = steps[here] + 1
                frontier.append(there)
    return None


def solvable(level: MazeLevel) -> bool:
    """Whether a way leads from start to goal."""
    return shortest(level) is not None


def _some(rng: np.random.Generator, size: int, count: int) -> list[int]:
    """`count` different numbers below `size`, in a random order."""
    left = list(range(size))
    for i in range(count):
        j = i + int(rng.integers(size - i))
        left[i], left[j] = left[j], left[i]
    return left[:count]
