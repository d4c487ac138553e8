"""Checkers for environments and rewards, and a server that plays a language model, for your own tests too."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.core.testing import Report as Report
    from rewardlab.core.testing import behaviours as behaviours
    from rewardlab.core.testing import check_env as check_env
    from rewardlab.core.testing import check_reward as check_reward
    from rewardlab.core.testing import check_vector_env as check_vector_env
    from rewardlab.core.testing import endpoint as endpoint
    from rewardlab.core.testing import trace_hash as trace_hash

__getattr__ = lazy(__name__)
