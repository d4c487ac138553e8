"""Pairs of names: one arm over another, and which of them won.

    u_ij = w_ij / n_ij + √(α ln t / n_ij),    n_ij = w_ij + w_ji    how often i may beat j; 2 where they never met

An arm whose row is nowhere below 1/2 may be the best; RUCB takes one of these first, and for the second the one that
may beat it most clearly.

Source: Zoghi, Whiteson, Munos, de Rijke, "Relative Upper Confidence Bound for the K-Armed Dueling Bandit Problem", ICML
2014, Algorithm 1.
"""

import math
from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from rewardlab.core.arrays import Array
from rewardlab.envs.bandits.wording.speech import COUNT, Wording, rounds_of
from rewardlab.envs.rules import Columns, State


class Duels(Wording):
    """K arms, two a round."""

    options: ClassVar[Mapping[str, float]] = {"alpha": 0.51}
    aim: ClassVar[str] = ""
    many = 2
    guided: ClassVar[str] = (
        "mean and bonus of a pair add up to how often its first may win; an arm that may win at least half of its "
        "duels with all others is a good first, and who may beat it most often a good second"
    )
    unclear: ClassVar[str] = "The last answer was no pair of names, so that chance chose."

    def prepare(self) -> None:
        self.names = self.called(int(self.bandit.action_space.nvec[0]))
        self.action_space, self.width, self.rounds = self.bandit.action_space, 3, rounds_of(self.bandit)

    def task(self) -> str:
        return (
            f"There are {len(self.names)} rivals: {', '.join(self.names)}. You let two of them meet, or one with "
            "itself, and are told which won; each pair has a chance of its own. What counts is that the best one meets "
            "itself, so find it."
        )

    def reply(self) -> str:
        return f"Answer with two names, as {self.names[0]} over {self.names[1]}."

    def note(self, before: State, action: Array, reward: Array, columns: Columns) -> Array:
        return np.concatenate([action, reward[:, None]], axis=1)

    def line(self, note: np.ndarray) -> str:
        first, second = (self.names[int(k)] for k in note[:2])
        return f"{first} over {second}: {'won' if note[2] else 'lost'}"

    def begin(self, n: int) -> State:
        k = len(self.names)
        return {"wins": np.zeros((n, k, k), dtype=np.int64), "duels": np.zeros(n, dtype=np.int64)}

    def learn(self, memory: State, before: State, action: Array, reward: Array, columns: Columns) -> State:
        wins, row, first = memory["wins"].copy(), np.arange(len(action)), reward > 0
        one, other = action[:, 0], action[:, 1]
        wins[row, np.where(first, one, other), np.where(first, other, one)] += 1
        return {"wins": wins, "duels": memory["duels"] + 1}

    def pairs(self, told: Array, *, both: bool) -> list[tuple[int, int]]:
        """The pairs of which `told` [K, K] holds, each in one order or in both."""
        return [(int(i), int(j)) for i, j in np.argwhere(told) if both or i < j]

    def summary(self, memory: State, before: State, i: int) -> list[str]:
        wins = memory["wins"][i]
        met = self.pairs(wins + wins.T, both=False)
        return [f"{self.names[j]} over {self.names[k]}: won {wins[j, k]} of {wins[j, k] + wins[k, j]}" for j, k in met]

    def upper(self, memory: State, i: int) -> tuple[Array, Array]:
        """Mean and bonus [K, K] of each pair in row i."""
        wins = memory["wins"][i]
        met = wins + wins.T
        known = np.maximum(met, 1)
        t = int(memory["duels"][i]) + 1
        mean, bonus = wins / known, np.sqrt(self.option["alpha"] * math.log(t) / known)
        own = np.eye(len(wins), dtype=bool)
        mean, bonus = np.where(met > 0, mean, 1.0), np.where(met > 0, bonus, 1.0)
        return np.where(own, 0.5, mean), np.where(own, 0.0, bonus)

    def guide(self, memory: State, before: State, i: int) -> list[str]:
        mean, bonus = self.upper(memory, i)
        return [
            f"{self.names[j]} over {self.names[k]}: mean {self.number(mean[j, k])}, bonus {self.number(bonus[j, k])}"
            for j, k in self.pairs(~np.eye(len(mean), dtype=bool), both=True)
        ]

    def room(self, form: str, window: int) -> int:
        pair, k = 2 * self.longest_name + len(" over : "), len(self.names)
        if form == "history":
            return window * (pair + len("lost\n"))
        each = len("won  of \n") + 2 * COUNT if form == "summary" else len("mean , bonus \n") + 2 * self.wide
        return k * k * (pair + each)
