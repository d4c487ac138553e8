"""Agents: a loop times an objective, with the four verbs of Stable-Baselines3."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.agents.bandits import UCB1 as UCB1
    from rewardlab.agents.bandits import EpsilonGreedy as EpsilonGreedy
    from rewardlab.agents.bandits import LinTS as LinTS
    from rewardlab.agents.bandits import LinUCB as LinUCB
    from rewardlab.agents.deep import A2C as A2C
    from rewardlab.agents.deep import C51 as C51
    from rewardlab.agents.deep import DQN as DQN
    from rewardlab.agents.deep import MDPO as MDPO
    from rewardlab.agents.deep import PPO as PPO
    from rewardlab.agents.deep import QRDQN as QRDQN
    from rewardlab.agents.deep import SAC as SAC
    from rewardlab.agents.deep import Coupled as Coupled
    from rewardlab.agents.deep import Lion as Lion
    from rewardlab.agents.deep import MDPOOffPolicy as MDPOOffPolicy
    from rewardlab.agents.deep import OccupancyPPO as OccupancyPPO
    from rewardlab.agents.deep import best_occupancy as best_occupancy
    from rewardlab.agents.deep import chi_square as chi_square
    from rewardlab.agents.deep import improvement_bound as improvement_bound
    from rewardlab.agents.deep import regularised_reward as regularised_reward
    from rewardlab.agents.tabular import QLearning as QLearning
    from rewardlab.agents.tabular import SoftQLearning as SoftQLearning
    from rewardlab.core.agent import Agent as Agent

__getattr__ = lazy(__name__)
