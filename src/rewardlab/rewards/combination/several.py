"""What rewards that are made of several rewards share: their pays side by side, and factors of info columns."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rewardlab.core.algebra import Composite
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Reward, joined


@dataclass
class Several(Composite):
    """A reward made of others, each of which learns from the batch as it is."""

    def update(self, batch: Transitions) -> dict[str, float]:
        return joined([r.update(batch) for r in self.children()])


def checked_rewards(rewards: Any, *, least: int, where: str, name: str = "rewards") -> tuple[Reward, ...]:
    """The rewards as a tuple.

    Raises:
        BadOption: for fewer than `least`, or anything that is no reward.
    """
    try:
        found = (rewards,) if isinstance(rewards, Reward) else tuple(rewards)
    except TypeError:
        found = (rewards,)
    strange = [r for r in found if not isinstance(r, Reward)]
    if strange or len(found) < least:
        raise BadOption(
            f"{strange[0]!r} among {name}" if strange else f"{len(found)} {name}",
            where=where,
            expected=f"a tuple of rewards, at least {least}",
            mend=f"{where}((Task(), ...))",
        )
    return found


def stacked(rewards: tuple[Reward, ...], batch: Transitions) -> Array:
    """What each of K rewards pays, [K, *B], in the widest type among them."""
    pays = [r(batch) for r in rewards]
    xp = namespace(*pays)
    dtype = xp.result_type(*pays)
    return xp.stack([xp.astype(p, dtype) for p in pays])


def numbers(batch: Transitions, column: str, like: Array, *, by: str) -> Array:
    """An info column [B] in the type of the pay `like`; flags become 0 and 1."""
    return namespace(like).astype(batch.column(column, by=by), like.dtype)


def checked_factors(factors: Mapping[str, float], *, where: str) -> dict[str, float]:
    """Column -> factor, as plain floats.

    Raises:
        BadOption: for a factor outside (0, 1].
    """
    for column, factor in factors.items():
        if isinstance(factor, bool) or not isinstance(factor, (int, float)) or not 0 < factor <= 1:
            raise BadOption(
                f"factor {factor!r} for {column!r}",
                where=where,
                expected="a number in (0, 1]: what is left of the pay when the infraction is full",
                mend=f'{{"{column}": 0.5}}',
            )
    return {k: float(v) for k, v in factors.items()}


def soft_factor(factors: Mapping[str, float], batch: Transitions, like: Array, *, by: str) -> Array:
    """Π_i p_i^c_i [B] of infractions c_i, flags or degrees in [0, 1] (others are cut to it); NaN stays NaN."""
    xp = namespace(like)
    total = xp.ones_like(like)
    for column, p in factors.items():
        degree = xp.clip(numbers(batch, column, like, by=by), 0.0, 1.0)
        total = total * (p**degree if p < 1 else 1.0 + 0.0 * degree)  # 1 to the power of NaN would be 1
    return total


def bounds(low: float, high: float, *, where: str) -> tuple[float, float]:
    """Two thresholds in order.

    Raises:
        BadOption: if they are NaN, the wrong way round, or let everything through.
    """
    if not low <= high or (low == -math.inf and high == math.inf):
        raise BadOption(
            f"at_least={low!r}, at_most={high!r}",
            where=where,
            expected="at_least <= at_most, one of them finite",
            mend="at_least=1.0 for a flag",
        )
    return float(low), float(high)


def within(values: Array, low: float, high: float) -> Array:
    """1 where values [B] lie in [low, high], 0 elsewhere, and NaN where they are NaN."""
    xp = namespace(values)
    inside = xp.astype((values >= low) & (values <= high), values.dtype)
    return xp.where(xp.isnan(values), values, inside)
