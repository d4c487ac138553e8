"""What every puzzle has: instances of five levels, a solver that writes down its search, and an exact verifier.

verify(x, solve(x).answer) = 1    for every instance x
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rewardlab.envs.text.lines import unescaped

LEVELS = 5
WALL, FLOOR = 1, 0  # codes of `grid`; the others are the puzzle's own, up to 15
_PREFIX = re.compile(r"^(?:(?:answer|solution)\s*:?\s*|#\s*)")
DIRECTIONS = {"u": (-1, 0), "d": (1, 0), "l": (0, -1), "r": (0, 1)}


@dataclass(frozen=True)
class Solved:
    """What a solver found.

    Attributes:
        answer: as one says it, "" if there is none.
        nodes: steps that the search tried.
        log: each step that it tried, and "back" where it gave one up.
    """

    answer: str
    nodes: int
    log: tuple[str, ...]


class Puzzle:
    """One kind of puzzle; its instances are plain tuples."""

    name: ClassVar[str]
    form: ClassVar[str]
    """How an answer is written, as a sentence with an example."""

    def make(self, level: int, rng: np.random.Generator) -> Any:
        """An instance of level 1..5 that can be solved."""
        raise NotImplementedError

    def ask(self, x: Any) -> str:
        """The instance in a sentence."""
        raise NotImplementedError

    def short(self, x: Any) -> str:
        """The instance in few symbols."""
        raise NotImplementedError

    def solve(self, x: Any) -> Solved:
        """A solution, by search."""
        raise NotImplementedError

    def verify(self, x: Any, said: str) -> bool:
        """Is this, as `final` gives it, a solution?"""
        raise NotImplementedError

    def grid(self, x: Any) -> list[list[int]]:
        """The instance as a picture of at most 16 rows and columns of codes 0..15."""
        raise NotImplementedError


def final(said: str) -> str:
    """The last line that says something, in small letters, without "answer:" before it."""
    lines = [line.strip() for line in unescaped(said[:2000]).lower().splitlines() if line.strip()]
    return _PREFIX.sub("", lines[-1], count=1).strip(" .") if lines else ""


def search(
    start: Any, choices: Callable[[Any], Iterable[tuple[str, Any]]], done: Callable[[Any], bool]
) -> tuple[Any, int, tuple[str, ...]]:
    """Depth first: the first state that is done (None if there is none), the steps tried, and the log of them.

    Args:
        start: the first state.
        choices: state -> steps from it, each with its name and the state that it leads to.
        done: whether a state is a solution.
    """
    log: list[str] = []

    def visit(state: Any) -> Any:
        if done(state):
            return state
        for label, after in choices(state):
            log.append(label)
            found = visit(after)
            if found is not None:
                return found
            log.append("back")
        return None

    found = visit(start)
    return found, sum(step != "back" for step in log), tuple(log)


def digits(said: str, count: int, allowed: str) -> str | None:
    """`count` signs of `allowed`, with spaces, slashes, bars and commas between them or not; None for all else."""
    packed = re.sub(r"[\s/|,;]", "", said)
    return packed if len(packed) == count and set(packed) <= set(allowed) else None


def letters(count: int) -> str:
    """The names of `count` places: a, b, c ..."""
    return "abcdefghijklmnopqrstuvwxyz"[:count]


def matrix(count: int, edges: Iterable[tuple[int, int]]) -> list[list[int]]:
    """A graph as a picture: code 3 on the diagonal, 2 for an edge."""
    picture = [[3 if i == j else FLOOR for j in range(count)] for i in range(count)]
    for i, j in edges:
        picture[i][j] = 2
    return picture


def written(edges: Iterable[tuple[int, int]]) -> str:
    """Edges by the letters of their ends: ab,ac."""
    names = letters(26)
    return ",".join(names[i] + names[j] for i, j in edges)
