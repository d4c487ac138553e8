"""Metrics: what a reward is like, how far it is from another one, and what becomes of who maximises it."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

__getattr__ = lazy(__name__)
