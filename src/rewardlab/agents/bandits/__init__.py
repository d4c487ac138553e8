"""Bandit agents: counts, means, and how to spend the next pull."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.agents.bandits.epsilon_greedy import EpsilonGreedy as EpsilonGreedy
    from rewardlab.agents.bandits.lints import LinTS as LinTS
    from rewardlab.agents.bandits.linucb import LinUCB as LinUCB
    from rewardlab.agents.bandits.ucb import UCB1 as UCB1

__getattr__ = lazy(__name__)
