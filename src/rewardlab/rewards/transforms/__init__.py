"""Transforms: what is made of a pay, as the later stage of `reward.then(...)`."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.rewards.transforms.clip import Clip as Clip
    from rewardlab.rewards.transforms.normalise import Normalise as Normalise

__getattr__ = lazy(__name__)
