"""Checkers for environments and rewards, ours and yours: each law that breaks is named, with what to do about it."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.core.testing import behaviours as behaviours
    from rewardlab.core.testing.endpoint import endpoint as endpoint
    from rewardlab.core.testing.environment import check_env as check_env
    from rewardlab.core.testing.report import Report as Report
    from rewardlab.core.testing.reward import check_reward as check_reward
    from rewardlab.core.testing.trace import trace_hash as trace_hash
    from rewardlab.core.testing.vector import check_vector_env as check_vector_env

__getattr__ = lazy(__name__)
