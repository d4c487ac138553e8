"""Drifting bandit: each mean walks at random between 0 and 1.

    μ_k(t + 1) = |μ_k(t) + s ξ| folded back into [0, 1],  ξ ~ N(0, 1);    regret of a pull = max_k μ_k(t) − μ_a(t)

What was learned of an arm fades: after some 1 / s² pulls nothing is left of it, so that one never stops exploring.

Source: Slivkins, Upfal, "Adapting to a Changing Environment: the Brownian Restless Bandits", COLT 2008, Section 1.1
(means that follow Brownian motion with reflecting bounds).
"""

from dataclasses import dataclass

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.bandits.course import Course
from rewardlab.envs.bandits.pay import Pay, check_arms
from rewardlab.envs.world import Card


@dataclass
class DriftingBandit(Course):
    """K arms, T pulls, means that walk.

    Args:
        arms: K >= 2.
        step: s in [0, 1], standard deviation of one step of a mean.
        deviation: standard deviation of Gaussian pay; None for pay of 0 or 1.
        instance: seed of the walk, which begins uniformly in [0, 1).
        pulls: T >= 1, pulls per episode.

    Attributes:
        course: [T, K] the means of each round.

    Raises:
        BadOption: for fewer than two arms, no pull, or a step outside [0, 1].
    """

    arms: int = 5
    step: float = 0.05
    deviation: float | None = None
    instance: int = 0
    pulls: int = 500

    def __post_init__(self) -> None:
        check_arms(self.arms, self.pulls, "DriftingBandit")
        if not 0.0 <= self.step <= 1.0:
            raise BadOption(f"step={self.step!r}", where="DriftingBandit", expected="0..1")
        rng = np.random.default_rng(self.instance)
        begin, steps = rng.random(self.arms), rng.normal(size=(self.pulls - 1, self.arms))
        free = np.concatenate([begin[None], begin + self.step * np.cumsum(steps, axis=0)])
        self._follow(folded(free), Pay(self.deviation, where="DriftingBandit"))

    @property
    def exact(self) -> bool:  # type: ignore[override]
        """Normal steps take logarithms, which differ between platforms in the last digit."""
        return False

    def card(self) -> Card:
        return self._described(
            f"{self.arms} arms, {self.pulls} pulls an episode; each mean walks in [0, 1], {self.step:g} a pull.",
            "Slivkins, Upfal, Adapting to a Changing Environment: the Brownian Restless Bandits, COLT 2008",
        )


def folded(walk: np.ndarray) -> np.ndarray:
    """A free walk with reflection at 0 and 1: its place on a strip that is folded at every whole number."""
    return 1.0 - np.abs(walk % 2.0 - 1.0)
