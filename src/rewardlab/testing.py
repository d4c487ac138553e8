"""Checkers for environments and rewards, ours and yours: `from rewardlab.testing import check_env`."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.core.testing import Report as Report
    from rewardlab.core.testing import check_env as check_env
    from rewardlab.core.testing import check_reward as check_reward
    from rewardlab.core.testing import check_vector_env as check_vector_env
    from rewardlab.core.testing import trace_hash as trace_hash

__getattr__ = lazy(__name__)
