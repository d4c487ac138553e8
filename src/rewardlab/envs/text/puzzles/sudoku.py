"""Sudoku of 4 x 4: every row, column and quarter holds 1, 2, 3 and 4; the clues leave one solution.

Levels have 4, 6, 8, 9 and 10 empty cells. There are 288 full grids, so that one solution is checked against all.
"""

from functools import cache
from typing import Any

import numpy as np

from rewardlab.envs.text.puzzles.kernel import Puzzle, Solved, digits, search

EMPTY = (4, 6, 8, 9, 10)


class Sudoku(Puzzle):
    """Instances are strings of 16 signs, "." for an empty cell."""

    name = "sudoku"
    form = "Write the four rows, such as 1234/3412/2143/4321."

    def make(self, level: int, rng: np.random.Generator) -> str:
        full = grids()[rng.integers(len(grids()))]
        cells, empty = list(full), 0
        while empty < EMPTY[level - 1]:  # begin again where no further cell can be emptied
            cells, empty = list(full), 0
            for k in rng.permutation(16):
                if empty < EMPTY[level - 1]:
                    kept, cells[k] = cells[k], "."
                    if _count(cells) == 1:
                        empty += 1
                    else:
                        cells[k] = kept
        return "".join(cells)

    def ask(self, x: str) -> str:
        return f"Fill this sudoku, so that each row, column and quarter has 1, 2, 3 and 4: {_rows(x)}."

    def short(self, x: str) -> str:
        return _rows(x)

    def solve(self, x: str) -> Solved:
        def choices(cells: str) -> Any:
            k = cells.index(".")
            for d in "1234":
                if all(cells[j] != d for j in _seen(k)):
                    yield f"{'abcd'[k // 4]}{k % 4 + 1}={d}", cells[:k] + d + cells[k + 1 :]

        found, nodes, log = search(x, choices, lambda cells: "." not in cells)
        return Solved(_rows(found), nodes, log)

    def verify(self, x: str, said: str) -> bool:
        cells = digits(said, 16, "1234")
        if cells is None or any(clue not in (".", c) for clue, c in zip(x, cells, strict=True)):
            return False
        return all(cells[k] != cells[j] for k in range(16) for j in _seen(k))

    def grid(self, x: str) -> list[list[int]]:
        return [[0 if c == "." else int(c) + 1 for c in x[k : k + 4]] for k in range(0, 16, 4)]


@cache
def grids() -> tuple[str, ...]:
    """All full grids."""
    found = [""]
    for k in range(16):
        found = [g + d for g in found for d in "1234" if all(j >= k or g[j] != d for j in _seen(k))]
    return tuple(found)


@cache
def _seen(k: int) -> tuple[int, ...]:
    """The cells that share a row, column or quarter with cell k."""
    return tuple(
        j
        for j in range(16)
        if j != k and (j // 4 == k // 4 or j % 4 == k % 4 or (j // 8 == k // 8 and j % 4 // 2 == k % 4 // 2))
    )


@cache
def _table() -> np.ndarray:
    return np.array([[int(c) for c in g] for g in grids()])


def _count(cells: list[str]) -> int:
    clues = np.array([0 if c == "." else int(c) for c in cells])
    return int(((_table() == clues) | (clues == 0)).all(1).sum())


def _rows(cells: str) -> str:
    return "/".join(cells[k : k + 4] for k in range(0, 16, 4))
