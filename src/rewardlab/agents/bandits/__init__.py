"""Bandit agents: counts, means, and how to spend the next pull."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.agents.bandits.anytime_moss import AnytimeMOSS as AnytimeMOSS
    from rewardlab.agents.bandits.copeland import Copeland as Copeland
    from rewardlab.agents.bandits.discounted_ucb import DiscountedUCB as DiscountedUCB
    from rewardlab.agents.bandits.double_thompson import DoubleThompson as DoubleThompson
    from rewardlab.agents.bandits.dynlin_ucb import DynLinUCB as DynLinUCB
    from rewardlab.agents.bandits.epsilon_greedy import EpsilonGreedy as EpsilonGreedy
    from rewardlab.agents.bandits.exp3 import Exp3 as Exp3
    from rewardlab.agents.bandits.exp3_ix import Exp3IX as Exp3IX
    from rewardlab.agents.bandits.explore_then_commit import ExploreThenCommit as ExploreThenCommit
    from rewardlab.agents.bandits.ftrl import FTRL as FTRL
    from rewardlab.agents.bandits.gaussian_thompson import GaussianThompson as GaussianThompson
    from rewardlab.agents.bandits.gfucb import GFUCB as GFUCB
    from rewardlab.agents.bandits.glm_ucb import GLMUCB as GLMUCB
    from rewardlab.agents.bandits.gradient_bandit import GradientBandit as GradientBandit
    from rewardlab.agents.bandits.hedge import Hedge as Hedge
    from rewardlab.agents.bandits.kl_ucb import KLUCB as KLUCB
    from rewardlab.agents.bandits.last_switch import LastSwitchPlanner as LastSwitchPlanner
    from rewardlab.agents.bandits.lin_epsilon_greedy import LinEpsilonGreedy as LinEpsilonGreedy
    from rewardlab.agents.bandits.lints import LinTS as LinTS
    from rewardlab.agents.bandits.linucb import LinUCB as LinUCB
    from rewardlab.agents.bandits.log_barrier import LogBarrierFTRL as LogBarrierFTRL
    from rewardlab.agents.bandits.magnitude_reduced import MagnitudeReduced as MagnitudeReduced
    from rewardlab.agents.bandits.mirror_descent import OptimisticMirrorDescent as OptimisticMirrorDescent
    from rewardlab.agents.bandits.moss import MOSS as MOSS
    from rewardlab.agents.bandits.neural_gfucb import NeuralGFUCB as NeuralGFUCB
    from rewardlab.agents.bandits.neural_linear import NeuralLinear as NeuralLinear
    from rewardlab.agents.bandits.optimistic_hedge import OptimisticHedge as OptimisticHedge
    from rewardlab.agents.bandits.regret_matching import RegretMatching as RegretMatching
    from rewardlab.agents.bandits.regret_matching_plus import RegretMatchingPlus as RegretMatchingPlus
    from rewardlab.agents.bandits.repeated_elimination import RepeatedElimination as RepeatedElimination
    from rewardlab.agents.bandits.rucb import RUCB as RUCB
    from rewardlab.agents.bandits.sliding_window_ucb import SlidingWindowUCB as SlidingWindowUCB
    from rewardlab.agents.bandits.successive_elimination import SuccessiveElimination as SuccessiveElimination
    from rewardlab.agents.bandits.thompson import Thompson as Thompson
    from rewardlab.agents.bandits.tsallis_inf import TsallisINF as TsallisINF
    from rewardlab.agents.bandits.ucb import UCB1 as UCB1
    from rewardlab.agents.bandits.ucb_v import UCBV as UCBV

__getattr__ = lazy(__name__)
