"""Clipping.

    R' = min(max(r, low), high)

Bounds the pay of the stage below, as in `RND().then(Clip(0, 1))`. It is not linear: a sum clipped is not the sum of the
clipped, and rewards beyond the bounds are no longer told apart.

Source: Mnih, Kavukcuoglu, Silver, Rusu, Veness, Bellemare, Graves, Riedmiller, Fidjeland, Ostrovski, Petersen, Beattie,
Sadik, Antonoglou, King, Kumaran, Wierstra, Legg, Hassabis, "Human-level control through deep reinforcement learning",
Nature 2015, Methods (training details).
"""

from dataclasses import dataclass

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Reward


@dataclass
class Clip(Reward):
    """Pays what the stage below paid, within [low, high]; NaN stays NaN.

    Args:
        low: the least pay.
        high: the largest pay, above `low`.

    Raises:
        BadOption: unless low < high.
    """

    low: float = -1.0
    high: float = 1.0

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise BadOption(f"low={self.low!r}, high={self.high!r}", where="Clip", expected="low < high")

    def __call__(self, batch: Transitions) -> Array:
        return namespace(batch.reward).clip(batch.reward, self.low, self.high)
