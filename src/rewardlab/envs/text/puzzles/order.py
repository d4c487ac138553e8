"""A topological order: put all places in a line, so that every arrow points forward.

Levels have 4, 6, 8, 10 and 12 places, with arrows along a hidden order. Any order that keeps them is right.

Source: Kahn, "Topological Sorting of Large Networks", Communications of the ACM 1962.
"""

from itertools import combinations
from typing import Any

import numpy as np

from rewardlab.envs.text.puzzles.kernel import Puzzle, Solved, digits, letters, matrix, search, written

PLACES = (4, 6, 8, 10, 12)


class Order(Puzzle):
    """Instances are (places, arrows)."""

    name = "order"
    form = "Write the letters in order, such as cadb."

    def make(self, level: int, rng: np.random.Generator) -> tuple[int, tuple[tuple[int, int], ...]]:
        n = PLACES[level - 1]
        line = rng.permutation(n)
        pairs = list(combinations(range(n), 2))
        chosen = rng.permutation(len(pairs))[: n + n // 4]
        return n, tuple(sorted((int(line[pairs[k][0]]), int(line[pairs[k][1]])) for k in chosen))

    def ask(self, x: Any) -> str:
        n, arrows = x
        line = ", ".join(letters(n))
        return f"Put {line} in order; the first of each of these pairs comes before the second: {written(arrows)}."

    def short(self, x: Any) -> str:
        return f"{letters(x[0])}:{written(x[1])}"

    def solve(self, x: Any) -> Solved:
        n, arrows = x

        def choices(done: tuple[int, ...]) -> Any:
            for k in range(n):
                if k not in done and all(i in done for i, j in arrows if j == k):
                    yield letters(n)[k], (*done, k)

        found, nodes, log = search((), choices, lambda done: len(done) == n)
        return Solved("".join(letters(n)[k] for k in found), nodes, log)

    def verify(self, x: Any, said: str) -> bool:
        line = digits(said, x[0], letters(x[0]))
        if line is None or len(set(line)) < x[0]:
            return False
        names = letters(x[0])
        return all(line.index(names[i]) < line.index(names[j]) for i, j in x[1])

    def grid(self, x: Any) -> list[list[int]]:
        return matrix(x[0], x[1])
