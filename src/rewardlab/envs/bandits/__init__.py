"""Bandits: arms or responses to choose, with a best one that is known, so that regret is measured and not guessed."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.envs.bandits.adversarial import AdversarialBandit as AdversarialBandit
    from rewardlab.envs.bandits.arms_text import ArmsText as ArmsText
    from rewardlab.envs.bandits.bandit_text import BanditText as BanditText
    from rewardlab.envs.bandits.bandit_text import BanditTokens as BanditTokens
    from rewardlab.envs.bandits.context import ContextBandit as ContextBandit
    from rewardlab.envs.bandits.convex_problem import ConvexProblem as ConvexProblem
    from rewardlab.envs.bandits.delayed import DelayedBandit as DelayedBandit
    from rewardlab.envs.bandits.drifting import DriftingBandit as DriftingBandit
    from rewardlab.envs.bandits.dueling import DuelingBandit as DuelingBandit
    from rewardlab.envs.bandits.dynamical import DynamicalBandit as DynamicalBandit
    from rewardlab.envs.bandits.gold_draws import GoldDraws as GoldDraws
    from rewardlab.envs.bandits.gold_proxy import GoldProxy as GoldProxy
    from rewardlab.envs.bandits.gold_shift import GoldShift as GoldShift
    from rewardlab.envs.bandits.last_switch import LastSwitchBandit as LastSwitchBandit
    from rewardlab.envs.bandits.online_losses import OnlineLosses as OnlineLosses
    from rewardlab.envs.bandits.piecewise import PiecewiseBandit as PiecewiseBandit
    from rewardlab.envs.bandits.prior import PriorBandit as PriorBandit
    from rewardlab.envs.bandits.recommender import RecommenderBandit as RecommenderBandit
    from rewardlab.envs.bandits.recommender_text import RecommenderText as RecommenderText
    from rewardlab.envs.bandits.recommender_text import RecommenderTokens as RecommenderTokens
    from rewardlab.envs.bandits.regression_stream import RegressionStream as RegressionStream
    from rewardlab.envs.bandits.response_bandit import ResponseBandit as ResponseBandit
    from rewardlab.envs.bandits.response_tables import Responses as Responses
    from rewardlab.envs.bandits.slate import SlatePage as SlatePage
    from rewardlab.envs.bandits.stochastic import StochasticBandit as StochasticBandit
    from rewardlab.envs.bandits.stochastic_text import StochasticBanditText as StochasticBanditText
    from rewardlab.envs.bandits.stochastic_text import StochasticBanditTokens as StochasticBanditTokens
    from rewardlab.envs.bandits.swinging import SwingingBandit as SwingingBandit
    from rewardlab.envs.bandits.tally import TallyBandit as TallyBandit

__getattr__ = lazy(__name__)
