"""The sandbox: the only way by which code that we did not write runs."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    pass

__getattr__ = lazy(__name__)
