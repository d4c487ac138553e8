"""Intrinsic rewards: pay for what is new, surprising or not yet learned."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.rewards.intrinsic.count import CountBonus as CountBonus
    from rewardlab.rewards.intrinsic.rnd import RND as RND

__getattr__ = lazy(__name__)
