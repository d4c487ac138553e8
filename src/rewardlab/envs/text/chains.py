"""Chains of operations with planted slips: what tasks about solutions, verdicts and critiques are made of.

    x_0 given,  x_k = x_{k−1} ∘_k b_k mod m,    a slip e_k at line k:  x̂_k = (x̂_{k−1} ∘_k b_k + e_k) mod m

A slip is carried on: every later line is consistent with it, so the first wrong line is the only one to blame.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rewardlab.envs.text.lines import unescaped


@dataclass(frozen=True)
class Chain:
    """A calculation from left to right.

    Attributes:
        first: the number that it begins with.
        steps: operation and number of each step.
        modulus: every result is taken modulo this; 0 for none.
    """

    first: int
    steps: tuple[tuple[str, int], ...]
    modulus: int

    def results(self) -> list[int]:
        """What each step finds, the last of which is the answer."""
        found, value = [], self.first
        for sign, number in self.steps:
            value = applied(value, sign, number, self.modulus)
            found.append(value)
        return found

    def asked(self) -> str:
        """The calculation as one writes it."""
        return str(self.first) + "".join(f"{sign}{number}" for sign, number in self.steps)

    def lines(self, slips: Mapping[int, int] | None = None) -> list[str]:
        """Each step as a line, with the slip (step from 0 -> what is added) that it has."""
        lines, value, slips = [], self.first, slips or {}
        for k, (sign, number) in enumerate(self.steps):
            found = applied(value, sign, number, self.modulus)
            if slips.get(k):
                found = applied(found, "+", slips[k], self.modulus)
            lines.append(f"{value}{sign}{number}={found}")
            value = found
        return lines


def drawn(rng: np.random.Generator, *, length: int, modulus: int, operations: str) -> Chain:
    """A chain of `length` operations, each number below the modulus."""
    signs = rng.choice(list(operations), size=length)
    numbers = rng.integers(1 if modulus > 2 else 0, modulus, size=length + 1)
    return Chain(int(numbers[0]), tuple(zip(map(str, signs), map(int, numbers[1:]), strict=True)), modulus)


def applied(value: int, sign: str, number: int, modulus: int) -> int:
    """One operation, modulo `modulus` unless that is 0."""
    found = value + number if sign == "+" else value - number if sign == "-" else value * number
    return found % modulus if modulus else found


def split(said: str) -> tuple[str, ...]:
    """The lines of a message, which a line break or a semicolon ends; empty ones are none."""
    return tuple(line for line in re.split(r"[\n;]", unescaped(said)) if line.strip())
