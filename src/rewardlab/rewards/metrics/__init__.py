"""Metrics: what a reward is like, how far it is from another one, and what becomes of who maximises it."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.rewards.metrics.auditing.run import Audit as Audit
    from rewardlab.rewards.metrics.auditing.run import audit as audit

__getattr__ = lazy(__name__)
