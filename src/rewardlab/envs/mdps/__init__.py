"""Tabular Markov decision processes: exact optima, exact regret."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.envs.mdps.deep_sea import DeepSea as DeepSea

__getattr__ = lazy(__name__)
