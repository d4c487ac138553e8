"""Bandits: arms or responses to choose, with a best one that is known, so that regret is measured and not guessed."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.envs.bandits.gold_draws import GoldDraws as GoldDraws
    from rewardlab.envs.bandits.gold_proxy import GoldProxy as GoldProxy
    from rewardlab.envs.bandits.gold_shift import GoldShift as GoldShift
    from rewardlab.envs.bandits.response_bandit import ResponseBandit as ResponseBandit
    from rewardlab.envs.bandits.response_tables import Responses as Responses
    from rewardlab.envs.bandits.stochastic import StochasticBandit as StochasticBandit

__getattr__ = lazy(__name__)
