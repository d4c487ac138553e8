"""A word ladder: from one word to another, changing one letter at a time, every step a common word.

Levels are words of three letters that need 1, 2, 3, 4 and 5 changes. Any ladder is right, however long.

Source: Knuth, "The Stanford GraphBase: A Platform for Combinatorial Computing", 1993 (ladders of words as shortest
paths).
"""

import re
from functools import cache
from itertools import pairwise

import numpy as np

from rewardlab.envs.text.puzzles.kernel import Puzzle, Solved
from rewardlab.envs.text.words import THREE


class Ladder(Puzzle):
    """Instances are (first word, last word)."""

    name = "ladder"
    form = "Write all words from the first to the last, such as cat cot dot dog."

    def make(self, level: int, rng: np.random.Generator) -> tuple[str, str]:
        while True:
            first = THREE[rng.integers(len(THREE))]
            away = distances(first)
            ends = [word for word in THREE if away.get(word) == level]
            if ends:
                return first, ends[rng.integers(len(ends))]

    def ask(self, x: tuple[str, str]) -> str:
        return f"Go from {x[0]} to {x[1]}, changing one letter at a time; every step is a common English word."

    def short(self, x: tuple[str, str]) -> str:
        return f"{x[0]}>{x[1]}"

    def solve(self, x: tuple[str, str]) -> Solved:
        """Breadth first from both ends, the shorter fringe first, until they meet."""
        trees: tuple[dict[str, str], ...] = ({x[0]: ""}, {x[1]: ""})  # word -> the one nearer to the end
        fringes, log = [[x[0]], [x[1]]], []
        while not (met := sorted(trees[0].keys() & trees[1].keys())):
            side = int(len(fringes[1]) < len(fringes[0]))
            fringe = []
            for word in fringes[side]:
                for other in near()[word]:
                    if other not in trees[side]:
                        trees[side][other] = word
                        fringe.append(other)
                        log.append(other)
            fringes[side] = fringe
        words = [met[0]]
        while trees[0][words[0]]:
            words.insert(0, trees[0][words[0]])
        while trees[1][words[-1]]:
            words.append(trees[1][words[-1]])
        return Solved(" ".join(words), len(log), tuple(log))

    def verify(self, x: tuple[str, str], said: str) -> bool:
        words = re.split(r"[\s,>-]+", said)
        if len(words) < 2 or (words[0], words[-1]) != x:
            return False
        return all(b in near().get(a, ()) for a, b in pairwise(words))

    def grid(self, x: tuple[str, str]) -> list[list[int]]:
        return [[int(bit) * 2 for c in word for bit in f"{ord(c) - 97:05b}"] for word in x]


@cache
def near() -> dict[str, tuple[str, ...]]:
    """Word -> those that differ from it in one letter."""
    return {w: tuple(v for v in THREE if sum(a != b for a, b in zip(w, v, strict=True)) == 1) for w in THREE}


@cache
def distances(first: str) -> dict[str, int]:
    """Word -> the fewest changes from `first`, for all that can be reached."""
    away, line = {first: 0}, [first]
    for word in line:
        for other in near()[word]:
            if other not in away:
                away[other] = away[word] + 1
                line.append(other)
    return away
