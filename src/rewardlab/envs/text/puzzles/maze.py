"""A path through a maze, from one corner room to the opposite one.

Levels are mazes of 3 x 3 to 7 x 7 rooms. A random tree joins all rooms, and some walls more are opened, so that there
may be several paths; any of them is right.
"""

import re
from typing import Any

import numpy as np

from rewardlab.envs.text.puzzles.kernel import DIRECTIONS, FLOOR, WALL, Puzzle, Solved, search

ROOMS = (3, 4, 5, 6, 7)


class Maze(Puzzle):
    """Instances are tuples of rows of "#" and "."; the way goes from the top left to the bottom right room."""

    name = "maze"
    form = "Write the moves u, d, l, r, such as rrdd."

    def make(self, level: int, rng: np.random.Generator) -> tuple[str, ...]:
        rooms = ROOMS[level - 1]
        side = 2 * rooms - 1
        cells = [["." if i % 2 == j % 2 == 0 else "#" for j in range(side)] for i in range(side)]
        path, seen = [(0, 0)], {(0, 0)}
        while path:
            i, j = path[-1]
            steps = [(2 * a, 2 * b) for a, b in DIRECTIONS.values()]
            near = [(i + a, j + b) for a, b in steps if 0 <= i + a < side and 0 <= j + b < side]
            fresh = [room for room in near if room not in seen]
            if not fresh:
                path.pop()
                continue
            a, b = fresh[rng.integers(len(fresh))]
            cells[(i + a) // 2][(j + b) // 2] = "."
            seen.add((a, b))
            path.append((a, b))
        walls = [(i, j) for i in range(side) for j in range(side) if i % 2 != j % 2 and cells[i][j] == "#"]
        for k in rng.permutation(len(walls))[: rooms - 2]:
            cells[walls[k][0]][walls[k][1]] = "."
        return tuple("".join(row) for row in cells)

    def ask(self, x: tuple[str, ...]) -> str:
        return f"Walk from the top left to the bottom right corner of this maze, # being walls: {'/'.join(x)}."

    def short(self, x: tuple[str, ...]) -> str:
        return "/".join(x)

    def solve(self, x: tuple[str, ...]) -> Solved:
        seen = {(0, 0)}

        def choices(state: tuple[int, int, str]) -> Any:
            i, j, moves = state
            for name in "rdlu":
                a, b = i + DIRECTIONS[name][0], j + DIRECTIONS[name][1]
                if (a, b) not in seen and free(x, a, b):
                    seen.add((a, b))
                    yield name, (a, b, moves + name)

        end = len(x) - 1, len(x) - 1
        found, nodes, log = search((0, 0, ""), choices, lambda s: s[:2] == end)
        return Solved(found[2], nodes, log)

    def verify(self, x: tuple[str, ...], said: str) -> bool:
        moves = re.sub(r"[\s,]", "", said)
        i = j = 0
        for name in moves:
            if name not in DIRECTIONS:
                return False
            i, j = i + DIRECTIONS[name][0], j + DIRECTIONS[name][1]
            if not free(x, i, j):
                return False
        return (i, j) == (len(x) - 1, len(x) - 1)

    def grid(self, x: tuple[str, ...]) -> list[list[int]]:
        picture = [[WALL if c == "#" else FLOOR for c in row] for row in x]
        picture[0][0], picture[-1][-1] = 4, 3
        return picture


def free(x: tuple[str, ...], i: int, j: int) -> bool:
    """Whether one can stand there."""
    return 0 <= i < len(x) and 0 <= j < len(x) and x[i][j] == "."
