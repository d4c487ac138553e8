"""Shaping: extra pay for progress that leaves the best policies as they are."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.rewards.shaping.distance import Distance as Distance
    from rewardlab.rewards.shaping.potential import Potential as Potential
    from rewardlab.rewards.shaping.progress import Progress as Progress

__getattr__ = lazy(__name__)
