"""The dueling loop: an action is a pair of arms, and what is learned is which of the two won.

    w_ij = how often i beat j;    u_ij, l_ij = w_ij / n_ij ± √(α ln t / n_ij),    n_ij = w_ij + w_ji

The bounds of a pair that never met are 2 and 0, and those of an arm with itself 1/2.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.agents.loops.memories import MemoryAgent
from rewardlab.agents.loops.rollout import Step
from rewardlab.core.errors import BadReward, BadSpace
from rewardlab.core.shown import shown_space


@dataclass(eq=False)
class DuelAgent(MemoryAgent):
    """An agent that chooses two of K arms, actions in MultiDiscrete [K, K], and is paid 1 if the first wins, else 0.

    A draw, or any pay between, counts as that part of a win. An arm against itself teaches nothing. N rows that share a
    memory choose one after the other, each duel counted in n_ij, but not in the wins, before its end is known.

    Methods write `prepare` (after the loop's own) and `pair`; those that hold more also `feed` and `tables`.

    Args:
        independent: every row is a run of its own.

    Attributes:
        arms: K.
        wins: [M, K, K] w.
        duels: [M] duels so far, with those of an arm with itself.
        regret: [M] sums of the info column `pseudo_regret`; NaN where the environment does not tell it.
        regret_log: [duels of a memory, regret of each of the M] after the first step and then at each twentieth more.

    Raises:
        BadSpace: for actions that are no pairs of arms.
        BadReward: for pay outside [0, 1].
    """

    actions: ClassVar[tuple[type[spaces.Space], ...]] = (spaces.MultiDiscrete,)

    def prepare(self) -> None:
        numbers = np.asarray(self.action_space.nvec)  # type: ignore[attr-defined]
        if numbers.shape != (2,) or numbers[0] != numbers[1]:
            raise BadSpace(
                f"actions in {shown_space(self.action_space)}", where=self._name, expected="pairs of arms, [K, K]"
            )
        self.arms = int(numbers[0])
        self.wins = np.zeros((self.memories, self.arms, self.arms))
        self.duels = np.zeros(self.memories, dtype=np.int64)

    def pair(self, met: np.ndarray, t: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Pairs [M, 2] for the next duel, number t [M] >= 1, where arms have met [M, K, K] times."""
        raise NotImplementedError

    def feed(self) -> None:
        """Bring what more is held up to date with `wins` and `duels`."""

    def choose(self, obs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        self.check_rows(len(obs))
        met, t = self.wins + self.wins.transpose(0, 2, 1), self.duels + 1
        if self.memories == len(obs):
            return self.pair(met, t, rng)
        out = np.empty((len(obs), 2), dtype=np.int64)
        for i in range(len(obs)):
            out[i] = self.pair(met, t + i, rng)[0]
            one, other = out[i]
            if one != other:
                met[0, [one, other], [other, one]] += 1
        return rng.permutation(out)  # rows are not tied to pairs

    def greedy(self, obs: np.ndarray) -> np.ndarray:
        self.check_rows(len(obs))
        best = self.best()
        return np.repeat(best if self.memories > 1 else np.repeat(best, len(obs)), 2).reshape(-1, 2)

    def best(self) -> np.ndarray:
        """[M] the arm that beats most others by what is known; of equals the one with the largest share of wins."""
        share = shares(self.wins)
        beats = (share > 0.5).sum(2)
        return np.where(beats == beats.max(1, keepdims=True), share.mean(2), -np.inf).argmax(1)

    def gather(self, step: Step, live: Any, memory: np.ndarray) -> None:
        pay = step.reward[live]
        if not ((pay >= 0) & (pay <= 1)).all():
            raise BadReward(f"pay {pay.min()}..{pay.max()}", where=self._name, expected="1 if the first wins, else 0")
        one, other = (step.action[live] - self.first_action).T
        np.add.at(self.duels, memory, 1)
        apart = one != other
        memory, one, other, pay = memory[apart], one[apart], other[apart], pay[apart]
        np.add.at(self.wins, (memory, one, other), pay)
        np.add.at(self.wins, (memory, other, one), 1.0 - pay)
        self.feed()

    def tables(self) -> dict[str, Any]:
        return {**super().tables(), "wins": self.wins, "duels": self.duels}


def shares(wins: np.ndarray) -> np.ndarray:
    """[..., K, K] the share of duels that i won against j; 1/2 for pairs that never met."""
    met = wins + np.swapaxes(wins, -1, -2)
    return np.where(met > 0, wins / np.where(met > 0, met, 1.0), 0.5)


def bounds(wins: np.ndarray, met: np.ndarray, t: np.ndarray, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    """Upper and lower bounds [M, K, K] of how likely i beats j.

    Args:
        wins: [M, K, K].
        met: [M, K, K] how often they met, at least what `wins` says.
        t: [M] the number of the next duel, at least 1.
        alpha: α > 0.
    """
    mean = shares(wins)
    wide = np.sqrt(alpha * np.log(np.maximum(t, 1))[:, None, None] / np.where(met > 0, met, 1.0))
    upper, lower = np.where(met > 0, mean + wide, 2.0), np.where(met > 0, mean - wide, 0.0)
    diagonal = np.arange(wins.shape[-1])
    upper[:, diagonal, diagonal] = lower[:, diagonal, diagonal] = 0.5
    return upper, lower
