"""Critics: who of a team earned what."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.agents.critics.value_decomposition import IQL as IQL
    from rewardlab.agents.critics.value_decomposition import QMIX as QMIX
    from rewardlab.agents.critics.value_decomposition import VDN as VDN

__getattr__ = lazy(__name__)
