"""Queens: one in each row of a board, none on a blocked square, none attacking another.

Levels are boards of 4, 5, 6, 7 and 8 rows with one queen given and as many blocked squares as rows; a hidden solution
makes sure that there is one.

Source: Gent, Jefferson, Nightingale, "Complexity of n-Queens Completion", Journal of Artificial Intelligence Research
2017.
"""

from functools import cache
from typing import Any

import numpy as np

from rewardlab.envs.text.puzzles.kernel import FLOOR, WALL, Puzzle, Solved, digits, search

SIZES = (4, 5, 6, 7, 8)


class Queens(Puzzle):
    """Instances are tuples of rows of ".", "x" (blocked) and "q" (a queen that is given)."""

    name = "queens"
    form = "Write the column of the queen in each row, such as 24135."

    def make(self, level: int, rng: np.random.Generator) -> tuple[str, ...]:
        n = SIZES[level - 1]
        hidden = boards(n)[rng.integers(len(boards(n)))]
        cells = [["."] * n for _ in range(n)]
        loose = [(i, j) for i in range(n) for j in range(n) if hidden[i] != j]
        for k in rng.permutation(len(loose))[:n]:
            cells[loose[k][0]][loose[k][1]] = "x"
        i = int(rng.integers(n))
        cells[i][hidden[i]] = "q"
        return tuple("".join(row) for row in cells)

    def ask(self, x: tuple[str, ...]) -> str:
        return (
            f"Put a queen in each row so that none attacks another; q stands already, x is blocked: {'/'.join(x)}. "
            f"Columns are 1 to {len(x)}."
        )

    def short(self, x: tuple[str, ...]) -> str:
        return "/".join(x)

    def solve(self, x: tuple[str, ...]) -> Solved:
        n = len(x)

        def choices(done: tuple[int, ...]) -> Any:
            i = len(done)
            for j in range(n):
                if stands(x[i], j) and apart(done, j):
                    yield f"{i + 1}={j + 1}", (*done, j)

        found, nodes, log = search((), choices, lambda done: len(done) == n)
        return Solved("".join(str(j + 1) for j in found), nodes, log)

    def verify(self, x: tuple[str, ...], said: str) -> bool:
        columns = digits(said, len(x), "123456789"[: len(x)])
        if columns is None:
            return False
        chosen = tuple(int(c) - 1 for c in columns)
        return all(stands(row, j) and apart(chosen[:i], j) for i, (row, j) in enumerate(zip(x, chosen, strict=True)))

    def grid(self, x: tuple[str, ...]) -> list[list[int]]:
        return [[{".": FLOOR, "x": WALL, "q": 4}[c] for c in row] for row in x]


def stands(row: str, j: int) -> bool:
    """Whether a row may have its queen in column j."""
    return row[j] == "q" or (row[j] == "." and "q" not in row)


def apart(done: tuple[int, ...], j: int) -> bool:
    """Whether a queen in column j of the next row attacks none above it."""
    i = len(done)
    return all(j != b and abs(j - b) != i - a for a, b in enumerate(done))


@cache
def boards(n: int) -> tuple[tuple[int, ...], ...]:
    """All solutions on an empty board."""
    found: list[tuple[int, ...]] = [()]
    for _ in range(n):
        found = [(*done, j) for done in found for j in range(n) if apart(done, j)]
    return tuple(found)
