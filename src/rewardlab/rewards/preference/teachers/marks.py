"""Teachers who rate or rank.

    rating = #{c : U + noise · ξ > cut_c},    ξ logistic:    P(rating <= c) = σ((cut_c − U) / noise)
    rank: by U / temperature + g, g Gumbel:    P(ranking) = Π_j exp U_(j) / Σ_{i >= j} exp U_(i)  at temperature 1

The same utilities as those of teachers who compare: ratings of single segments by cuts, rankings of lists as
Plackett-Luce. Without noise both are exact, and equal utilities are ranked by chance.

Source: McCullagh, "Regression Models for Ordinal Data", JRSS B 1980, Section 2; Yellott, "The Relationship between
Luce's Choice Axiom, Thurstone's Theory of Comparative Judgment, and the Double Exponential Distribution", Journal of
Mathematical Psychology 1977, Theorem 1.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from rewardlab.core.arrays import Array, is_torch, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.cutting import like
from rewardlab.rewards.preference.teachers.kernel import Drawing, Teacher


@dataclass
class Rater(Drawing):
    """Rates each segment 0 .. len(cuts).

    Args:
        utility: steps [P, G, T] -> utility per step [P, G, T].
        cuts: increasing, in units of a segment's utility: a rating is how many of them are exceeded.
        noise: scale of the logistic noise on the utility, 0 or more.
        seed: of the noise; successive calls draw on.

    Raises:
        BadOption: for no cuts, cuts that do not increase, or a negative noise.
    """

    utility: Callable[[Transitions], Array]
    cuts: Sequence[float]
    noise: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not len(self.cuts) or not (np.diff(self.cuts) > 0).all() or not self.noise >= 0:
            raise BadOption(
                f"cuts={tuple(self.cuts)!r}, noise={self.noise!r}",
                where="Rater",
                expected="at least one cut, each above the one before, and noise >= 0",
            )
        self._rng = np.random.default_rng(self.seed)

    def __call__(self, items: Transitions) -> Array:
        """Ratings [P, G] as floats; NaN where the utility is."""
        u = Teacher(self.utility).sums(items)
        felt = u + self.noise * self._rng.logistic(size=u.shape) if self.noise else u
        rating = (felt[..., None] > np.asarray(self.cuts)).sum(-1).astype(np.float64)
        rating = np.where(np.isnan(felt), np.nan, rating)
        return tensor(rating, like=items.reward) if is_torch(items.reward) else rating

    def labelled(self, items: Transitions) -> Transitions:
        """The items with `info["rating"]` [P, G]."""
        return items.paying(items.reward, rating=self(items))


@dataclass
class Ranker(Drawing):
    """Ranks the segments of each list.

    Args:
        utility: steps [P, G, T] -> utility per step [P, G, T].
        temperature: of utilities, 0 or more; 0 ranks them exactly.
        best: how many are named in order; all others share the next rank. None for all.
        seed: of the noise and of the order of equals; successive calls draw on.

    Raises:
        BadOption: for a negative temperature, or fewer than one that is named.
    """

    utility: Callable[[Transitions], Array]
    temperature: float = 0.0
    best: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.temperature >= 0 or (self.best is not None and self.best < 1):
            raise BadOption(
                f"temperature={self.temperature!r}, best={self.best!r}",
                where="Ranker",
                expected="temperature >= 0, best >= 1 or None",
            )
        self._rng = np.random.default_rng(self.seed)

    def __call__(self, items: Transitions) -> Array:
        """Ranks [P, G] int64, 0 the best."""
        u = Teacher(self.utility).sums(items)
        noise = self._rng.gumbel(size=u.shape)
        first = -(u + self.temperature * noise)
        order = np.lexsort((-noise, first), axis=-1)  # equals by chance
        rank = np.empty_like(order)
        np.put_along_axis(rank, order, np.broadcast_to(np.arange(order.shape[-1]), order.shape), -1)
        rank = rank if self.best is None else np.minimum(rank, self.best)
        return like(rank.astype(np.int64), items.reward)

    def labelled(self, items: Transitions) -> Transitions:
        """The items with `info["rank"]` [P, G]."""
        return items.paying(items.reward, rank=self(items))
