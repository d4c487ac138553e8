"""Tabular Markov decision processes: exact optima, exact regret."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.core.mdp import Solution as Solution
    from rewardlab.core.mdp import TabularMDP as TabularMDP
    from rewardlab.envs.mdps.deep_sea import DeepSea as DeepSea
    from rewardlab.envs.mdps.table import TableRules as TableRules

__getattr__ = lazy(__name__)
