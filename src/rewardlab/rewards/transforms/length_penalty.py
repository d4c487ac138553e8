"""Length penalty.

    r' = r − w max(0, length − free)

The plainest remedy against answers that only grow: every token, or step, beyond a free number costs.

Source: Singhal, Goyal, Xu, Durrett, "A Long Way to Go: Investigating Length Correlations in RLHF", COLM 2024, Section 5
(length penalties); Fu, Zhao, Yao, Wang, Han, Xiao, "Reward Shaping to Mitigate Reward Hacking in RLHF", 2025, Section
4.
"""

from dataclasses import dataclass
from typing import ClassVar

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Reward


@dataclass
class LengthPenalty(Reward):
    """Pays what the stage below paid less a price for length.

    Args:
        weight: w >= 0, per unit of length.
        column: the info column [B] with the length.
        free: the length that costs nothing.

    Raises:
        BadOption: for a negative weight, which would pay for length.
    """

    weight: float
    column: str = "length"
    free: float = 0.0
    knowledge: ClassVar[str] = "the length that is enough"

    def __post_init__(self) -> None:
        if isinstance(self.weight, bool) or not 0.0 <= self.weight < float("inf"):
            raise BadOption(f"weight={self.weight!r}", where="LengthPenalty", expected="a finite number >= 0")

    def __call__(self, batch: Transitions) -> Array:
        xp = namespace(batch.reward)
        over = xp.astype(batch.column(self.column, by="LengthPenalty"), batch.reward.dtype) - self.free
        return batch.reward - self.weight * xp.where(over > 0, over, 0.0 * over)
