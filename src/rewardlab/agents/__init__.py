"""Agents: a loop times an objective, with the four verbs of Stable-Baselines3."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.agents.bandits import FTRL as FTRL
    from rewardlab.agents.bandits import GFUCB as GFUCB
    from rewardlab.agents.bandits import GLMUCB as GLMUCB
    from rewardlab.agents.bandits import KLUCB as KLUCB
    from rewardlab.agents.bandits import MOSS as MOSS
    from rewardlab.agents.bandits import RUCB as RUCB
    from rewardlab.agents.bandits import UCB1 as UCB1
    from rewardlab.agents.bandits import UCBV as UCBV
    from rewardlab.agents.bandits import AnytimeMOSS as AnytimeMOSS
    from rewardlab.agents.bandits import Copeland as Copeland
    from rewardlab.agents.bandits import DiscountedUCB as DiscountedUCB
    from rewardlab.agents.bandits import DoubleThompson as DoubleThompson
    from rewardlab.agents.bandits import DynLinUCB as DynLinUCB
    from rewardlab.agents.bandits import EpsilonGreedy as EpsilonGreedy
    from rewardlab.agents.bandits import Exp3 as Exp3
    from rewardlab.agents.bandits import Exp3IX as Exp3IX
    from rewardlab.agents.bandits import ExploreThenCommit as ExploreThenCommit
    from rewardlab.agents.bandits import GaussianThompson as GaussianThompson
    from rewardlab.agents.bandits import GradientBandit as GradientBandit
    from rewardlab.agents.bandits import Hedge as Hedge
    from rewardlab.agents.bandits import LastSwitchPlanner as LastSwitchPlanner
    from rewardlab.agents.bandits import LinEpsilonGreedy as LinEpsilonGreedy
    from rewardlab.agents.bandits import LinTS as LinTS
    from rewardlab.agents.bandits import LinUCB as LinUCB
    from rewardlab.agents.bandits import LogBarrierFTRL as LogBarrierFTRL
    from rewardlab.agents.bandits import MagnitudeReduced as MagnitudeReduced
    from rewardlab.agents.bandits import NeuralGFUCB as NeuralGFUCB
    from rewardlab.agents.bandits import NeuralLinear as NeuralLinear
    from rewardlab.agents.bandits import OptimisticHedge as OptimisticHedge
    from rewardlab.agents.bandits import OptimisticMirrorDescent as OptimisticMirrorDescent
    from rewardlab.agents.bandits import RegretMatching as RegretMatching
    from rewardlab.agents.bandits import RegretMatchingPlus as RegretMatchingPlus
    from rewardlab.agents.bandits import RepeatedElimination as RepeatedElimination
    from rewardlab.agents.bandits import SlidingWindowUCB as SlidingWindowUCB
    from rewardlab.agents.bandits import SuccessiveElimination as SuccessiveElimination
    from rewardlab.agents.bandits import Thompson as Thompson
    from rewardlab.agents.bandits import TsallisINF as TsallisINF
    from rewardlab.agents.critics import IQL as IQL
    from rewardlab.agents.critics import QMIX as QMIX
    from rewardlab.agents.critics import VDN as VDN
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
    from rewardlab.agents.model_based import CEM as CEM
    from rewardlab.agents.model_based import ILQG as ILQG
    from rewardlab.agents.model_based import Guarded as Guarded
    from rewardlab.agents.model_based import PredictiveSampling as PredictiveSampling
    from rewardlab.agents.search import Compass as Compass
    from rewardlab.agents.tabular import LOOP as LOOP
    from rewardlab.agents.tabular import NORA as NORA
    from rewardlab.agents.tabular import PRLSVI as PRLSVI
    from rewardlab.agents.tabular import PSRL as PSRL
    from rewardlab.agents.tabular import TSDE as TSDE
    from rewardlab.agents.tabular import UCBVI as UCBVI
    from rewardlab.agents.tabular import UCRL2 as UCRL2
    from rewardlab.agents.tabular import BernsteinUCBVI as BernsteinUCBVI
    from rewardlab.agents.tabular import DoubleQLearning as DoubleQLearning
    from rewardlab.agents.tabular import DynaQ as DynaQ
    from rewardlab.agents.tabular import ExpectedSarsa as ExpectedSarsa
    from rewardlab.agents.tabular import HorizonFreeExploration as HorizonFreeExploration
    from rewardlab.agents.tabular import LogBarrierPolicy as LogBarrierPolicy
    from rewardlab.agents.tabular import MagnitudeReducedPolicy as MagnitudeReducedPolicy
    from rewardlab.agents.tabular import NaturalPolicyGradient as NaturalPolicyGradient
    from rewardlab.agents.tabular import OptimisticQ as OptimisticQ
    from rewardlab.agents.tabular import PolicyIteration as PolicyIteration
    from rewardlab.agents.tabular import PrioritisedSweeping as PrioritisedSweeping
    from rewardlab.agents.tabular import QLearning as QLearning
    from rewardlab.agents.tabular import Reinforce as Reinforce
    from rewardlab.agents.tabular import RewardFreeUCRL as RewardFreeUCRL
    from rewardlab.agents.tabular import RMax as RMax
    from rewardlab.agents.tabular import Sarsa as Sarsa
    from rewardlab.agents.tabular import SoftQLearning as SoftQLearning
    from rewardlab.agents.tabular import TabularLOOP as TabularLOOP
    from rewardlab.agents.tabular import ValueIteration as ValueIteration
    from rewardlab.core.agent import Agent as Agent

__getattr__ = lazy(__name__)
