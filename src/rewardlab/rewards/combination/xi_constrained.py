"""Rewards as equality constraints (ξ-PPO).

    max −KL(π ‖ π_ref)    s.t.  E[r_i] = θ_i
    R = (1 − mean ξ) r_0 + (1/m) Σ_i ξ_i r_i,    ξ_i = tanh(z_i)
    z_i ← z_i + η (θ_i − v_i),    v_i = running mean of r_i
    the optimum is π_ref exp(Σ_i λ_i r_i) / Z with  λ_i = (ξ_i / m) / (1 − mean ξ)

Holds each component reward at the point up to which it is a good proxy: a weight may turn negative, and pulls back what
has overshot, which inequalities cannot. r_0 is what keeps the policy near its reference. The factor 1/m is ours: it
makes the total weight 1 at all times. Evidence: `benchmarks.effects.written_limits`, a small transformer paid by two
models of 1,000 pairs: it ends with more gold than the sum (-5.4 and -12.9), but rewards are 43 % off their thresholds:
at η = 0.02, set on one other seed, weights of either sign swing in some seeds. `MuConstrained` ends at -2.8 there.

Source: Moskovitz, Singh, Strouse, Sandholm, Salakhutdinov, Dragan, McAleer, "Confronting Reward Model Overoptimization
with Constrained RLHF", ICLR 2024, Section 4 (ξ-PPO, NM-PPO).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.rewards.combination.multipliers import Mixture, checked_terms
from rewardlab.rewards.combination.vectors import checked_numbers


@dataclass
class XiConstrained(Mixture):
    """Pays a mixture of a regulariser and m rewards, each weighed so that its mean comes to its threshold.

    The thresholds may move while it learns: a search over them (`NelderMead`) calls `aim`, waits until `settled` and
    scores the policy by the truth.

    Args:
        reward: r_0, such as 0.1 * Task() where the task pays −log π / π_ref. Weights end at ±1, so one reward alone
            can weigh 1 / (m − 1) times as much as r_0, and no more: scale r_0 down where a weight stays at its end.
        rewards: m component rewards without memory.
        thresholds: m proxy points θ, means per row of the batches.
        lr: η.
        ema: how much of the old mean a batch leaves.
        limit: z stays within ±limit. Ours.

    Raises:
        BadOption: for another number of thresholds, rewards with memory, or an lr or ema out of range.
    """

    limit: float = 4.0

    def _squash(self, z: np.ndarray) -> np.ndarray:
        """ξ [m] in (-1, 1)."""
        return np.tanh(z)

    def aim(self, thresholds: Any) -> None:
        """Other thresholds [m] from now on; weights and means go on from where they are.

        Raises:
            BadOption: for another number of them.
        """
        wanted = checked_numbers(thresholds, least=1, where="XiConstrained.aim", name="thresholds")
        self.thresholds = checked_terms(self.rewards, wanted, where="XiConstrained.aim", name="rewards")[1]

    def settled(self, tolerance: float = 0.05) -> bool:
        """Whether every running mean is within `tolerance` times max(1, |θ|) of its threshold."""
        theta = np.array(self.thresholds)
        near = np.abs(self._multipliers.means - theta) <= tolerance * np.maximum(1.0, np.abs(theta))
        return bool(near.all()) and self._multipliers.batches > 0

    def __call__(self, batch: Transitions) -> Array:
        return self._pay(batch)

    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), "thresholds": np.array(self.thresholds)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("rewards", "multipliers", "thresholds"), where=self.name)
        super().load_state_dict({k: state[k] for k in ("rewards", "multipliers")})
        self.aim(np.array(state["thresholds"]).tolist())
