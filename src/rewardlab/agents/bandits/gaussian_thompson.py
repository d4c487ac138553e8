"""Gaussian Thompson sampling: an arm is pulled as likely as it is the best one, for pay that is normal.

    prior μ_k ~ N(m, s²),  pay r ~ N(μ_k, σ²):    1/v_k = 1/s² + n_k/σ²,    μ̂_k = v_k (m/s² + Σ r/σ²)
    θ_k ~ N(μ̂_k, v_k);    pull argmax_k θ_k

With m = 0 and s = σ = 1 it is the algorithm of the paper, whose regret is of the order √(K T ln K) for all pay in
[0, 1], normal or not.

Source: Agrawal, Goyal, "Further Optimal Regret Bounds for Thompson Sampling", AISTATS 2013, Algorithm 2 and Theorem 3.
"""

from dataclasses import dataclass

import numpy as np

from rewardlab.agents.loops.bandit import BanditAgent
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class GaussianThompson(BanditAgent):
    """Posterior sampling with a normal prior, for Discrete actions and any observation, which it ignores.

    Rows that share a memory draw from the same posterior, each for itself.

    Args:
        deviation: σ > 0 of the pay.
        prior_mean: m.
        prior_deviation: s > 0.

    Raises:
        BadOption: for a number outside its range.
    """

    deviation: float = 1.0
    prior_mean: float = 0.0
    prior_deviation: float = 1.0

    def prepare(self) -> None:
        for name in ("deviation", "prior_deviation"):
            if not 0 < getattr(self, name) < np.inf:
                raise BadOption(
                    f"{name}={getattr(self, name)!r}", where="GaussianThompson", expected="a number above 0"
                )
        if not np.isfinite(self.prior_mean):
            raise BadOption(f"prior_mean={self.prior_mean!r}", where="GaussianThompson", expected="a finite number")

    def posterior(self) -> tuple[np.ndarray, np.ndarray]:
        """Means [M, K] and standard deviations [M, K] of what the arms may be worth."""
        prior, each = self.prior_deviation**-2.0, self.deviation**-2.0
        precision = prior + self.counts * each
        return (prior * self.prior_mean + each * self.totals) / precision, 1.0 / np.sqrt(precision)

    def pull(self, n: int, rng: np.random.Generator) -> np.ndarray:
        mean, spread = self.posterior()
        return (mean + spread * rng.standard_normal((n, self.num_actions))).argmax(1)
