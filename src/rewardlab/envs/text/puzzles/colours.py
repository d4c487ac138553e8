"""Colour a graph with three colours, so that the ends of every edge differ.

Levels have 5, 6, 8, 10 and 12 places; edges are drawn between the classes of a hidden colouring.
"""

from itertools import combinations
from typing import Any

import numpy as np

from rewardlab.envs.text.puzzles.kernel import Puzzle, Solved, digits, letters, matrix, search, written

PLACES = (5, 6, 8, 10, 12)


class Colours(Puzzle):
    """Instances are (places, edges)."""

    name = "colours"
    form = "Write the colours of all places in order, such as 12313."

    def make(self, level: int, rng: np.random.Generator) -> tuple[int, tuple[tuple[int, int], ...]]:
        n = PLACES[level - 1]
        hidden = rng.permutation(np.arange(n) % 3)
        across = [(i, j) for i, j in combinations(range(n), 2) if hidden[i] != hidden[j]]
        chosen = rng.permutation(len(across))[: 2 * n - 3]
        return n, tuple(sorted(across[k] for k in chosen))

    def ask(self, x: Any) -> str:
        n, edges = x
        return f"Colour {', '.join(letters(n))} with 1, 2, 3; these pairs must differ: {written(edges)}."

    def short(self, x: Any) -> str:
        return f"{letters(x[0])}:{written(x[1])}"

    def solve(self, x: Any) -> Solved:
        n, edges = x

        def choices(done: str) -> Any:
            k = len(done)
            for colour in "123":
                if all(done[i] != colour for i, j in edges if j == k):
                    yield f"{letters(n)[k]}={colour}", done + colour

        found, nodes, log = search("", choices, lambda done: len(done) == n)
        return Solved(found, nodes, log)

    def verify(self, x: Any, said: str) -> bool:
        chosen = digits(said, x[0], "123")
        return chosen is not None and all(chosen[i] != chosen[j] for i, j in x[1])

    def grid(self, x: Any) -> list[list[int]]:
        return matrix(x[0], [*x[1], *((j, i) for i, j in x[1])])
