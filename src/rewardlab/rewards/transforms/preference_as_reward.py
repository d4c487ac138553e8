"""Preference as reward (PAR).

    r'(x, y) = (1 / M) Σ_m σ(k (r(x, y) − r(x, y_m))),    y_m ~ π_ref(· | x)

The mean Bradley-Terry probability that a response beats a reference one: bounded, steep at the start and flat where a
policy has come far, so that what a reward model overrates cannot be farmed without end. Far below β = 0.05 the flat
part protects no longer. Where optima are exact, clipping at a deviation above the mean protects as well or better.

Source: Fu, Zhao, Yao, Wang, Han, Xiao, "Reward Shaping to Mitigate Reward Hacking in RLHF", 2025, Equation 5.
"""

from dataclasses import dataclass
from typing import ClassVar

from rewardlab.core.arrays import Array
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward
from rewardlab.rewards.transforms.references import positive, references, sigmoid


@dataclass
class PreferenceAsReward(Reward):
    """Pays how probably what the stage below paid for would be preferred to a reference response, in (0, 1).

    Args:
        references: the info column [B, M] with the rewards of M reference responses.
        slope: k > 0, units of log-odds per unit of reward.

    Raises:
        BadOption: for a slope that is not positive.
        MissingColumn, BadBatch: when called, for a column that is missing or has no axis of references.
    """

    references: str = "references"
    slope: float = 1.0
    knowledge: ClassVar[str] = "reference responses"

    def __post_init__(self) -> None:
        self.slope = positive(self.slope, "slope", "PreferenceAsReward")

    def __call__(self, batch: Transitions) -> Array:
        others = references(batch, self.references, by="PreferenceAsReward")
        return sigmoid(self.slope * (batch.reward[..., None] - others)).mean(-1)
