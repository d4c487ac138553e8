"""A Hamiltonian path: go along the edges of a graph through every place once.

Levels have 5, 6, 7, 8 and 10 places. A hidden path makes sure that there is one; other edges lead astray.
"""

from itertools import combinations, pairwise
from typing import Any

import numpy as np

from rewardlab.envs.text.puzzles.kernel import Puzzle, Solved, digits, letters, matrix, search, written

PLACES = (5, 6, 7, 8, 10)


class Path(Puzzle):
    """Instances are (places, edges)."""

    name = "path"
    form = "Write the places in the order of the walk, such as cadb."

    def make(self, level: int, rng: np.random.Generator) -> tuple[int, tuple[tuple[int, int], ...]]:
        n = PLACES[level - 1]
        line = [int(k) for k in rng.permutation(n)]
        edges = {(min(a, b), max(a, b)) for a, b in pairwise(line)}
        others = [pair for pair in combinations(range(n), 2) if pair not in edges]
        edges |= {others[k] for k in rng.permutation(len(others))[: n // 2]}
        return n, tuple(sorted(edges))

    def ask(self, x: Any) -> str:
        n, edges = x
        places = ", ".join(letters(n))
        return f"Walk through each of {places} once, along these edges in either direction: {written(edges)}."

    def short(self, x: Any) -> str:
        return f"{letters(x[0])}:{written(x[1])}"

    def solve(self, x: Any) -> Solved:
        n, edges = x
        near = {(i, j) for a, b in edges for i, j in ((a, b), (b, a))}

        def choices(done: tuple[int, ...]) -> Any:
            for k in range(n):
                if k not in done and (not done or (done[-1], k) in near):
                    yield letters(n)[k], (*done, k)

        found, nodes, log = search((), choices, lambda done: len(done) == n)
        return Solved("".join(letters(n)[k] for k in found), nodes, log)

    def verify(self, x: Any, said: str) -> bool:
        names = letters(x[0])
        walk = digits(said, x[0], names)
        if walk is None or len(set(walk)) < x[0]:
            return False
        edges = {frozenset((names[i], names[j])) for i, j in x[1]}
        return all(frozenset(pair) in edges for pair in pairwise(walk))

    def grid(self, x: Any) -> list[list[int]]:
        return matrix(x[0], [*x[1], *((j, i) for i, j in x[1])])
