"""LinUCB: the arm with the highest upper confidence bound of a linear model.

    pull argmax_x  x · θ̂ + β ‖x‖_{V⁻¹}
    β = α,    or    β = s √(2 ln (1/δ) + ln (det V / det λ I)) + √λ S

Arms share one unknown θ, so that each pull tells of all of them, new ones too. With the second β the bound holds for
all rounds together with probability 1 − δ (OFUL), and the regret is d √T up to logarithms.

Source: Li, Chu, Langford, Schapire, "A Contextual-Bandit Approach to Personalized News Article Recommendation", WWW
2010, Algorithm 1 (β = α); Abbasi-Yadkori, Pál, Szepesvári, "Improved Algorithms for Linear Stochastic Bandits", NeurIPS
2011, Theorem 2 (the β that grows).
"""

import math
from dataclasses import dataclass

import numpy as np

from rewardlab.agents.loops.contextual import RidgeAgent, best, shrunk, width
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class LinUCB(RidgeAgent):
    """Optimism by the ellipsoid of a ridge regression; for arms that are vectors, and with a model for each task.

    Rows that share a memory choose one after the other, each choice counted in V, but not in θ̂, before it has paid.

    Args:
        alpha: β >= 0 itself; None for the β that grows.
        noise: s >= 0, the pay's deviation, or the constant of its sub-Gaussian tails.
        bound: S >= 0, the largest length of θ.
        delta: δ in (0, 1), the probability with which the bound may fail.

    Raises:
        BadOption: for a number outside its range.
    """

    alpha: float | None = None
    noise: float = 1.0
    bound: float = 1.0
    delta: float = 0.05

    def prepare(self) -> None:
        super().prepare()
        for name in ("alpha", "noise", "bound"):
            value = getattr(self, name)
            if value is not None and not 0 <= value < math.inf:
                raise BadOption(f"{name}={value!r}", where="LinUCB", expected="a number >= 0")
        if not 0 < self.delta < 1:
            raise BadOption(f"delta={self.delta!r}", where="LinUCB", expected="a number between 0 and 1")

    def beta(self, growth: np.ndarray) -> np.ndarray:
        """β [...] where ln (det V / det λ I) is `growth` [...]."""
        if self.alpha is not None:
            return np.full_like(growth, self.alpha)
        spread = np.sqrt(2 * math.log(1 / self.delta) + growth)
        return self.noise * spread + math.sqrt(self.lam) * self.bound

    def bounds(self, x: np.ndarray) -> np.ndarray:
        """Upper confidence bounds [N, T, n] of arms [N, T, n, d]."""
        return self.value(x) + self.beta(self.growth)[..., None] * width(self.inverse, x)

    def pick(self, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        if len(x) == self.memories:
            return best(self.bounds(x), rng)
        value, inverse, growth = self.value(x), self.inverse[0], self.growth[0]
        arms = np.empty(x.shape[:2], dtype=np.int64)
        for i in range(len(x)):
            arms[i] = best(value[i] + self.beta(growth)[..., None] * width(inverse, x[i]), rng)
            inverse, grown = shrunk(inverse, x[i, np.arange(self.tasks), arms[i]])
            growth = growth + np.log(grown)
        return arms
