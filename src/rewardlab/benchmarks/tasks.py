"""Small things of the suites that no family needs: a perfect model's surprise, and two tasks, registered on import.

Repair-v0     20 turns: a filler call earns a step reward of 0.2, six solving steps earn none and succeed by 0.8
Corners-v0    a 9 x 9 grid whose four corners must be visited in order; the observation shows how many are done
"""

from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward
from rewardlab.core.rng import Streams
from rewardlab.envs.world import Card, Columns, Rules, State

_MOVES = np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])


@dataclass
class Repair(Rules):
    """A program to be repaired within some turns: each turn is a filler call or one of the solving steps.

    Args:
        turns: of an episode.
        needed: solving steps without which nothing succeeds.
        success: the probability that they then do.
        filler: what a filler call earns in the column `tool`.
    """

    turns: int = 20
    needed: int = 6
    success: float = 0.8
    filler: float = 0.2

    def __post_init__(self) -> None:
        self.observation_space = spaces.Discrete((self.turns + 1) * (self.needed + 1))
        self.action_space = spaces.Discrete(2)

    def start(self, n: int, rng: Streams) -> State:
        return {"turn": np.zeros(n, dtype=np.int64), "done": np.zeros(n, dtype=np.int64)}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        turn, done = state["turn"] + 1, np.minimum(state["done"] + action, self.needed)
        over = turn == self.turns
        won = over & (done == self.needed) & (rng.uniform() < self.success)
        tool = self.filler * (1 - action)
        return {"turn": turn, "done": done}, won * 1.0, over, {"tool": tool, "success": won}

    def look(self, state: State) -> Tree:
        return state["turn"] * (self.needed + 1) + state["done"]

    def card(self) -> Card:
        few = sum(_choose(self.turns, k) for k in range(self.needed)) / 2**self.turns
        return Card(
            summary=f"{self.turns} turns of filling or solving; {self.needed} solving steps succeed in the end.",
            observation={"index": f"turn * {self.needed + 1} + solving steps done"},
            action={"action": "0 a filler call, 1 a solving step"},
            reward=f"1 with probability {self.success:g} at the end if all solving steps are done, else 0",
            info={"tool": f"{self.filler:g} for a filler call, else 0", "success": "True where the repair succeeds"},
            random_return=self.success * (1 - few),
            optimal_return=self.success,
        )


@dataclass
class Corners(Rules):
    """A square grid whose corners must be visited in order, from the middle.

    Args:
        size: odd, cells to a side.
    """

    size: int = 9

    def __post_init__(self) -> None:
        n = self.size
        self._corners = np.array([0, n - 1, n * n - 1, n * n - n])
        self.observation_space = spaces.Discrete(n * n * 5)
        self.action_space = spaces.Discrete(4)

    def start(self, n: int, rng: Streams) -> State:
        return {"cell": np.full(n, self.size**2 // 2), "done": np.zeros(n, dtype=np.int64)}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        place = np.stack(np.divmod(state["cell"], self.size), axis=1) + _MOVES[action]
        row, column = np.clip(place, 0, self.size - 1).T
        cell = row * self.size + column
        at = cell[:, None] == self._corners
        done = state["done"] + at[np.arange(len(cell)), np.minimum(state["done"], 3)]
        won = done == 4
        shown: dict[str, Any] = {name: at[:, k] for k, name in enumerate("abcd")}
        return {"cell": cell, "done": done}, won * 1.0, won, {**shown, "stage": done, "success": won}

    def look(self, state: State) -> Tree:
        return state["cell"] * 5 + state["done"]

    def card(self) -> Card:
        return Card(
            summary=f"A {self.size} x {self.size} grid whose four corners must be visited in order.",
            observation={"index": "cell * 5 + corners done"},
            action={"action": "0 down, 1 up, 2 right, 3 left"},
            reward="1 at the fourth corner, which ends the episode, else 0",
            info={"a, b, c, d": "True in that corner", "stage": "corners done, 0..4", "success": "True at the end"},
            random_return=0.0,
            optimal_return=1.0,
        )


@dataclass
class Surprise(Reward):
    """Pays what the best model of the world still cannot foresee.

    Args:
        table: [S, A] the entropy of the successor, in nats; observations are the numbers of states.
    """

    table: np.ndarray

    def __call__(self, batch: Transitions) -> Array:
        return self.table[batch.obs, batch.action]


def _choose(n: int, k: int) -> int:
    out = 1
    for i in range(k):
        out = out * (n - i) // (i + 1)
    return out


for _name, _rules, _limit in (("Repair-v0", "Repair", None), ("Corners-v0", "Corners", 200)):
    if f"rewardlab-suites/{_name}" not in gym.registry:
        gym.register(
            f"rewardlab-suites/{_name}",
            entry_point="rewardlab.envs.world:WorldEnv",
            vector_entry_point="rewardlab.envs.world:WorldVectorEnv",
            max_episode_steps=_limit,
            order_enforce=False,
            disable_env_checker=True,
            kwargs={"rules": f"rewardlab.benchmarks.tasks:{_rules}"},
        )
