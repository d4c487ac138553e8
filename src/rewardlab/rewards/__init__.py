"""Rewards: everything that changes or makes a reward, and the drivers that pay it."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.core.reward import Chain as Chain
    from rewardlab.core.reward import Reward as Reward
    from rewardlab.core.reward import Scale as Scale
    from rewardlab.core.reward import Sum as Sum
    from rewardlab.core.reward import Task as Task
    from rewardlab.rewards.shaping import Potential as Potential

__getattr__ = lazy(__name__)
