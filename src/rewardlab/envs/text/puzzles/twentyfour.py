"""The game of 24: make 24 of some numbers, each used once, with + - * / and fractions on the way.

Levels have three numbers with + - * and with division, then four with + - *, with division, and such as cannot be made
without a division.

Source: Yao, Yu, Zhao, Shafran, Griffiths, Cao, Narasimhan, "Tree of Thoughts: Deliberate Problem Solving with Large
Language Models", NeurIPS 2023, Section 4.1.
"""

import re

import numpy as np

from rewardlab.envs.text import expressions
from rewardlab.envs.text.puzzles.kernel import Puzzle, Solved

SIZES = ((3, 12, "+-*"), (3, 12, "+-*/"), (4, 9, "+-*"), (4, 13, "+-*/"), (4, 13, "+-*/"))  # count, largest, signs
TARGET = (24, 1)


class TwentyFour(Puzzle):
    """Instances are (numbers in ascending order, operations)."""

    name = "twentyfour"
    form = "Write one expression, such as (1+2)*8."

    def make(self, level: int, rng: np.random.Generator) -> tuple[tuple[int, ...], str]:
        count, largest, signs = SIZES[level - 1]
        while True:
            numbers = tuple(sorted(int(x) for x in rng.integers(1, largest + 1, size=count)))
            values = expressions.whole(numbers)
            if level == 5 and expressions.reaches(values, TARGET, "+-*", True):
                continue
            if expressions.reaches(values, TARGET, signs, True):
                return numbers, signs

    def ask(self, x: tuple[tuple[int, ...], str]) -> str:
        return f"Make 24 of {', '.join(map(str, x[0]))}, each used once, with {' '.join(x[1])} and brackets."

    def short(self, x: tuple[tuple[int, ...], str]) -> str:
        return f"{','.join(map(str, x[0]))}:{x[1]}"

    def solve(self, x: tuple[tuple[int, ...], str]) -> Solved:
        answer = expressions.find(expressions.whole(x[0]), TARGET, x[1], True)
        log = expressions.trace(expressions.whole(x[0]), TARGET, x[1], True)
        return Solved(answer, sum(step != "back" for step in log), log)

    def verify(self, x: tuple[tuple[int, ...], str], said: str) -> bool:
        found = expressions.read(re.sub(r"\s*=\s*24$", "", said), operations=x[1])
        return found is not None and found[0] == TARGET and tuple(sorted(found[1])) == x[0]

    def grid(self, x: tuple[tuple[int, ...], str]) -> list[list[int]]:
        return [[2] * n + [0] * (max(x[0]) - n) for n in x[0]]
