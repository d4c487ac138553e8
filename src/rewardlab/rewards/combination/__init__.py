"""Combinations: several rewards made into one by more than a weighted sum."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.rewards.combination.gated import GatedAccumulation as GatedAccumulation

__getattr__ = lazy(__name__)
