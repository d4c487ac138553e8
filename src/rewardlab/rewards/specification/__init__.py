"""Specifications: rewards that say what shall happen, from what an environment tells about itself."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.rewards.specification.milestones import Milestones as Milestones

__getattr__ = lazy(__name__)
