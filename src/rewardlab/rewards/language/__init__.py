"""Rewards that language models write, judge or tune, and the search that needs none."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    pass

__getattr__ = lazy(__name__)
