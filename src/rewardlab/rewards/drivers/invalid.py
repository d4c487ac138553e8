"""What a driver does with a pay that is NaN, infinite or beyond float32: replay buffers would keep it for ever.

    on_invalid=Refuse()        (default) an error that names the reward, the part, the row and the step
    on_invalid=PayZero()       pays 0 instead
    on_invalid=ClipTo(10.0)    pays 0 for NaN and ±10 for what is too large
    on_invalid=EndEpisode()    pays 0 and ends the episode (`Paid` only: other drivers cannot reset one row)

The same holds for the environment's own reward, before any reward sees it. Rows with a mended value are never learned
from, and the driver counts them in `invalid`.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.errors import BadOption, BadReward

LARGEST = float(np.finfo(np.float32).max)
"""The largest pay: what follows keeps rewards in float32."""


class OnInvalid:
    """Decides what is paid in place of invalid values."""

    ends: ClassVar[bool] = False
    """Whether the episode ends where a value was invalid."""

    def mend(self, values: Array, bad: Array, problem: BadReward) -> Array:
        """`values` [B] with valid ones in the rows of `bad` [B] bool, or `problem` raised."""
        raise NotImplementedError


@dataclass(frozen=True)
class Refuse(OnInvalid):
    """Raises the error."""

    def mend(self, values: Array, bad: Array, problem: BadReward) -> Array:
        raise problem


REFUSE = Refuse()
"""The default of every driver."""


@dataclass(frozen=True)
class PayZero(OnInvalid):
    """Pays 0."""

    def mend(self, values: Array, bad: Array, problem: BadReward) -> Array:
        xp = namespace(values)
        return xp.where(bad, xp.zeros_like(values), values)


@dataclass(frozen=True)
class EndEpisode(PayZero):
    """Pays 0 and reports the episode as terminated, so that no value is read from the bad state."""

    ends: ClassVar[bool] = True


@dataclass(frozen=True)
class ClipTo(OnInvalid):
    """Pays 0 for NaN, and the nearest of ±limit for what is infinite or beyond float32.

    Args:
        limit: the largest absolute pay in place of an invalid one; valid ones are left as they are.
    """

    limit: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.limit <= LARGEST:
            raise BadOption(f"limit={self.limit!r}", where="ClipTo", expected="a number in [0, 3.4e38]")

    def mend(self, values: Array, bad: Array, problem: BadReward) -> Array:
        xp = namespace(values)
        number = xp.where(xp.isnan(values), xp.zeros_like(values), values)
        return xp.where(bad, xp.clip(number, -self.limit, self.limit), values)


def sound(x: Array) -> bool:
    """Whether every value is a number of float32's range; cheap where it is."""
    # A finite sum of squares proves every term finite: one pass without a temporary.
    flat = x.reshape(-1)
    if isinstance(x, np.ndarray):
        with np.errstate(over="ignore", invalid="ignore"):
            total = float(np.dot(flat, flat))
    else:
        total = float((flat * flat).sum())
    return total < 1e76 or not bool(unsound(x).any())


def unsound(x: Array) -> Array:
    """bool: which values are NaN, infinite or beyond float32."""
    return ~(abs(x) <= LARGEST)
