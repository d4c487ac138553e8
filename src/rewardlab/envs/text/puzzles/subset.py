"""Subset sum: choose some of the numbers so that they add up to the target.

Levels have 5, 7, 9, 11 and 13 numbers, the larger the more there are. The target is the sum of a hidden choice; every
other choice of that sum is right too.

Source: Karp, "Reducibility among Combinatorial Problems", 1972 (as knapsack).
"""

import re
from collections import Counter
from typing import Any

import numpy as np

from rewardlab.envs.text.puzzles.kernel import Puzzle, Solved, search

SIZES = ((5, 40), (7, 100), (9, 250), (11, 600), (13, 1500))


class Subset(Puzzle):
    """Instances are (numbers in ascending order, target)."""

    name = "subset"
    form = "Write the chosen numbers, such as 3 8 21."

    def make(self, level: int, rng: np.random.Generator) -> tuple[tuple[int, ...], int]:
        n, largest = SIZES[level - 1]
        numbers = sorted(int(x) for x in rng.permutation(np.arange(2, largest + 1))[:n])
        chosen = rng.permutation(n)[: n // 2]
        return tuple(numbers), sum(numbers[k] for k in chosen)

    def ask(self, x: Any) -> str:
        return f"Choose some of {', '.join(map(str, x[0]))} that add up to {x[1]}, each at most once."

    def short(self, x: Any) -> str:
        return f"{','.join(map(str, x[0]))}>{x[1]}"

    def solve(self, x: Any) -> Solved:
        numbers, target = x

        def choices(state: tuple[int, int, tuple[int, ...]]) -> Any:
            k, left, chosen = state
            if k < len(numbers) and numbers[k] <= left <= sum(numbers[k:]):
                yield f"+{numbers[k]}", (k + 1, left - numbers[k], (*chosen, numbers[k]))
                yield f"-{numbers[k]}", (k + 1, left, chosen)

        found, nodes, log = search((0, target, ()), choices, lambda s: not s[1])
        return Solved(" ".join(map(str, found[2])), nodes, log)

    def verify(self, x: Any, said: str) -> bool:
        if not re.fullmatch(r"[0-9]{1,5}([\s,+]+[0-9]{1,5})*", said):
            return False
        chosen = [int(part) for part in re.findall(r"[0-9]+", said)]
        return sum(chosen) == x[1] and not Counter(chosen) - Counter(x[0])

    def grid(self, x: Any) -> list[list[int]]:
        codes = [[int(bit) * 2 for bit in f"{value:014b}"] for value in x[0]]
        return [*codes, [int(bit) * 4 for bit in f"{x[1]:014b}"]]
