"""Exp3: exponential weights of losses that are seen one arm at a time.

    L̂_a += ℓ / p_a for the pulled arm;    p_k ∝ exp(−η_t L̂_k),    η_t = √(ln K / (K t))

Divided by its chance, the loss of one arm is an unbiased estimate of the losses of all. Whatever the losses are, the
expected regret against the best arm in hindsight is at most 2 √(K T ln K).

Source: Auer, Cesa-Bianchi, Freund, Schapire, "The Nonstochastic Multiarmed Bandit Problem", SIAM Journal on Computing
2002, Figure 1 (with gains and mixing); Bubeck, Cesa-Bianchi, "Regret Analysis of Stochastic and Nonstochastic
Multi-armed Bandit Problems", Foundations and Trends in Machine Learning 2012, Theorem 3.1 (this form).
"""

from dataclasses import dataclass

import numpy as np

from rewardlab.agents.loops.regularisers import simplex_entropy
from rewardlab.agents.loops.weights import LossAgent


@dataclass(eq=False, kw_only=True)
class Exp3(LossAgent):
    """Exponential weights for bandits, for Discrete actions and any observation, which it ignores.

    Args:
        low: the least pay.
        high: the largest pay.
        rate: η > 0, the same at all times; None for √(ln K / (K t)).
    """

    def pace(self, t: np.ndarray) -> np.ndarray:
        return np.sqrt(np.log(self.num_actions) / (self.num_actions * t))

    def law(self, losses: np.ndarray, eta: np.ndarray) -> np.ndarray:
        return simplex_entropy(losses, eta)
