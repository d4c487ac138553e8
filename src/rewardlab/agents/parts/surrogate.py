"""The loss of a ratio ρ and an advantage A: what is followed, and how far.

    plain      −ρ A
    clip       −min(ρ A, min(max(ρ, 1 − ε_low), 1 + ε_high) A)
    dual clip  the same, and for A < 0 at most −c A

Ratios are [P, G, T] or [P, G, 1], advantages whatever broadcasts against them. Where a clip is active there is no
gradient.
"""

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.errors import BadOption


def plain(ratio: Array, advantage: Array) -> Array:
    """−ρ A."""
    return -ratio * advantage


def clip(ratio: Array, advantage: Array, low: float, high: float) -> Array:
    """The pessimistic of ρ A and clipped ρ A, as a loss.

    Args:
        ratio: ρ.
        advantage: A.
        low, high: how far below and above 1 the ratio is followed, at least 0; infinity does not clip.

    Raises:
        BadOption: for a negative or missing number.
    """
    for name, value in (("low", low), ("high", high)):
        if not value >= 0:
            raise BadOption(f"{name}={value!r}", where="clip", expected="a number of at least 0", mend=f"{name}=0.2")
    xp = namespace(ratio)
    return xp.maximum(-ratio * advantage, -xp.clip(ratio, 1.0 - low, 1.0 + high) * advantage)


def dual_clip(ratio: Array, advantage: Array, low: float, high: float, most: float) -> Array:
    """`clip` whose loss for a negative advantage is at most −c A: a bad token whose ratio explodes pulls no longer."""
    xp = namespace(ratio)
    loss = clip(ratio, advantage, low, high)
    return xp.where(advantage < 0, xp.minimum(loss, -most * advantage + xp.zeros_like(loss)), loss)
