"""Piecewise stationary bandit: the means stay, and then change all at once.

    μ(t) = μ⁽ˢ⁾ for t_s <= t < t_{s+1};    regret of a pull = max_k μ_k(t) − μ_a(t)

Who trusts old pulls pays for it after each change. The best arm is another one after every drawn change, so that each
of them matters.

Source: Garivier, Moulines, "On Upper-Confidence Bound Policies for Switching Bandit Problems", ALT 2011, Section 2
(abruptly changing environments).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.bandits.course import Course
from rewardlab.envs.bandits.pay import Pay, check_arms
from rewardlab.envs.world import Card


@dataclass
class PiecewiseBandit(Course):
    """K arms, T pulls, C changes.

    Args:
        arms: K >= 2, where `means` does not say it.
        changes: C >= 0, where `means` or `at` does not say it; below T.
        at: [C] the pulls before which the means change, each in 1..T − 1 and larger than the one before; None to draw
            them once, any C of these alike.
        means: [C + 1, K] the means of each stretch; None to draw them once from [0, 1), those of a stretch again until
            its best arm is not that of the stretch before.
        deviation: standard deviation of Gaussian pay; None for pay of 0 or 1.
        instance: seed of what is drawn.
        pulls: T >= 1, pulls per episode.

    Attributes:
        course: [T, K] the means of each round.
        starts: [C + 1] the first pull of each stretch.

    Raises:
        BadOption: for changes that do not fit into the episode, or means that do not fit to them or to the pay.
    """

    arms: int = 5
    changes: int = 4
    at: Sequence[int] | None = None
    means: Sequence[Sequence[float]] | None = None
    deviation: float | None = None
    instance: int = 0
    pulls: int = 500

    def __post_init__(self) -> None:
        where = "PiecewiseBandit"
        rng = np.random.default_rng(self.instance)
        given = None if self.means is None else np.asarray(self.means, dtype=np.float64)
        if given is not None:
            if given.ndim != 2:
                raise BadOption(f"means of shape {given.shape}", where=where, expected="one row of K means per stretch")
            self.changes, self.arms = given.shape[0] - 1, given.shape[1]
            self.means = tuple(tuple(float(m) for m in row) for row in given)
        if self.at is not None:
            self.at = tuple(int(t) for t in self.at)
            if given is not None and len(self.at) != self.changes:
                raise BadOption(
                    f"{len(self.at)} changes and means of {self.changes + 1} stretches",
                    where=where,
                    expected="one stretch more than changes",
                )
            self.changes = len(self.at)
        check_arms(self.arms, self.pulls, where)
        if not 0 <= self.changes < self.pulls:
            raise BadOption(f"changes={self.changes!r} in {self.pulls} pulls", where=where, expected="0..pulls - 1")
        drawn = np.sort(rng.permutation(self.pulls - 1)[: self.changes] + 1)
        at = drawn if self.at is None else np.array(self.at, dtype=np.int64)
        self.starts = np.concatenate([[0], at]).astype(np.int64)
        if (np.diff(self.starts) < 1).any() or self.starts[-1] >= self.pulls:
            raise BadOption(f"at={self.at}", where=where, expected=f"growing numbers within 1..{self.pulls - 1}")
        stretches = _drawn(rng, self.changes + 1, self.arms) if given is None else given
        self._follow(
            np.repeat(stretches, np.diff(self.starts, append=self.pulls), axis=0), Pay(self.deviation, where=where)
        )

    def card(self) -> Card:
        return self._described(
            f"{self.arms} arms, {self.pulls} pulls an episode; the means change {self.changes} times, all at once.",
            "Garivier, Moulines, On Upper-Confidence Bound Policies for Switching Bandit Problems, ALT 2011",
        )


def _drawn(rng: np.random.Generator, stretches: int, arms: int) -> np.ndarray:
    means = rng.random((stretches, arms))
    for s in range(1, stretches):
        while means[s].argmax() == means[s - 1].argmax():
            means[s] = rng.random(arms)
    return means
