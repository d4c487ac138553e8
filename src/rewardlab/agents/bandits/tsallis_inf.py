"""Tsallis-INF: best of both worlds, for pay that is random and for pay that is not.

    L̂_a += ℓ / p_a for the pulled arm;    p_k = 4 (η_t (L̂_k − x))⁻² with the x that makes Σ p = 1,    η_t = 2 / √t

Without knowing which world it is in, its expected regret is at most 4 √(K T) + 1 against any losses, and grows with
ln T where one arm has the smallest mean by a gap.

Source: Zimmert, Seldin, "Tsallis-INF: An Optimal Algorithm for Stochastic and Adversarial Bandits", JMLR 2021,
Algorithm 1 and Theorem 1 (importance weighting, α = 1/2).
"""

from dataclasses import dataclass

import numpy as np

from rewardlab.agents.loops.regularisers import simplex_tsallis
from rewardlab.agents.loops.weights import LossAgent


@dataclass(eq=False, kw_only=True)
class TsallisINF(LossAgent):
    """Regularised leaders with Tsallis entropy, for Discrete actions and any observation, which it ignores.

    Args:
        low: the least pay.
        high: the largest pay.
        rate: η > 0, the same at all times; None for 2 / √t.
    """

    def pace(self, t: np.ndarray) -> np.ndarray:
        return 2.0 / np.sqrt(t)

    def law(self, losses: np.ndarray, eta: np.ndarray) -> np.ndarray:
        return simplex_tsallis(losses, eta)
