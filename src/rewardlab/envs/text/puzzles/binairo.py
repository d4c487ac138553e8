"""Binairo: fill a square with 0 and 1, as many of each in every row and column, and no three in a line.

Levels are 4 x 4 with 6, 9 and 12 empty cells, then 6 x 6 with 18 and 26. Any filling that keeps the rules is right;
rows or columns may be the same, which some forms of the puzzle forbid.
"""

from typing import Any

import numpy as np

from rewardlab.envs.text.puzzles.kernel import Puzzle, Solved, digits, search

SIZES = ((4, 6), (4, 9), (4, 12), (6, 18), (6, 26))


class Binairo(Puzzle):
    """Instances are strings of n² signs, "." for an empty cell."""

    name = "binairo"
    form = "Write the rows, such as 0011/0110/1001/1100."

    def make(self, level: int, rng: np.random.Generator) -> str:
        n, empty = SIZES[level - 1]
        flips = rng.integers(2, size=n * n)

        def choices(cells: str) -> Any:
            for d in ("01", "10")[flips[len(cells)]]:
                if allowed(cells + d, len(cells), n):
                    yield d, cells + d

        full, _, _ = search("", choices, lambda cells: len(cells) == n * n)
        cells = list(full)
        for k in rng.permutation(n * n)[:empty]:
            cells[k] = "."
        return "".join(cells)

    def ask(self, x: str) -> str:
        return (
            "Fill in 0 and 1, as many of each in every row and column, and never three of one kind in a line: "
            f"{_rows(x)}."
        )

    def short(self, x: str) -> str:
        return _rows(x)

    def solve(self, x: str) -> Solved:
        n = side(x)

        def choices(cells: str) -> Any:
            k = cells.index(".")
            for d in "01":
                after = cells[:k] + d + cells[k + 1 :]
                if allowed(after, k, n):
                    yield f"{'abcdef'[k // n]}{k % n + 1}={d}", after

        found, nodes, log = search(x, choices, lambda cells: "." not in cells)
        return Solved(_rows(found), nodes, log)

    def verify(self, x: str, said: str) -> bool:
        cells = digits(said, len(x), "01")
        if cells is None or any(clue not in (".", c) for clue, c in zip(x, cells, strict=True)):
            return False
        return all(allowed(cells, k, side(x)) for k in range(len(x)))

    def grid(self, x: str) -> list[list[int]]:
        n = side(x)
        return [[" .01".index(c) - 1 + (c != ".") for c in x[k : k + n]] for k in range(0, n * n, n)]


def side(x: str) -> int:
    """The number of rows."""
    return {16: 4, 36: 6}[len(x)]


def allowed(cells: str, k: int, n: int) -> bool:
    """Whether the row and the column of cell k keep the rules as far as they are filled."""
    row = cells[k // n * n : k // n * n + n]
    column = cells[k % n :: n]
    return all(
        "000" not in line and "111" not in line and max(line.count("0"), line.count("1")) <= n // 2
        for line in (row, column)
    )


def _rows(cells: str) -> str:
    n = side(cells)
    return "/".join(cells[k : k + n] for k in range(0, n * n, n))
