"""Swinging bandit: the means rise and fall, one arm after the other.

    μ_k(t) = 1/2 + a sin(2π (t / P + k / K));    regret of a pull = max_k μ_k(t) − μ_a(t)

The lead goes round. All arms are worth the same over a whole period, so that no fixed arm is better than chance, and
what counts is how soon one notices.

Source: Besbes, Gur, Zeevi, "Stochastic Multi-Armed-Bandit Problem with Non-stationary Rewards", NeurIPS 2014 (the
budget of variation, and means of two arms that swing so).
"""

import math
from dataclasses import dataclass

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.bandits.course import Course
from rewardlab.envs.bandits.pay import Pay, check_arms
from rewardlab.envs.world import Card


@dataclass
class SwingingBandit(Course):
    """K arms, T pulls, means on one wave.

    Args:
        arms: K >= 2.
        period: P > 0, pulls of one swing.
        amplitude: a in [0, 1/2].
        deviation: standard deviation of Gaussian pay; None for pay of 0 or 1.
        pulls: T >= 1, pulls per episode.

    Attributes:
        course: [T, K] the means of each round.

    Raises:
        BadOption: for fewer than two arms, no pull, or a period or amplitude outside its range.
    """

    arms: int = 3
    period: float = 300.0
    amplitude: float = 0.4
    deviation: float | None = None
    pulls: int = 600

    def __post_init__(self) -> None:
        check_arms(self.arms, self.pulls, "SwingingBandit")
        if not 0.0 < self.period < math.inf:
            raise BadOption(f"period={self.period!r}", where="SwingingBandit", expected="a finite number above 0")
        if not 0.0 <= self.amplitude <= 0.5:
            raise BadOption(f"amplitude={self.amplitude!r}", where="SwingingBandit", expected="0..0.5")
        turn = np.arange(self.pulls)[:, None] / self.period + np.arange(self.arms) / self.arms
        course = np.clip(0.5 + self.amplitude * np.sin(2.0 * np.pi * turn), 0.0, 1.0)
        self._follow(course, Pay(self.deviation, where="SwingingBandit"))

    @property
    def exact(self) -> bool:  # type: ignore[override]
        """The means are sines, which differ between platforms in the last digit."""
        return False

    def card(self) -> Card:
        return self._described(
            f"{self.arms} arms, {self.pulls} pulls an episode; the means swing with a period of {self.period:g} pulls.",
            "Besbes, Gur, Zeevi, Stochastic Multi-Armed-Bandit Problem with Non-stationary Rewards, NeurIPS 2014",
        )
