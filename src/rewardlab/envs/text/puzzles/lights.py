"""Lights out: pressing a lamp turns it and its neighbours; put out all of them.

    lit = Σ_p press_p · cross_p mod 2

Levels are 3 x 3, 4 x 3, 3 x 4, 5 x 4 and 4 x 5 lamps, lit by pressing some from the dark; on these boards one set of
presses is right. The solver tries the first row; every later row is then forced by the lamps above it.

Source: Anderson, Feil, "Turning Lights Out with Linear Algebra", Mathematics Magazine 1998.
"""

import re
from typing import Any

import numpy as np

from rewardlab.envs.text.puzzles.kernel import Puzzle, Solved, search

SIZES = ((3, 3), (4, 3), (3, 4), (5, 4), (4, 5))


class Lights(Puzzle):
    """Instances are (rows, columns, lit), lit a bit for each lamp, row by row from the lowest."""

    name = "lights"
    form = "Write the lamps to press by row and column, such as a1 b3 c2."

    def make(self, level: int, rng: np.random.Generator) -> tuple[int, int, int]:
        rows, columns = SIZES[level - 1]
        lit = 0
        while not lit:
            for k in np.flatnonzero(rng.random(rows * columns) < 0.5):
                lit ^= cross(int(k), rows, columns)
        return rows, columns, lit

    def ask(self, x: tuple[int, int, int]) -> str:
        return (
            f"Pressing a lamp turns it and those beside, above and below it on or off. Put out all lamps: {_rows(x)} "
            "(1 is lit; rows a, b, ..., columns 1, 2, ...)."
        )

    def short(self, x: tuple[int, int, int]) -> str:
        return _rows(x)

    def solve(self, x: tuple[int, int, int]) -> Solved:
        rows, columns, lit = x

        def choices(state: tuple[int, int, tuple[int, ...]]) -> Any:
            k, now, pressed = state
            if k == rows * columns:
                return
            for press in (False, True) if k < columns else (bool(now >> k - columns & 1),):
                after = now ^ cross(k, rows, columns) if press else now
                yield f"{_lamp(k, columns)}={int(press)}", (k + 1, after, (*pressed, k) if press else pressed)

        found, nodes, log = search((0, lit, ()), choices, lambda s: s[0] == rows * columns and not s[1])
        return Solved(" ".join(_lamp(k, columns) for k in found[2]), nodes, log)

    def verify(self, x: tuple[int, int, int], said: str) -> bool:
        rows, columns, lit = x
        names = {_lamp(k, columns): k for k in range(rows * columns)}
        lamps = re.split(r"[\s,;]+", said)
        if not set(lamps) <= set(names):
            return False
        for lamp in lamps:
            lit ^= cross(names[lamp], rows, columns)
        return not lit

    def grid(self, x: tuple[int, int, int]) -> list[list[int]]:
        rows, columns, lit = x
        return [[5 * (lit >> i * columns + j & 1) for j in range(columns)] for i in range(rows)]


def cross(k: int, rows: int, columns: int) -> int:
    """The lamps that pressing lamp k turns, as bits."""
    i, j = divmod(k, columns)
    near = ((i, j), (i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1))
    return sum(1 << a * columns + b for a, b in near if 0 <= a < rows and 0 <= b < columns)


def _lamp(k: int, columns: int) -> str:
    return f"{'abcde'[k // columns]}{k % columns + 1}"


def _rows(x: tuple[int, int, int]) -> str:
    rows, columns, lit = x
    return "/".join("".join(str(lit >> i * columns + j & 1) for j in range(columns)) for i in range(rows))
