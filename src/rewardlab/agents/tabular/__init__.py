"""Tabular agents: one number for each state and action."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.agents.tabular.bernstein_ucbvi import BernsteinUCBVI as BernsteinUCBVI
    from rewardlab.agents.tabular.double_q_learning import DoubleQLearning as DoubleQLearning
    from rewardlab.agents.tabular.dyna_q import DynaQ as DynaQ
    from rewardlab.agents.tabular.expected_sarsa import ExpectedSarsa as ExpectedSarsa
    from rewardlab.agents.tabular.horizon_free_exploration import HorizonFreeExploration as HorizonFreeExploration
    from rewardlab.agents.tabular.log_barrier_policy import LogBarrierPolicy as LogBarrierPolicy
    from rewardlab.agents.tabular.loop import LOOP as LOOP
    from rewardlab.agents.tabular.magnitude_reduced_policy import MagnitudeReducedPolicy as MagnitudeReducedPolicy
    from rewardlab.agents.tabular.mixture_loop import MixtureLOOP as MixtureLOOP
    from rewardlab.agents.tabular.natural_policy_gradient import NaturalPolicyGradient as NaturalPolicyGradient
    from rewardlab.agents.tabular.nora import NORA as NORA
    from rewardlab.agents.tabular.optimistic_q import OptimisticQ as OptimisticQ
    from rewardlab.agents.tabular.policy_iteration import PolicyIteration as PolicyIteration
    from rewardlab.agents.tabular.pr_lsvi import PRLSVI as PRLSVI
    from rewardlab.agents.tabular.prioritised_sweeping import PrioritisedSweeping as PrioritisedSweeping
    from rewardlab.agents.tabular.psrl import PSRL as PSRL
    from rewardlab.agents.tabular.q_learning import QLearning as QLearning
    from rewardlab.agents.tabular.r_learning import RLearning as RLearning
    from rewardlab.agents.tabular.reinforce import Reinforce as Reinforce
    from rewardlab.agents.tabular.reward_free_ucrl import RewardFreeUCRL as RewardFreeUCRL
    from rewardlab.agents.tabular.rmax import RMax as RMax
    from rewardlab.agents.tabular.sarsa import Sarsa as Sarsa
    from rewardlab.agents.tabular.soft_q_learning import SoftQLearning as SoftQLearning
    from rewardlab.agents.tabular.tabular_loop import TabularLOOP as TabularLOOP
    from rewardlab.agents.tabular.tsde import TSDE as TSDE
    from rewardlab.agents.tabular.ucbvi import UCBVI as UCBVI
    from rewardlab.agents.tabular.ucrl2 import UCRL2 as UCRL2
    from rewardlab.agents.tabular.value_iteration import ValueIteration as ValueIteration

__getattr__ = lazy(__name__)
