"""Rewards as inequality constraints (μ-PPO).

    max −KL(π ‖ π_ref)    s.t.  E[r_i] ≥ θ_i
    R = (1 − mean μ) r_0 + (1/m) Σ_i μ_i r_i,    μ_i = σ(z_i)
    z_i ← z_i + η (θ_i − v_i),    v_i = running mean of r_i

Each component reward is pushed to the point up to which it is a good proxy, and no further: a weight grows while the
threshold is missed and fades once it is passed. r_0 is what keeps the policy near its reference. The factor 1/m is
ours: it makes the total weight 1 at all times. Evidence: `benchmarks.effects.written_limits`, a small transformer paid
by two models of 1,000 pairs: without a search it ends within 0.1 of the gold of the best fixed price (-2.8), where the
sum at its first weights has -12.9; rewards are 9 % off their thresholds (5 %: undecided).

Source: Moskovitz, Singh, Strouse, Sandholm, Salakhutdinov, Dragan, McAleer, "Confronting Reward Model Overoptimization
with Constrained RLHF", ICLR 2024, Section 4 (μ-PPO).
"""

from dataclasses import dataclass

import numpy as np

from rewardlab.core.arrays import Array
from rewardlab.core.batch import Transitions
from rewardlab.core.responses import sigmoid
from rewardlab.rewards.combination.multipliers import Mixture


@dataclass
class MuConstrained(Mixture):
    """Pays a mixture of a regulariser and m rewards, each weighed until its mean passes its threshold.

    Args:
        reward: r_0, such as 0.1 * Task() where the task pays −log π / π_ref. Weights end at ±1, so one reward alone
            can weigh 1 / (m − 1) times as much as r_0, and no more: scale r_0 down where a weight stays at its end.
        rewards: m component rewards without memory.
        thresholds: m proxy points θ, means per row of the batches.
        lr: η.
        ema: how much of the old mean a batch leaves.
        limit: z stays within ±limit, so that a weight that has faded can come back. Ours.

    Raises:
        BadOption: for another number of thresholds, rewards with memory, or an lr or ema out of range.
    """

    def _squash(self, z: np.ndarray) -> np.ndarray:
        """μ [m] in (0, 1)."""
        return sigmoid(z)

    def __call__(self, batch: Transitions) -> Array:
        return self._pay(batch)
