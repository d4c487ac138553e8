"""What bandits with a state stand on: tables on every device, sums that are equal alone and among many rows, bars."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array
from rewardlab.core.errors import BadOption
from rewardlab.envs.bandits.picture import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH
from rewardlab.envs.lookup import Tables as Tables
from rewardlab.envs.picture import BLUE, FAINT, GOLD, INK, RED, Picture, measure

FARTHEST = 8.6  # standard deviations: 53 random bits give no normal number beyond √(106 ln 2) = 8.58


def times(x: Array, matrix: Array) -> Array:
    """matrix · x of every row, [n, q] and [p, q] to [n, p]; a row gets the same bits alone and among many."""
    total = x[:, :1] * matrix[:, 0]
    for j in range(1, matrix.shape[1]):
        total = total + x[:, j : j + 1] * matrix[:, j]
    return total


def dot(x: Array, y: Array) -> Array:
    """x · y of every row, [n, d] and [n, d] or [d] to [n]; summed from the left."""
    products = x * y
    total = products[:, 0]
    for j in range(1, products.shape[1]):
        total = total + products[:, j]
    return total


def demand(holds: Any, what: str, *, where: str, expected: str, mend: str = "") -> None:
    """Raises BadOption where something does not hold."""
    if not holds:
        raise BadOption(what, where=where, expected=expected, mend=mend)


def whole(where: str, least: int = 1, **numbers: Any) -> None:
    """Raises BadOption for a number that is no integer of at least `least`."""
    for name, value in numbers.items():
        fits = isinstance(value, (int, np.integer)) and not isinstance(value, bool) and value >= least
        demand(fits, f"{name}={value!r}", where=where, expected=f"an integer of at least {least}")


def spread_of(where: str, **numbers: Any) -> None:
    """Raises BadOption for a standard deviation that is not finite and >= 0."""
    for name, value in numbers.items():
        demand(0.0 <= value < np.inf, f"{name}={value!r}", where=where, expected="a finite number >= 0")


def numbers_of(value: Any, shape: Sequence[int | None], *, name: str, where: str) -> np.ndarray:
    """`value` as finite float64 of a shape, None for a length that is free.

    Raises:
        BadOption: for other shapes, and for what is no finite number.
    """
    wanted = f"finite numbers [{', '.join('any' if k is None else str(k) for k in shape)}]"
    try:
        found = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise BadOption(f"{name}={value!r:.80}", where=where, expected=wanted) from None
    fits = found.ndim == len(shape) and all(k in (None, n) for k, n in zip(shape, found.shape, strict=True))
    demand(fits, f"{name} of shape {list(found.shape)}", where=where, expected=wanted)
    demand(np.isfinite(found).all(), f"{name}={value!r:.80}", where=where, expected=wanted)
    return found


def bars(
    title: str,
    values: np.ndarray,
    marks: np.ndarray | None = None,
    *,
    chosen: int = -1,
    best: int = -1,
    names: Sequence[str] | None = None,
    words: tuple[str, str] = ("value", "mark"),
) -> np.ndarray:
    """A frame [340, 480, 3] of bars from zero.

    Args:
        title: one line above.
        values: [K] heights.
        marks: [K] a line for each bar, on the same axis; None for none.
        chosen: the bar on a dark column, -1 for none.
        best: the bar whose mark is gold, -1 for none.
        names: [K] what stands below each bar, None for its number.
        words: what bars and marks mean.
    """
    every = np.append(values, marks if marks is not None else [])
    low, high = min(0.0, float(every.min())), max(0.0, float(every.max()))
    high = high if high > low else low + 1.0
    wide = (WIDTH - LEFT - RIGHT) / len(values)
    picture = Picture(HEIGHT, WIDTH)
    picture.write(title, LEFT, 14)

    def row(value: float) -> float:
        return float(HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - BOTTOM - TOP))

    for k, value in enumerate(values):
        x, name = LEFT + k * wide, str(k) if names is None else names[k]
        picture.box(x + wide * 0.08, TOP, wide * 0.84, HEIGHT - BOTTOM - TOP, FAINT if k == chosen else (236, 237, 234))
        top, bottom = row(max(float(value), 0.0)), row(min(float(value), 0.0))
        picture.box(x + wide * 0.2, top, wide * 0.6, bottom - top, BLUE)
        if marks is not None:
            y = row(float(marks[k]))
            picture.line(x + wide * 0.1, y, x + wide * 0.9, y, 4, GOLD if k == best else RED)
        if measure(name) < wide:
            picture.write(name, x + wide / 2, HEIGHT - BOTTOM + 8, middle=True)
    picture.line(LEFT, row(0.0), WIDTH - RIGHT, row(0.0), 1.5, INK)
    x = float(LEFT)
    shown = [(BLUE, words[0]), (RED, words[1]), (GOLD, "best"), (FAINT, "last")]
    for colour, text in shown if marks is not None else shown[::3]:
        picture.box(x, HEIGHT - 26, 12, 12, colour)
        picture.write(text, x + 16, HEIGHT - 27)
        x += 16 + measure(text) + 10
    return picture.image()
