"""Exp3-IX: exponential weights that explore by dividing by a little more than the chance.

    L̂_a += ℓ / (p_a + γ_t);    p_k ∝ exp(−η_t L̂_k),    η_t = 2 γ_t = √(ln K / (K t))

The estimates are too small on average and never large, so that the regret itself, and not only its mean, is of the
order √(K T ln K) with high probability.

Source: Neu, "Explore No More: Improved High-Probability Regret Bounds for Non-Stochastic Bandits", NeurIPS 2015,
Algorithm 1 and Theorem 1.
"""

from dataclasses import dataclass

import numpy as np

from rewardlab.agents.loops.regularisers import simplex_entropy
from rewardlab.agents.loops.weights import LossAgent


@dataclass(eq=False, kw_only=True)
class Exp3IX(LossAgent):
    """Exponential weights with implicit exploration, for Discrete actions and any observation, which it ignores.

    Args:
        low: the least pay.
        high: the largest pay.
        rate: η > 0, the same at all times; None for √(ln K / (K t)).
    """

    def pace(self, t: np.ndarray) -> np.ndarray:
        return np.sqrt(np.log(self.num_actions) / (self.num_actions * t))

    def law(self, losses: np.ndarray, eta: np.ndarray) -> np.ndarray:
        return simplex_entropy(losses, eta)

    def estimate(self, loss: np.ndarray, chance: np.ndarray, eta: np.ndarray) -> np.ndarray:
        return loss / (chance + eta / 2)
