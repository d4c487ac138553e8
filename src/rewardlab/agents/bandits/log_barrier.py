"""Log-barrier FTRL for adversarial linear bandits.

    p_t = argmin_p  ⟨p, Σ_{s<t} Q̂_s⟩ + (1/η_t) Σ_a ln (1/p_a),    Q̂(a) = φ_aᵀ S φ_{a_t} ℓ_t
    η_t = c √(K ln (t + 1) / (H² d t))

Estimates of linear losses can be very negative. The barrier changes a probability by a factor only, whatever the
estimate, so that none of them does harm and no arm has to be explored by force. It pays K for it where entropy pays the
logarithm of K.

Source: Dai, Luo, Wei, Zimmert, "Refined Regret for Adversarial MDPs with Linear Function Approximation", ICML 2023,
Algorithm 1, for one step.
"""

import math
from dataclasses import dataclass

import numpy as np

from rewardlab.agents.loops.linear_losses import LinearLossAgent, plain
from rewardlab.agents.loops.regularisers import simplex_barrier


@dataclass(eq=False, kw_only=True)
class LogBarrierFTRL(LinearLossAgent):
    """Play by the log-barrier and plain estimates, for rewards in [−H, 0]; it ignores observations."""

    def scale(self) -> float:
        return self.arms * math.log(float(self.rounds.max()) + 2)

    def law(self, total: np.ndarray, eta: np.ndarray) -> np.ndarray:
        return simplex_barrier(total, eta)

    def estimate(self, G: np.ndarray, p: np.ndarray, played: np.ndarray, loss: np.ndarray) -> np.ndarray:
        return plain(G, played, loss)
