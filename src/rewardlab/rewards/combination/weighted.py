"""Linear scalarisation.

    R = Σ_k w_k r_k,    w ≥ 0,  Σ_k w_k = 1

One reward from a vector of them. With weights that are all positive every optimal policy is Pareto-optimal; on a front
that is not convex some Pareto-optimal policies are optimal for no weights at all. The weights mean what they say only
if the objectives have one scale.

Source: Roijers, Vamplew, Whiteson, Dazeley, "A Survey of Multi-Objective Sequential Decision-Making", JAIR 2013,
Section 4 (linear scalarisation); Li et al., "Optimizing Safe and Aligned Language Generation: A Multi-Objective GRPO
Approach", arXiv 2503.21819, 2025 (weighted sum of aspect scores).
"""

from dataclasses import dataclass
from typing import ClassVar

from rewardlab.core.arrays import Array
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward
from rewardlab.rewards.combination.vectors import checked_simplex, dot, objectives


@dataclass
class Weighted(Reward):
    """Pays the weighted mean of the components of a vector column.

    Several rewards are weighted by the algebra itself: `0.7 * Task() + 0.3 * Style()`.

    Args:
        weights: m shares, not negative, that sum to 1.
        column: the info column [B, m].

    Raises:
        BadOption: for other weights.
    """

    weights: tuple[float, ...]
    column: str = "reward_vector"
    knowledge: ClassVar[str] = "the weights of the objectives"

    def __post_init__(self) -> None:
        self.weights = checked_simplex(self.weights, where="Weighted")

    def __call__(self, batch: Transitions) -> Array:
        return dot(self.weights, objectives(batch, self.column, len(self.weights), by="Weighted"))
