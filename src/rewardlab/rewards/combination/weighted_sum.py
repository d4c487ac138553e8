"""Convex combination of rewards.

    R = Σ_i w_i R_i,    w ≥ 0,  Σ_i w_i = 1

The mean of several rewards: what a sum of multiples is, held to weights that are shares, so that the pay stays within
the range of its parts and a sweep over the weights walks the convex front.

Source: Li et al., "Optimizing Safe and Aligned Language Generation: A Multi-Objective GRPO Approach", arXiv 2503.21819,
2025 (weighted sum of aspect scores).
"""

from dataclasses import dataclass
from typing import ClassVar

from rewardlab.core.arrays import Array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Reward, add, joined
from rewardlab.rewards.combination.several import Several, checked_rewards
from rewardlab.rewards.combination.vectors import checked_simplex


@dataclass
class WeightedSum(Several):
    """Pays the weighted mean of several rewards; each keeps its name among the parts.

    Args:
        rewards: the rewards.
        weights: a share for each, not negative, that sum to 1; a share of 0 still shows NaN.

    Raises:
        BadOption: for other weights, or another number of them.
    """

    rewards: tuple[Reward, ...]
    weights: tuple[float, ...]
    knowledge: ClassVar[str] = "the weights of the objectives"

    def __post_init__(self) -> None:
        self.rewards = checked_rewards(self.rewards, least=1, where="WeightedSum")
        self.weights = checked_simplex(self.weights, where="WeightedSum")
        if len(self.weights) != len(self.rewards):
            raise BadOption(
                f"{len(self.rewards)} rewards with {len(self.weights)} weights",
                where="WeightedSum",
                expected="a weight for each reward",
            )

    def __call__(self, batch: Transitions) -> Array:
        return add(self.parts(batch))

    def parts(self, batch: Transitions) -> dict[str, Array]:
        return self._shared([r.parts(batch) for r in self.rewards])

    def recorded(self, batch: Transitions) -> dict[str, Array]:
        return self._shared([r.recorded(batch) for r in self.rewards])

    def _shared(self, many: list[dict[str, Array]]) -> dict[str, Array]:
        return joined([{k: w * v for k, v in p.items()} for w, p in zip(self.weights, many, strict=True)])
