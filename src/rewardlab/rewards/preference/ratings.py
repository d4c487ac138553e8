"""Rewards learned from ratings.

    regression:  loss = (S − rating)²
    ordinal:     P(rating ≤ c) = σ(cut_c − S),    cut_0 < cut_1 < … learned with the scores

Ratings judge each segment by itself. Regression takes them for numbers on an even scale; the ordinal model only for an
order, and learns how far its steps lie apart, so that a scale which is used unevenly does not bend the reward.

Source: McCullagh, "Regression Models for Ordinal Data", Journal of the Royal Statistical Society B 1980, Section 2.3
(the cumulative logit).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from rewardlab.core.arrays import Array, array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.kernel import usable
from rewardlab.rewards.preference.likelihoods import ordered, ordinal_logs, ordinal_loss, squared_loss
from rewardlab.rewards.preference.model import SegmentModel

_SPEED = 10.0  # cuts move faster than weights: they are few, and may lie far away


@dataclass(kw_only=True)
class RatingRegression(SegmentModel):
    """Pays what an ensemble fitted to ratings as numbers thinks a step is worth.

    Items are Transitions [P, G, T] with `info["rating"]` [P, G], of any size; G is 1 where each was rated alone. A
    rating counts as foretold if the score is nearer than ½. The options are those of `SegmentModel`.

    Raises:
        BadBatch: from `fit`, if the axes are not [P, G, T] and [P, G].
        MissingColumn: from `fit`, without ratings.
    """

    def checked(self, batch: Transitions) -> Transitions:
        return usable(batch, "rating", lambda x: np.isfinite(x).all(-1), where="RatingRegression", axes=2)

    def losses(self, scores: Tensor, info: Mapping[str, Tensor]) -> Tensor:
        out: Tensor = squared_loss(scores, info["rating"])
        return out

    def right(self, scores: Tensor, info: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        near = ((scores - info["rating"]).abs() < 0.5).all(-1)
        return near, torch.ones_like(near[0])


@dataclass(kw_only=True)
class OrdinalRatings(SegmentModel):
    """Pays what an ensemble fitted to ratings as an order thinks a step is worth.

    Items are Transitions [P, G, T] with `info["rating"]` [P, G] in 0 .. C − 1. The other options are those of
    `SegmentModel`.

    Args:
        grades: C >= 2, how many ratings there are.

    Raises:
        BadOption: for fewer than two grades, and as `SegmentModel` does.
        BadBatch: from `fit`, if the axes are not [P, G, T] and [P, G].
        MissingColumn: from `fit`, without ratings.
    """

    grades: int = 5

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.grades < 2:
            raise BadOption(f"grades={self.grades!r}", where="OrdinalRatings", expected="at least 2")

    def checked(self, batch: Transitions) -> Transitions:
        def good(x: np.ndarray) -> np.ndarray:
            return ((x == np.floor(x)) & (x >= 0) & (x < self.grades)).all(-1)

        return usable(batch, "rating", good, where="OrdinalRatings", axes=2)

    def network(self, width: int, seed: int) -> nn.Module:
        module = super().network(width, seed)
        module.register_parameter("first", nn.Parameter(torch.zeros(self.members, 1)))
        module.register_parameter("steps", nn.Parameter(torch.zeros(self.members, self.grades - 2)))
        return module

    def _cuts(self) -> Tensor:
        """The cuts [K, C − 1]: one apart and even around 0 before learning."""
        first, steps = (_SPEED * self._fit.module.get_parameter(k) for k in ("first", "steps"))
        out: Tensor = ordered(first - (self.grades - 2) / 2, steps)
        return out

    @property
    def cuts(self) -> np.ndarray:
        """The cuts [K, C − 1] as they were learned, in units of the segment scores.

        Raises:
            BadOption: before the first batch.
        """
        if not self._encoders:
            raise BadOption("no cuts yet", where="OrdinalRatings", expected="a model that has seen items", mend="fit")
        return array(self._cuts()).astype(np.float64)

    def losses(self, scores: Tensor, info: Mapping[str, Tensor]) -> Tensor:
        cuts = self._cuts()[:, None, None]  # [K, 1, 1, C − 1]
        out: Tensor = ordinal_loss(scores, info["rating"], cuts).sum(-1)
        return out

    def right(self, scores: Tensor, info: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        likely = ordinal_logs(scores, self._cuts()[:, None, None]).argmax(-1)
        hit = (likely == info["rating"]).all(-1)
        return hit, torch.ones_like(hit[0])

    @torch.no_grad()
    def answers(self, items: Transitions) -> Array:
        """P [K, P, G, C] of each rating by each member, float64."""
        scores = self.segment_scores(items).to(torch.float64)
        return array(ordinal_logs(scores, self._cuts().to(torch.float64)[:, None, None]).exp())
