"""Maps for players on grids: letters to cells, steps, exact processes, and pictures.

    cell = row · width + column,    action 0 up, 1 right, 2 down, 3 left, 4 wait

Whoever walks against something acts on it, so that a station needs no button and nobody has a direction. Exact
processes are found by playing the rules themselves, so that what is solved is what is played.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.lookup import returns as returns
from rewardlab.envs.picture import Colour, Picture
from rewardlab.envs.rules import State

STEPS = ((-1, 0), (0, 1), (1, 0), (0, -1), (0, 0))  # rows and columns of up, right, down, left, wait
MOVES = "0 up, 1 right, 2 down, 3 left"
WAIT = 4
PLAYERS: tuple[Colour, ...] = ((210, 60, 50), (52, 101, 164), (120, 70, 160), (40, 140, 140), (190, 120, 30))
WALL, FLOOR = (84, 90, 104), (238, 238, 232)


def chart(layout: str, known: str, *, where: str) -> np.ndarray:
    """The letters [height, width] of a map, one text line per row.

    Raises:
        BadOption: for an empty map, lines of unequal length, or a letter that is not in `known`.
    """
    lines = layout.strip("\n").split("\n")
    strange = sorted(set(layout) - set(known) - {"\n"})
    if strange:
        raise BadOption(f"layout with {strange}", where=where, expected=f"letters of {known!r}", mend="# is a wall")
    if not lines[0] or len({len(line) for line in lines}) > 1:
        raise BadOption(
            f"layout with lines of {sorted({len(line) for line in lines})} letters",
            where=where,
            expected="at least one letter, and lines of equal length",
        )
    return np.array([list(line) for line in lines])


def only(letters: np.ndarray, letter: str, *, where: str) -> int:
    """The one cell that bears this letter.

    Raises:
        BadOption: if there is none, or more than one.
    """
    found = np.flatnonzero(letters.ravel() == letter)
    if len(found) != 1:
        raise BadOption(f"layout with {len(found)} times {letter!r}", where=where, expected="exactly one")
    return int(found[0])


def check_border(floor: np.ndarray, *, where: str) -> None:
    """Raises BadOption if one could walk off the map: its border [height, width] must have no floor."""
    inner = floor.copy()
    inner[1:-1, 1:-1] = False
    if inner.any():
        raise BadOption("layout with floor at its border", where=where, expected="walls or stations all around")


def neighbours(height: int, width: int) -> np.ndarray:
    """[cells, 5] the cell that each action looks at; beyond the border, the cell itself."""
    row, column = np.divmod(np.arange(height * width), width)
    out = np.empty((height * width, 5), dtype=np.int64)
    for action, (down, right) in enumerate(STEPS):
        r, c = row + down, column + right
        inside = (r >= 0) & (r < height) & (c >= 0) & (c < width)
        out[:, action] = np.where(inside, r * width + c, row * width + column)
    return out


def distances(target: np.ndarray, floor: np.ndarray, goals: np.ndarray) -> np.ndarray:
    """[cells] steps over `floor` [cells] until one acts on a goal [cells] bool, that step included; 0 on a goal.

    Goals need not be floor; infinite where there is no way.
    """
    distance = np.where(goals, 0.0, np.inf)
    while True:
        shorter = np.where(floor, np.minimum(distance, distance[target].min(1) + 1.0), distance)
        if (shorter == distance).all():
            return distance
        distance = shorter


def explore(
    step: Callable[[State, np.ndarray], tuple[State, np.ndarray, np.ndarray]],
    first: State,
    *,
    actions: int,
    index: Callable[[State], np.ndarray],
    size: int,
) -> Any:
    """The exact `TabularMDP` of rules without chance, found by playing them from their first state.

    Args:
        step: states and actions of n rows -> next states, rewards [n], whether the episode ends [n].
        first: the state [1, ...] in which episodes begin.
        actions: A, how many there are.
        index: states -> their numbers [n] in 0..size-1.
        size: S; numbers that cannot be reached lead to the first state and pay nothing.

    Returns:
        the process, with gamma = 0.99.
    """
    from scipy import sparse

    from rewardlab.core.mdp import TabularMDP

    begin = int(index(first)[0])
    after, pay = np.full((size, actions), begin), np.zeros((size, actions))
    seen, ends = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    seen[begin], front = True, first
    while len(next(iter(front.values()))):
        number = index(front)
        state = {k: v.repeat(actions, 0) for k, v in front.items()}
        action = np.tile(np.arange(actions), len(number))
        reached, reward, ended = step(state, action)
        to = index(reached)
        after[number], pay[number] = to.reshape(-1, actions), reward.reshape(-1, actions)
        ends[to[ended]] = True
        fresh, rows = np.unique(to, return_index=True)
        rows = rows[~seen[fresh] & ~ends[fresh]]
        seen[to] = True
        front = {k: v[rows] for k, v in reached.items()}
    count = size * actions
    P = sparse.csr_array((np.ones(count), after.ravel(), np.arange(count + 1)), shape=(count, size))
    return TabularMDP(P, pay, gamma=0.99, initial=begin, terminal=ends)


class Board(Picture):
    """A picture of a map [height, width] bool of walls, in squares of `side` pixels."""

    def __init__(self, wall: np.ndarray, *, side: int = 64) -> None:
        height, width = wall.shape
        super().__init__(height * side, width * side, (206, 207, 202))
        self.side, self.columns = side, width
        for cell, solid in enumerate(wall.ravel()):
            self.tile(cell, WALL if solid else FLOOR)

    def middle(self, cell: int) -> tuple[float, float]:
        """x and y of the middle of a cell, in pixels."""
        return (cell % self.columns + 0.5) * self.side, (cell // self.columns + 0.5) * self.side

    def tile(self, cell: int, colour: Colour, *, share: float = 0.96) -> None:
        """A square that takes `share` of the cell's side."""
        x, y = self.middle(cell)
        half = self.side * share / 2
        self.box(x - half, y - half, 2 * half, 2 * half, colour, corner=0.08 * self.side)

    def letter(self, cell: int, text: str, colour: Colour) -> None:
        """A sign in the middle of a cell."""
        x, y = self.middle(cell)
        self.write(text, x, y - 7, colour, middle=True)

    def player(self, cell: int, number: int, *, held: str = "") -> None:
        """Somebody with a number, and a sign for what is held."""
        x, y = self.middle(cell)
        self.disc(x, y, self.side * 0.34, PLAYERS[number % len(PLAYERS)])
        self.write(str(number), x, y - 7, (250, 250, 246), middle=True)
        if held:
            self.disc(x + self.side * 0.26, y + self.side * 0.24, self.side * 0.16, (250, 250, 246))
            self.write(held, x + self.side * 0.26, y + self.side * 0.24 - 7, (40, 46, 58), middle=True)
