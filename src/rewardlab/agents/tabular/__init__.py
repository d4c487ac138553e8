"""Tabular agents: one number for each state and action."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.agents.tabular.q_learning import QLearning as QLearning
    from rewardlab.agents.tabular.soft_q_learning import SoftQLearning as SoftQLearning

__getattr__ = lazy(__name__)
