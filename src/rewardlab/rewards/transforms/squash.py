"""Squashing curves.

    σ(k r),    tanh(k r),    sign(r) log(1 + |r|)

Bounded or slowly growing images of a reward that keep its order. They change what is optimal over several steps: three
small rewards may now outweigh a large one.

Source: Hafner, Pasukonis, Ba, Lillicrap, "Mastering Diverse Domains through World Models", 2023, Equation 9 (the
symmetric logarithm); Fu, Zhao, Yao, Wang, Han, Xiao, "Reward Shaping to Mitigate Reward Hacking in RLHF", 2025, Section
4 (the plain sigmoid).
"""

from dataclasses import dataclass

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward
from rewardlab.rewards.transforms.references import positive, sigmoid


@dataclass
class Sigmoid(Reward):
    """Pays σ(k r) of what the stage below paid, in (0, 1).

    Args:
        slope: k > 0.
    """

    slope: float = 1.0

    def __post_init__(self) -> None:
        self.slope = positive(self.slope, "slope", "Sigmoid")

    def __call__(self, batch: Transitions) -> Array:
        return sigmoid(self.slope * batch.reward)


@dataclass
class Tanh(Reward):
    """Pays tanh(k r) of what the stage below paid, in (−1, 1).

    Args:
        slope: k > 0.
    """

    slope: float = 1.0

    def __post_init__(self) -> None:
        self.slope = positive(self.slope, "slope", "Tanh")

    def __call__(self, batch: Transitions) -> Array:
        return namespace(batch.reward).tanh(self.slope * batch.reward)


@dataclass
class SymmetricLog(Reward):
    """Pays sign(r) log(1 + |r|) of what the stage below paid."""

    def __call__(self, batch: Transitions) -> Array:
        xp = namespace(batch.reward)
        return xp.sign(batch.reward) * xp.log1p(xp.abs(batch.reward))
