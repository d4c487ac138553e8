"""Exponential weights with magnitude-reduced estimates, for adversarial linear bandits.

    p_t(a) ∝ exp(−η_t Σ_{s<t} Q̂_s(a)),    Q̂(a) = x ℓ_t − H (x)₋ + m(a),  x = φ_aᵀ S φ_{a_t},  m(a) = H E_b (φ_aᵀ S φ_b)₋
    η_t = c √(ln K / (H² d t))

Exponential weights need estimates that are not too negative. This one has the mean of the plain one, but its lower tail
has been moved into the mean m: Q̂(a) >= −H √(φ_aᵀ S φ_a). The regret depends on the number of arms by its logarithm.

Source: Dai, Luo, Wei, Zimmert, "Refined Regret for Adversarial MDPs with Linear Function Approximation", ICML 2023,
Algorithm 2, for one step.
"""

import math
from dataclasses import dataclass

import numpy as np

from rewardlab.agents.loops.linear_losses import LinearLossAgent, reduced
from rewardlab.agents.loops.regularisers import simplex_entropy


@dataclass(eq=False, kw_only=True)
class MagnitudeReduced(LinearLossAgent):
    """Exponential weights on estimates without a lower tail, for rewards in [−H, 0]; it ignores observations."""

    def scale(self) -> float:
        return math.log(self.arms)

    def law(self, total: np.ndarray, eta: np.ndarray) -> np.ndarray:
        return simplex_entropy(total, eta)

    def estimate(self, G: np.ndarray, p: np.ndarray, played: np.ndarray, loss: np.ndarray) -> np.ndarray:
        return reduced(G, p, played, loss, self.largest)
