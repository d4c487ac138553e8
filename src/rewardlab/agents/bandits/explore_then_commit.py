"""Explore-then-commit: every arm m times, and then for ever the one that paid best.

    pull each arm m times;    then argmax_k x̄_k, chosen once

The plainest way to explore, and the yardstick of others: with two Gaussian arms, gap Δ and m best chosen for Δ and T it
costs at least twice what an optimal policy loses, and with a bad m it is linear.

Source: Garivier, Kaufmann, Lattimore, "On Explore-Then-Commit Strategies", NeurIPS 2016; Lattimore,
Szepesvári, "Bandit Algorithms", Cambridge University Press 2020, Algorithm 1 and Theorem 6.1.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.bandit import BanditAgent, any_best
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class ExploreThenCommit(BanditAgent):
    """Exploration once, for Discrete actions and any observation, which it ignores.

    Args:
        each: m >= 1 pulls of each arm.

    Attributes:
        chosen: [M] the arm of each memory, the first of equals; −1 while it explores.

    Raises:
        BadOption: for fewer than one pull.
    """

    each: int = 20

    def prepare(self) -> None:
        if self.each < 1:
            raise BadOption(f"each={self.each!r}", where="ExploreThenCommit", expected="at least 1")
        self.chosen = np.full(self.memories, -1)

    def pull(self, n: int, rng: np.random.Generator) -> np.ndarray:
        if self.memories == n:
            return np.where(self.chosen < 0, any_best(-self.counts, rng), self.chosen)
        share, arms = self.counts.copy(), np.empty(n, dtype=np.int64)
        for i in range(n):
            arms[i] = self.chosen[0] if self.chosen[0] >= 0 else any_best(-share, rng)[0]
            share[0, arms[i]] += 1
        return rng.permutation(arms)  # rows are not tied to arms

    def greedy(self, obs: np.ndarray) -> np.ndarray:
        best = super().greedy(obs)
        return np.where(self.chosen < 0, best, self.chosen)

    def feed(self, memory: np.ndarray, arm: np.ndarray, pay: np.ndarray) -> None:
        done = (self.chosen < 0) & (self.counts >= self.each).all(1)
        self.chosen[done] = self.means[done].argmax(1)

    def tables(self) -> dict[str, Any]:
        return {**super().tables(), "chosen": self.chosen}
