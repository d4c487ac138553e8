"""Windy grid: a wind from below shifts every step.

    row' = row + move − wind[column],    r = −1 until the goal

Columns have a wind, which carries the agent upwards by so many cells as it leaves one of their cells. The shortest way
takes 15 steps; with the king's moves 7, and to stay is then of no use. In the stochastic variant the wind of a column
that has one is stronger or weaker by one cell, each a third of the time.

Source: Sutton, Barto, "Reinforcement Learning: An Introduction", 2nd edition, 2018, Example 6.5, Exercises 6.9, 6.10.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.tables.grid_picture import FLOOR, Board, lines
from rewardlab.envs.gridworlds.tables.table import DIAGONAL, FOUR, NAMES, STAY, Tables, process, returns
from rewardlab.envs.picture import GOLD
from rewardlab.envs.world import Card, Columns, Rules, State

_NAMES = (*NAMES, "up right", "down right", "down left", "up left")


@dataclass
class Windy(Rules):
    """A grid with a wind in each column.

    Args:
        wind: strength of the wind in each column, cells >= 0; 3 to 40 columns.
        height: rows, 2 to 13.
        start_cell: [row, column].
        goal_cell: [row, column].
        kings: whether the four diagonal moves are actions too.
        stay: whether to stay (and be carried) is an action too, the last one.
        gusts: probability in [0, 1] that a wind that blows is one cell stronger or weaker, half of it each; 2/3 in
            Exercise 6.10.
        horizon: the steps that the returns of `describe()` count; the id sets it to its time limit.

    Raises:
        BadOption: for sizes outside their ranges, or cells that are not in the grid or the same.
    """

    wind: Sequence[int] = (0, 0, 0, 1, 1, 1, 2, 2, 1, 0)
    height: int = 7
    start_cell: Sequence[int] = (3, 0)
    goal_cell: Sequence[int] = (3, 7)
    kings: bool = False
    stay: bool = False
    gusts: float = 0.0
    horizon: int = 200

    torch: ClassVar[bool] = True

    def __post_init__(self) -> None:
        wind = tuple(self.wind)
        if not 3 <= len(wind) <= 40 or not all(type(w) is int and 0 <= w <= 13 for w in wind):
            raise _bad(f"wind={self.wind!r}", "3 to 40 integers from 0 to 13")
        for name, low, high in (("height", 2, 13), ("horizon", 1, 10**6), ("gusts", 0.0, 1.0)):
            if not low <= getattr(self, name) <= high:
                raise _bad(f"{name}={getattr(self, name)!r}", f"{low} to {high}")
        self.width = len(wind)
        cells = []
        for name in ("start_cell", "goal_cell"):
            at = getattr(self, name)
            inside = len(at) == 2 and all(type(x) is int for x in at)
            if not inside or not (0 <= at[0] < self.height and 0 <= at[1] < self.width):
                raise _bad(f"{name}={at!r}", f"[row, column] in {self.height} x {self.width} cells")
            cells.append(at[0] * self.width + at[1])
        self.first, self.goal = cells
        if self.first == self.goal:
            raise _bad(f"goal_cell={self.goal_cell!r}, the start", "another cell")
        moves = np.concatenate([FOUR] + [DIAGONAL] * self.kings + [STAY] * self.stay)  # [A, 2]
        row, column = np.divmod(np.arange(self.height * self.width), self.width)
        blows = np.array(wind)[column]
        carried = blows[:, None] + np.array([0, 1, -1]) * (blows > 0)[:, None]  # [C, 3]
        r = np.clip(row[:, None, None] + moves[:, :1] - carried[:, None], 0, self.height - 1)  # [C, A, 3]
        c = np.clip(column[:, None] + moves[:, 1], 0, self.width - 1)[..., None]
        self._target = r * self.width + c
        self._tables = Tables(target=self._target.ravel())
        self.action_space = spaces.Discrete(len(moves))
        self.observation_space = spaces.Discrete(len(row))

    def start(self, n: int, rng: Streams) -> State:
        return {"cell": rng.xp.zeros_like(rng.seed[:n]) + self.first}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        xp, target = rng.xp, self._tables(rng.device)["target"]
        index = (state["cell"] * self._target.shape[1] + action) * 3
        if self.gusts:
            u = rng.uniform()
            index = index + xp.astype(u < self.gusts, xp.int64) + (u < self.gusts / 2)
        cell = target[index]
        over = cell == self.goal
        return {"cell": cell}, xp.zeros_like(cell, dtype=xp.float64) - 1.0, over, {"success": over}

    def look(self, state: State) -> Tree:
        return state["cell"] + 0

    def draw(self, state: State, i: int) -> np.ndarray:
        strength = np.array(self.wind) / max(*self.wind, 1)
        fill = np.empty((self.height, self.width, 3))
        fill[:] = np.array(FLOOR) + strength[:, None] * (np.array((176, 208, 236)) - np.array(FLOOR))
        board = Board(fill)
        for cell in range(self.height * self.width):
            if strength[cell % self.width]:
                board.arrow(cell, 0.2 + 0.4 * strength[cell % self.width], (130, 166, 204))
        board.coin(self.goal, GOLD)
        board.walker(int(state["cell"][i]))
        return board.image()

    def text(self, state: State, i: int) -> str:
        letters = np.full((self.height, self.width), ".")
        letters.ravel()[self.goal] = "G"
        letters.ravel()[int(state["cell"][i])] = "@"
        return lines(letters) + "\nwind " + " ".join(str(w) for w in self.wind)

    def to_mdp(self) -> Any:
        """The exact `TabularMDP` over the cells, row * width + column; the goal is terminal, gamma = 1."""
        cells, actions, _ = self._target.shape
        law = np.array([1 - self.gusts, self.gusts / 2, self.gusts / 2])
        states = np.arange(cells)
        return process(
            np.broadcast_to(law, self._target.shape), self._target, np.full((cells, actions), -1.0),
            (states == self.first).astype(float), states == self.goal,
        )  # fmt: skip

    def table_places(self) -> np.ndarray:
        """[S, 2] the row and column of each state of `to_mdp`."""
        return np.stack(np.divmod(np.arange(self.height * self.width), self.width), axis=1)

    def card(self) -> Card:
        random, best = returns(self.to_mdp(), self.horizon)
        does = [*_NAMES[: 8 if self.kings else 4], *["stay"] * self.stay]
        gusts = f"; with probability {self.gusts:g} a wind is one cell stronger or weaker" if self.gusts else ""
        return Card(
            summary=f"A grid of {self.height} x {self.width} cells; the wind of the column that a step leaves carries "
            f"it upwards by {', '.join(str(w) for w in self.wind)} cells{gusts}.",
            observation={"cell": f"row * {self.width} + column, 0..{self.height * self.width - 1}"},
            action={str(a): name for a, name in enumerate(does)},
            reward="-1 at each step, until the goal ends the episode",
            info={"success": "True at the goal"},
            random_return=random,
            optimal_return=best,
            source="Sutton and Barto, Reinforcement Learning: An Introduction, 2018, Example 6.5",
        )


def _bad(what: str, expected: str) -> BadOption:
    return BadOption(what, where="Windy", expected=expected)
