"""Shaping: extra pay for progress that leaves the best policies as they are."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.rewards.shaping.advice import Advice as Advice
    from rewardlab.rewards.shaping.bonus_potential import BonusPotential as BonusPotential
    from rewardlab.rewards.shaping.bonus_potential import as_potential as as_potential
    from rewardlab.rewards.shaping.demonstration_potential import DemonstrationPotential as DemonstrationPotential
    from rewardlab.rewards.shaping.difference_reward import DifferenceReward as DifferenceReward
    from rewardlab.rewards.shaping.distance import Distance as Distance
    from rewardlab.rewards.shaping.distance_reward import DistanceReward as DistanceReward
    from rewardlab.rewards.shaping.dynamic_potential import DynamicPotential as DynamicPotential
    from rewardlab.rewards.shaping.expadard import expadard as expadard
    from rewardlab.rewards.shaping.expadard import policy_informativeness as policy_informativeness
    from rewardlab.rewards.shaping.explors import Explors as Explors
    from rewardlab.rewards.shaping.exprd import exprd as exprd
    from rewardlab.rewards.shaping.exprd import informativeness as informativeness
    from rewardlab.rewards.shaping.goal_reward import GoalReward as GoalReward
    from rewardlab.rewards.shaping.learned_potential import LearnedPotential as LearnedPotential
    from rewardlab.rewards.shaping.look_ahead import look_ahead as look_ahead
    from rewardlab.rewards.shaping.optimal import optimal_potential as optimal_potential
    from rewardlab.rewards.shaping.potential import Potential as Potential
    from rewardlab.rewards.shaping.progress import Progress as Progress
    from rewardlab.rewards.shaping.subgoal_potential import SubgoalPotential as SubgoalPotential
    from rewardlab.rewards.shaping.table import Table as Table
    from rewardlab.rewards.shaping.table_reward import TableReward as TableReward
    from rewardlab.rewards.shaping.terminal_bonus import TerminalBonus as TerminalBonus
    from rewardlab.rewards.shaping.time_penalty import TimePenalty as TimePenalty

__getattr__ = lazy(__name__)
