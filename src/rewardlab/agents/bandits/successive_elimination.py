"""Successive elimination: arms are pulled in turn until they are surely worse than another.

    r(n) = w √(ln(π² K n² / (3 δ)) / (2 n))
    drop k as soon as  x̄_k + r(n_k) < x̄_j − r(n_j)  for some j;    pull the arm in play with the fewest pulls

By Hoeffding's inequality all |x̄_k − μ_k| <= r(n_k) at all times with probability 1 − δ, and then no best arm is ever
dropped. With known δ it is a test of which arm is best as much as a way to pay little for it.

Source: Even-Dar, Mannor, Mansour, "Action Elimination and Stopping Conditions for the Multi-Armed Bandit and
Reinforcement Learning Problems", JMLR 2006, Algorithm 3 and Theorem 8; the constants in r, which the paper leaves open,
are ours: those that make the union bound over arms and pulls exactly δ.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.bandit import BanditAgent, any_best
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class SuccessiveElimination(BanditAgent):
    """A race of arms, for Discrete actions and any observation, which it ignores.

    Args:
        delta: δ in (0, 1), how likely a best arm may be dropped.
        span: w > 0, for pay in a range of this width.

    Attributes:
        active: [M, K] bool, the arms in play.

    Raises:
        BadOption: for a number outside its range.
    """

    delta: float = 0.05
    span: float = 1.0

    def prepare(self) -> None:
        if not 0 < self.delta < 1:
            raise BadOption(f"delta={self.delta!r}", where="SuccessiveElimination", expected="a number in (0, 1)")
        if not 0 < self.span < np.inf:
            raise BadOption(f"span={self.span!r}", where="SuccessiveElimination", expected="a number above 0")
        self.active = np.ones((self.memories, self.num_actions), dtype=bool)

    def radius(self, counts: np.ndarray) -> np.ndarray:
        """r(n) for counts n >= 1 of any shape."""
        log = np.log(np.pi**2 * self.num_actions * np.square(counts, dtype=float) / (3 * self.delta))
        return self.span * np.sqrt(log / (2 * counts))

    def pull(self, n: int, rng: np.random.Generator) -> np.ndarray:
        if self.memories == n:
            return any_best(np.where(self.active, -self.counts, -np.inf), rng)
        share, arms = self.counts.copy(), np.empty(n, dtype=np.int64)
        for i in range(n):
            arms[i] = any_best(np.where(self.active, -share, -np.inf), rng)[0]
            share[0, arms[i]] += 1
        return rng.permutation(arms)  # rows are not tied to arms

    def greedy(self, obs: np.ndarray) -> np.ndarray:
        self.check_rows(len(obs))
        best = np.where(self.active & (self.counts > 0), self.means, -np.inf).argmax(1)
        return best if self.memories > 1 else np.repeat(best, len(obs))

    def feed(self, memory: np.ndarray, arm: np.ndarray, pay: np.ndarray) -> None:
        wide = np.where(self.counts > 0, self.radius(np.maximum(self.counts, 1)), np.inf)
        sure = np.where(self.active, self.means - wide, -np.inf).max(1, keepdims=True)
        self.active &= self.means + wide >= sure

    def tables(self) -> dict[str, Any]:
        return {**super().tables(), "active": self.active}
