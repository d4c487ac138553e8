"""Agents: a loop times an objective, with the four verbs of Stable-Baselines3."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.agents.bandits import UCB1 as UCB1
    from rewardlab.agents.bandits import EpsilonGreedy as EpsilonGreedy
    from rewardlab.agents.deep import A2C as A2C
    from rewardlab.agents.deep import MDPO as MDPO
    from rewardlab.agents.deep import PPO as PPO
    from rewardlab.agents.tabular import QLearning as QLearning
    from rewardlab.agents.tabular import SoftQLearning as SoftQLearning
    from rewardlab.core.agent import Agent as Agent

__getattr__ = lazy(__name__)
