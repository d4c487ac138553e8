"""Thompson sampling: an arm is pulled as likely as it is the best one.

    θ_k ~ Beta(a + S_k, b + F_k);    pull argmax_k θ_k;    then S += 1 with probability r, else F += 1

The posterior of Bernoulli arms under a Beta prior; pay within [0, 1] becomes 0 or 1 by a coin of the same mean. Its
regret has the smallest constant before ln T that there is.

Source: Thompson, "On the Likelihood that One Unknown Probability Exceeds Another in View of the Evidence of Two
Samples", Biometrika 1933; Agrawal, Goyal, "Analysis of Thompson Sampling for the Multi-armed Bandit Problem", COLT
2012, Algorithms 1 and 2; Kaufmann, Korda, Munos, "Thompson Sampling: An Asymptotically Optimal Finite-Time Analysis",
ALT 2012, Theorem 1 (the constant).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.bandit import BanditAgent
from rewardlab.core.errors import BadOption, BadReward


@dataclass(eq=False, kw_only=True)
class Thompson(BanditAgent):
    """Posterior sampling for pay in [0, 1], for Discrete actions and any observation, which it ignores.

    Rows that share a memory draw from the same posterior, each for itself.

    Args:
        a: > 0, successes that the prior is worth.
        b: > 0, failures.

    Attributes:
        successes: [M, K] S.

    Raises:
        BadOption: for a number outside its range.
        BadReward: for pay outside [0, 1].
    """

    a: float = 1.0
    b: float = 1.0

    def prepare(self) -> None:
        if not (0 < self.a < np.inf and 0 < self.b < np.inf):
            raise BadOption(f"a={self.a!r}, b={self.b!r}", where="Thompson", expected="numbers above 0")
        self.successes = np.zeros((self.memories, self.num_actions), dtype=np.int64)

    def pull(self, n: int, rng: np.random.Generator) -> np.ndarray:
        won = self.a + self.successes
        lost = self.b + self.counts - self.successes
        return rng.beta(won, lost, (n, self.num_actions)).argmax(1)

    def feed(self, memory: np.ndarray, arm: np.ndarray, pay: np.ndarray) -> None:
        if not ((pay >= 0) & (pay <= 1)).all():
            raise BadReward(
                f"pay {pay.min()}..{pay.max()}",
                where="Thompson",
                expected="numbers in [0, 1]",
                mend="GaussianThompson takes any pay",
            )
        won = self._rng.random(len(pay)) < pay
        cell = memory * self.num_actions + arm
        self.successes += np.bincount(cell[won], minlength=self.counts.size).reshape(self.counts.shape)

    def tables(self) -> dict[str, Any]:
        return {**super().tables(), "successes": self.successes}
