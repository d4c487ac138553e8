"""Policy optimisation with exponential weights and estimates whose depth is reduced.

    Q̂_h(s, a) = G L_h − H (G)₋ + m_h(s, a),    m_h(s, a) = H E_{π}[(φ(s, a)ᵀ Σ_h⁻¹ φ(s', a'))₋],    (x)₋ = min(x, 0)
    π_{k+1}(a | s) ∝ exp(−η Σ_{j<=k} (Q̂_j − B_j)(s, a)),    G = φ(s, a)ᵀ Σ_h⁻¹ φ(s_h, a_h)

What a negative G would make very low is taken out where it occurs and put back as its mean: the estimate is as unbiased
as the plain one but never below −H ‖φ(s, a)‖_{Σ⁻¹} in place of −H / γ. Exponential weights, which pay only the
logarithm of the actions, then do. With one feature for each pair G is never negative, and nothing changes.

Source: Dai, Luo, Wei, Zimmert, "Refined Regret for Adversarial MDPs with Linear Function Approximation", ICML 2023,
Algorithm 2; here occupancies and m come from the known transitions in place of simulated episodes.
"""

import math
from dataclasses import dataclass

import numpy as np

from rewardlab.agents.loops.policy_optimisation import PolicyOptimisationAgent
from rewardlab.agents.loops.regularisers import simplex_entropy


@dataclass(eq=False, kw_only=True)
class MagnitudeReducedPolicy(PolicyOptimisationAgent):
    """Exponential weights in each state and reduced estimates, for Discrete observations and actions."""

    @classmethod
    def size(cls, actions: int, rounds: int) -> float:
        return math.log(max(actions, 2))

    def law(self, total: np.ndarray) -> np.ndarray:
        return simplex_entropy(total, self.rate)

    def estimate(self, G: np.ndarray, loss: np.ndarray, weight: np.ndarray, inverse: np.ndarray) -> np.ndarray:
        n, H, S, A = weight.shape
        flat = self.phi.reshape(S * A, -1)
        every = np.einsum("id,nhde,je->nhij", flat, inverse, flat, optimize=True)  # of all pairs with all pairs
        mean = np.einsum("nhij,nhj->nhi", np.minimum(every, 0.0), weight.reshape(n, H, S * A)).reshape(weight.shape)
        return G * loss[:, :, None, None] - self.horizon * np.minimum(G, 0.0) + self.horizon * mean
