"""Thompson sampling with a linear model.

    θ̃ ~ N(θ̂, v² V⁻¹),    pull argmax_x  x · θ̃

Each round believes in one model drawn from what is held possible, and so tries an arm as often as it may be best. With
pay of deviation v and θ ~ N(0, v²/λ I) the law of θ̃ is the posterior itself.

Source: Agrawal, Goyal, "Thompson Sampling for Contextual Bandits with Linear Payoffs", ICML 2013, Algorithm 1.
"""

import math
from dataclasses import dataclass

import numpy as np

from rewardlab.agents.loops.contextual import RidgeAgent, best
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class LinTS(RidgeAgent):
    """Sampling from the posterior of a ridge regression; for arms that are vectors, and with a model for each task.

    Rows that share a memory draw a model each.

    Args:
        scale: v > 0; the pay's deviation for the posterior, and more for a bound on the regret in the worst case.

    Raises:
        BadOption: for a number outside its range.
    """

    scale: float = 0.5

    def prepare(self) -> None:
        super().prepare()
        if not 0 < self.scale < math.inf:
            raise BadOption(f"scale={self.scale!r}", where="LinTS", expected="a number above 0")

    def drawn(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Models [n, T, d] from the posteriors of n memories, or of the one memory."""
        root = np.linalg.cholesky(self.inverse)
        z = rng.standard_normal((n, self.tasks, self.dimension, 1))
        return self.theta + self.scale * (root @ z)[..., 0]

    def pick(self, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return best((x @ self.drawn(len(x), rng)[..., None])[..., 0], rng)
