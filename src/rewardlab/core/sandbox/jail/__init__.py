"""The jail: a process of its own for code of strangers, shut in by the kernel."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.core.sandbox.jail.layers import layers as layers
    from rewardlab.core.sandbox.jail.limits import Bounds as Bounds
    from rewardlab.core.sandbox.jail.session import Session as Session
    from rewardlab.core.sandbox.jail.session import run as run

__getattr__ = lazy(__name__)
