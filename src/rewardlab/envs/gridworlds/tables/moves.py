"""Moves on small maps: what worlds of walkers share, whose rules are tables and formulas rather than a kernel.

    cell = row · width + column,    action 0 up, 1 right, 2 down, 3 left

A walker stays where it is if a wall or the border is in the way. Exact processes are found by playing the rules
themselves from their first states, so that what is solved is what is played.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, namespace, tensor
from rewardlab.core.errors import BadOption
from rewardlab.envs.lookup import returns as returns
from rewardlab.envs.picture import Colour, Picture
from rewardlab.envs.rules import State

STEPS = ((-1, 0), (0, 1), (1, 0), (0, -1))  # rows and columns of up, right, down, left
MOVES = "0 up, 1 right, 2 down, 3 left"
KEYS = {"up": 0, "right": 1, "down": 2, "left": 3}  # for play by hand
WALKER, WALL, FLOOR = (210, 60, 50), (84, 90, 104), (238, 238, 232)

Outcome = tuple[float, State, Array, Array]  # probability, next state, reward [n], whether the episode ends [n]


def neighbours(wall: np.ndarray) -> np.ndarray:
    """The cell [height * width, 4] that each move leads to, on a map of walls [height, width] bool."""
    height, width = wall.shape
    row, column = np.divmod(np.arange(height * width), width)
    target = np.empty((height * width, 4), dtype=np.int64)
    for action, (down, right) in enumerate(STEPS):
        r, c = row + down, column + right
        inside = (r >= 0) & (r < height) & (c >= 0) & (c < width)
        free = inside & ~wall[np.where(inside, r, 0), np.where(inside, c, 0)]
        target[:, action] = np.where(free, r * width + c, row * width + column)
    return target


def distances(target: np.ndarray, goal: int) -> np.ndarray:
    """Steps [cells] that a walker needs to `goal` on a table of `neighbours`; infinite where there is no way."""
    distance = np.full(len(target), np.inf)
    distance[goal] = 0.0
    for _ in range(len(target)):
        shorter = np.minimum(distance, distance[target].min(1) + 1.0)
        if (shorter == distance).all():
            break
        distance = shorter
    return distance


def chart(layout: str, known: str, *, where: str) -> np.ndarray:
    """The letters [height, width] of a map, one text line per row.

    Raises:
        BadOption: for an empty map, lines of unequal length, or a letter that is not in `known`.
    """
    lines = layout.strip("\n").split("\n")
    if not lines[0] or any(len(line) != len(lines[0]) for line in lines):
        raise BadOption(
            f"layout with lines of {sorted({len(line) for line in lines})} letters",
            where=where,
            expected="at least one letter, and lines of equal length",
        )
    strange = sorted(set(layout) - set(known) - {"\n"})
    if strange:
        raise BadOption(f"layout with {strange}", where=where, expected=f"letters of {known!r}", mend="# is a wall")
    return np.array([list(line) for line in lines])


def only(letters: np.ndarray, letter: str, *, where: str) -> int:
    """The one cell of a map that bears this letter.

    Raises:
        BadOption: if there is none, or more than one.
    """
    found = np.flatnonzero(letters.ravel() == letter)
    if len(found) != 1:
        raise BadOption(f"layout with {len(found)} times {letter!r}", where=where, expected="exactly one")
    return int(found[0])


class Tables:
    """Constant arrays of some rules, each copied to a torch device when it is first needed there."""

    def __init__(self, **arrays: np.ndarray) -> None:
        self._of: dict[Any, dict[str, Array]] = {None: arrays}

    def on(self, device: Any) -> dict[str, Array]:
        """The arrays for a device; None for NumPy."""
        if device not in self._of:
            self._of[device] = {k: tensor(v, device=device) for k, v in self._of[None].items()}
        return self._of[device]

    def beside(self, x: Array) -> dict[str, Array]:
        """The arrays where `x` is."""
        return self.on(None if isinstance(x, np.ndarray) else x.device)


def canvas(static: Array, n: int) -> Array:
    """n copies [n, planes, cells] int8 of constant planes, to write into."""
    if isinstance(static, np.ndarray):
        return np.repeat(static[None], n, axis=0)
    return static[None].repeat(n, 1, 1)


def rows_of(x: Array) -> Array:
    """0..n-1, where `x` [n] is."""
    return np.arange(len(x)) if isinstance(x, np.ndarray) else namespace(x).arange(len(x), device=x.device)


# -- exact processes -----------------------------------------------------------------------------------------------


def explore(
    outcomes: Callable[[State, Array], Iterable[Outcome]],
    first: State,
    *,
    actions: int,
    index: Callable[[State], np.ndarray],
    size: int,
) -> Any:
    """The exact `TabularMDP` of some rules, found by playing them from all their first states.

    Args:
        outcomes: states and actions of n rows -> every way the step can go; their probabilities sum to 1.
        first: the states [n, ...] in which episodes begin, all equally likely.
        actions: A, how many there are.
        index: states -> their numbers [n] in 0..size-1.
        size: S; numbers that no state bears, or that cannot be reached, lead to a first state and pay nothing, so that
            neither ends nor averages depend on them.

    Returns:
        the process, with gamma = 0.99.
    """
    from scipy import sparse

    from rewardlab.core.mdp import TabularMDP

    begin = index(first)
    known, ends = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    pay = np.zeros(size * actions)
    entries: list[tuple[np.ndarray, ...]] = []
    front = [first]
    while front:
        state = {k: np.concatenate([part[k] for part in front]) for k in first}
        number, rows = np.unique(index(state), return_index=True)
        rows = rows[~known[number]]
        state, number = {k: v[rows].repeat(actions, 0) for k, v in state.items()}, number[~known[number]]
        known[number] = True
        action = np.tile(np.arange(actions), len(rows))
        row = number.repeat(actions) * actions + action
        front = []
        for probability, after, reward, ended in outcomes(state, action) if len(rows) else ():
            if probability == 0.0:
                continue
            to = index(after)
            pay[row] += probability * reward
            entries.append((np.full(len(row), probability), row, to))
            known[to[ended]] = ends[to[ended]] = True
            new = ~known[to]
            if new.any():
                front.append({k: np.asarray(v)[new] for k, v in after.items()})
    p, row, to = (np.concatenate(part) for part in zip(*entries, strict=True))
    P = sparse.coo_array((p, (row, to)), shape=(size * actions, size)).tocsr()
    shut = np.flatnonzero(ends | ~known)
    rest = (shut[:, None] * actions + np.arange(actions)).ravel()
    P = P + sparse.csr_array((np.ones(len(rest)), (rest, np.full(len(rest), begin[0]))), shape=P.shape)
    initial = np.bincount(begin, minlength=size) / len(begin)
    return TabularMDP(P, pay.reshape(size, actions), gamma=0.99, initial=initial, terminal=ends)


# -- pictures ------------------------------------------------------------------------------------------------------


class Board(Picture):
    """A picture of a map [height, width] bool of walls, in squares of `side` pixels."""

    def __init__(self, wall: np.ndarray, *, side: int = 48) -> None:
        height, width = wall.shape
        super().__init__(height * side, width * side, (206, 207, 202))
        self.side, self.width = side, width
        for cell, solid in enumerate(wall.ravel()):
            self.tile(cell, WALL if solid else FLOOR)

    def middle(self, cell: int) -> tuple[float, float]:
        """x and y of the middle of a cell, in pixels."""
        return (cell % self.width + 0.5) * self.side, (cell // self.width + 0.5) * self.side

    def tile(self, cell: int, colour: Colour, *, share: float = 0.96, corner: float = 0.08) -> None:
        """A square that takes `share` of the cell's side."""
        x, y = self.middle(cell)
        half = self.side * share / 2
        self.box(x - half, y - half, 2 * half, 2 * half, colour, corner=corner * self.side)

    def walker(self, cell: int, colour: Colour = WALKER) -> None:
        """Someone who looks at us."""
        (x, y), side = self.middle(cell), self.side
        self.disc(x, y, side * 0.34, colour)
        for eye in (-0.11, 0.11):
            self.disc(x + eye * side, y - side * 0.07, side * 0.075, (250, 250, 246))
            self.disc(x + eye * side, y - side * 0.06, side * 0.035, (40, 46, 58))
