"""Search agents: they look for what to do among plans, programs and skills."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.agents.search.compass import Compass as Compass

__getattr__ = lazy(__name__)
