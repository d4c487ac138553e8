"""Policy optimisation with the log-barrier, against losses that an adversary chooses.

    π_{k+1}(· | s) = argmin_p  ⟨p, Σ_{j<=k} (Q̂_j − B_j)(s, ·)⟩ + (1/η) Σ_a ln (1/p_a),    Q̂_h(s, a) = G_h(s, a) L_h
    G_h(s, a) = φ(s, a)ᵀ Σ_h⁻¹ φ(s_h, a_h),    L_h the loss from step h on

Each state plays a game of its own; the bonus B, which is passed back a little enlarged, keeps the policy from leaving
what it knows too little of. Estimates may be as low as −H / γ: the barrier changes a probability by a factor only, so
that they do no harm, and the regret against the best fixed policy grows as √K.

Source: Dai, Luo, Wei, Zimmert, "Refined Regret for Adversarial MDPs with Linear Function Approximation", ICML 2023,
Algorithm 1; here the occupancies come from the known transitions in place of simulated episodes.
"""

import math
from dataclasses import dataclass

import numpy as np

from rewardlab.agents.loops.policy_optimisation import PolicyOptimisationAgent
from rewardlab.agents.loops.regularisers import simplex_barrier


@dataclass(eq=False, kw_only=True)
class LogBarrierPolicy(PolicyOptimisationAgent):
    """The log-barrier in each state and plain estimates, for Discrete observations and actions."""

    @classmethod
    def size(cls, actions: int, rounds: int) -> float:
        return actions * math.log(max(rounds, 2))  # down to chances of 1 / K

    def law(self, total: np.ndarray) -> np.ndarray:
        return simplex_barrier(total, self.rate)

    def estimate(self, G: np.ndarray, loss: np.ndarray, weight: np.ndarray, inverse: np.ndarray) -> np.ndarray:
        return G * loss[:, :, None, None]
