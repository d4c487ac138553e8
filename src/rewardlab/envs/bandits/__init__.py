"""Bandits: arms to pull, with a best one that is known, so that regret is measured and not guessed."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.envs.bandits.stochastic import StochasticBandit as StochasticBandit

__getattr__ = lazy(__name__)
