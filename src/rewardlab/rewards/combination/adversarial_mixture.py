"""Adversarial mixture of heads (the outer form of BRME).

    max_π min_w Σ_i w_i E_π[r_i],    w_i ← w_i exp(−η E_π[r_i]) / Z

Pays a mixture of reward models whose weights move, by exponentiated gradient, to those that the present policy
satisfies least. The two play for the worst case of the policy, min_i E_π[r_i], which is milder than the mean of the
worst cases of single samples: a head may be wrong somewhere without spoiling all. In alternation with a policy that
learns, averages over the rounds approach the saddle point at rate √(log K / rounds).

Source: Yan, Lou, Li, Zhang, Xie, Yu, Wang, Yan, Shen, "Reward-Robust RLHF in LLMs", arXiv 2409.15360, 2024 (the
objective); Freund, Schapire, "Adaptive Game Playing Using Multiplicative Weights", Games and Economic Behavior 1999
(the weights).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rewardlab.core.arrays import Array, array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption
from rewardlab.rewards.combination.members import Ensemble


@dataclass
class AdversarialMixture(Ensemble):
    """Pays Σ_i w_i r_i, as one part, with weights that `update` moves against the policy that made the batch.

    Args:
        members: K >= 1 rewards of the same thing.
        rate: η > 0, in units of 1 / reward.

    Raises:
        BadOption: for no members, what is no reward, one whose pay depends on earlier steps, or a rate that is not
            positive.
        BadBatch: from `update`, for a member whose pay is NaN or infinite.
    """

    rate: float = 0.1
    knowledge: ClassVar[str] = "several reward models"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.rate < math.inf:
            raise BadOption(f"rate={self.rate!r}", where="AdversarialMixture", expected="a positive number")
        for member in self.members:
            if member.memory:
                raise BadOption(
                    f"{member.name} remembers the episode",
                    where="AdversarialMixture",
                    expected="members whose pay can be recomputed from a stored batch",
                )
        self._log_weights = np.zeros(len(self.members))  # [K]

    @property
    def weights(self) -> np.ndarray:
        """w [K], which sum to 1."""
        raw = np.exp(self._log_weights - self._log_weights.max())
        return raw / raw.sum()

    def __call__(self, batch: Transitions) -> Array:
        scores = self.scores(batch)
        total = namespace(scores).zeros_like(scores[0])
        for weight, score in zip(self.weights.tolist(), scores, strict=True):
            total = total + weight * score
        return total

    def update(self, batch: Transitions) -> dict[str, float]:
        logs = super().update(batch)
        scores = array(self.scores(batch)).astype(np.float64)
        means = scores.reshape(len(self.members), -1).mean(-1)  # E_π[r_i]
        bad = np.flatnonzero(~np.isfinite(means))
        if len(bad):
            raise BadBatch(
                f"member {bad[0]} ({self.members[bad[0]].name}) pays {means[bad[0]]} on average",
                where="AdversarialMixture.update",
                expected="finite pays",
            )
        moved = self._log_weights - self.rate * means
        self._log_weights = moved - moved.max()
        return {**logs, **{f"{self.name}/weight_{i}": float(w) for i, w in enumerate(self.weights)}}

    def state_dict(self) -> dict[str, Any]:
        return {"ensemble": super().state_dict(), "log_weights": self._log_weights.copy()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("ensemble", "log_weights"), where="AdversarialMixture")
        if np.shape(state["log_weights"]) != (len(self.members),):
            raise BadCheckpoint(
                f"log_weights of shape {np.shape(state['log_weights'])}",
                where="AdversarialMixture",
                expected=f"[{len(self.members)}]",
            )
        super().load_state_dict(state["ensemble"])
        self._log_weights = np.array(state["log_weights"], dtype=np.float64)

    @property
    def learns(self) -> bool:
        return True
