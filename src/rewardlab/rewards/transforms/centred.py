"""Centred rewards, and curves of them.

    c = r − mean_m r_m;    c,    tanh(k c),    σ(k (c − s)),    Σ_i a_i clip(c, ±w)^i

What preference as reward is compared with: the centred reward alone, which is unbounded; a tanh; a sigmoid that grows
late; and a polynomial that was fitted to the sigmoid.

Source: Fu, Zhao, Yao, Wang, Han, Xiao, "Reward Shaping to Mitigate Reward Hacking in RLHF", 2025, Section 4 (the
shapers that are compared).
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Reward
from rewardlab.rewards.transforms.references import positive, references, sigmoid


@dataclass
class Centred(Reward):
    """Pays what the stage below paid less the mean of the references.

    Args:
        references: the info column [B, M] with the rewards of M reference responses.
    """

    references: str = "references"
    knowledge: ClassVar[str] = "reference responses"

    def __call__(self, batch: Transitions) -> Array:
        return batch.reward - references(batch, self.references, by=type(self).__name__).mean(-1)


@dataclass
class CentredTanh(Centred):
    """Pays tanh(k c), in (−1, 1).

    Args:
        slope: k > 0.
    """

    slope: float = 0.5

    def __post_init__(self) -> None:
        self.slope = positive(self.slope, "slope", "CentredTanh")

    def __call__(self, batch: Transitions) -> Array:
        return namespace(batch.reward).tanh(self.slope * super().__call__(batch))


@dataclass
class LateGrowth(Centred):
    """Pays σ(k (c − shift)): flat where a policy begins, steep later; the opposite of what is asked of a reward.

    Args:
        slope: k > 0.
        shift: how much better than the references a response must be.
    """

    slope: float = 1.0
    shift: float = 3.0

    def __post_init__(self) -> None:
        self.slope = positive(self.slope, "slope", "LateGrowth")

    def __call__(self, batch: Transitions) -> Array:
        return sigmoid(self.slope * (super().__call__(batch) - self.shift))


@dataclass
class CentredPolynomial(Centred):
    """Pays the odd polynomial that is nearest to σ(c) on [−width, width], constant outside.

    Args:
        degree: odd, >= 1.
        width: where the fit ends.

    Raises:
        BadOption: for an even degree, or a width that is not positive.
    """

    degree: int = 5
    width: float = 5.0

    def __post_init__(self) -> None:
        if self.degree < 1 or self.degree % 2 == 0:
            raise BadOption(f"degree={self.degree!r}", where="CentredPolynomial", expected="an odd number >= 1")
        self.width = positive(self.width, "width", "CentredPolynomial")
        x = np.linspace(-self.width, self.width, 401)
        powers = np.stack([x**k for k in range(1, self.degree + 1, 2)], axis=1)
        self._factors = np.linalg.lstsq(powers, 0.5 * np.tanh(0.5 * x), rcond=None)[0].tolist()

    def __call__(self, batch: Transitions) -> Array:
        c = namespace(batch.reward).clip(super().__call__(batch), -self.width, self.width)
        square, sum_ = c * c, self._factors[-1]
        for factor in reversed(self._factors[:-1]):
            sum_ = sum_ * square + factor
        return 0.5 + sum_ * c
