"""Cliff walk: the shortest way leads along the edge.

    r = −1 at each step, −100 for a step over the edge, which leads back to the start

Between start and goal lies a cliff. The best policy walks along it, in −13; one that explores while it learns on-policy
prefers the safe way along the far rim, in −17. The sparse variant pays at the goal alone.

Source: Sutton, Barto, "Reinforcement Learning: An Introduction", 2nd edition, 2018, Example 6.6.
"""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.tables.grid_picture import FLOOR, Board, lines
from rewardlab.envs.gridworlds.tables.table import FOUR, NAMES, Tables, neighbours, process, returns
from rewardlab.envs.picture import GOLD
from rewardlab.envs.world import Card, Columns, Rules, State


@dataclass
class Cliff(Rules):
    """A strip of land with a cliff along its lower rim; start in the lower left corner, goal in the lower right one.

    Args:
        height: rows, 2 to 13.
        width: columns, 3 to 40; all cells between start and goal are cliff.
        step_reward: paid at each step that does not fall.
        fall_reward: paid instead by a step over the edge.
        goal_reward: paid beside that by the step to the goal.
        horizon: the steps that the returns of `describe()` count; the id sets it to its time limit.

    Raises:
        BadOption: for sizes outside their ranges, or numbers that are not finite.
    """

    height: int = 4
    width: int = 12
    step_reward: float = -1.0
    fall_reward: float = -100.0
    goal_reward: float = 0.0
    horizon: int = 200

    torch: ClassVar[bool] = True

    def __post_init__(self) -> None:
        for name, low, high in (("height", 2, 13), ("width", 3, 40), ("horizon", 1, 10**6)):
            if not low <= getattr(self, name) <= high:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="Cliff", expected=f"{low} to {high}")
        for name in ("step_reward", "fall_reward", "goal_reward"):
            if not math.isfinite(getattr(self, name)):
                raise BadOption(f"{name}={getattr(self, name)!r}", where="Cliff", expected="a finite number")
        cells = self.height * self.width
        self.first, self.goal = cells - self.width, cells - 1
        target = neighbours(np.zeros((1, self.height, self.width), dtype=bool), FOUR)[0]
        falls = (target > self.first) & (target < self.goal)
        pay = np.where(falls, self.fall_reward, self.step_reward + self.goal_reward * (target == self.goal))
        target[falls] = self.first
        self._tables = Tables(target=target.ravel(), pay=pay.astype(float).ravel(), falls=falls.ravel())
        self.action_space = spaces.Discrete(4)
        self.observation_space = spaces.Discrete(cells)

    def start(self, n: int, rng: Streams) -> State:
        return {"cell": rng.xp.zeros_like(rng.seed[:n]) + self.first}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        t = self._tables(rng.device)
        index = state["cell"] * 4 + action
        cell = t["target"][index]
        over = cell == self.goal
        return {"cell": cell}, t["pay"][index], over, {"success": over, "fell": t["falls"][index]}

    def look(self, state: State) -> Tree:
        return state["cell"] + 0

    def safe_path(self) -> list[int]:
        """Actions of the way farthest from the edge: up to the upper rim, right, down to the goal."""
        return [0] * (self.height - 1) + [1] * (self.width - 1) + [2] * (self.height - 1)

    def draw(self, state: State, i: int) -> np.ndarray:
        fill = np.empty((self.height, self.width, 3))
        fill[:] = FLOOR
        fill[-1, 1:-1] = (70, 76, 92)
        board = Board(fill)
        s, edge = board.side, (self.height - 1) * board.side
        board.box(s, edge, s * (self.width - 2), s * 0.12, (150, 130, 104))
        board.coin(self.goal, GOLD)
        board.walker(int(state["cell"][i]))
        return board.image()

    def text(self, state: State, i: int) -> str:
        letters = np.full((self.height, self.width), ".")
        letters[-1, 1:-1], letters[-1, -1] = "x", "G"
        letters.ravel()[int(state["cell"][i])] = "@"
        return lines(letters)

    def to_mdp(self) -> Any:
        """The exact `TabularMDP` over the cells, row * width + column; gamma = 1, the goal is terminal."""
        t, cells = self._tables(), self.height * self.width
        shape, states = (cells, 4, 1), np.arange(cells)
        return process(
            np.ones(shape), t["target"].reshape(shape), t["pay"].reshape(cells, 4),
            (states == self.first).astype(float), states == self.goal,
        )  # fmt: skip

    def table_places(self) -> np.ndarray:
        """[S, 2] the row and column of each state of `to_mdp`."""
        return np.stack(np.divmod(np.arange(self.height * self.width), self.width), axis=1)

    def card(self) -> Card:
        random, best = returns(self.to_mdp(), self.horizon)
        return Card(
            summary=f"A strip of {self.height} x {self.width} cells; between start and goal, along the lower rim, "
            "lies a cliff; who falls begins again at the start.",
            observation={"cell": f"row * {self.width} + column, 0..{self.height * self.width - 1}"},
            action={str(a): name for a, name in enumerate(NAMES)},
            reward=f"{self.step_reward:g} at each step, {self.fall_reward:g} instead for one over the edge, "
            f"{self.goal_reward:g} more at the goal, which ends the episode",
            info={"success": "True at the goal", "fell": "True on a step over the edge"},
            random_return=random,
            optimal_return=best,
            source="Sutton and Barto, Reinforcement Learning: An Introduction, 2018, Example 6.6",
        )
