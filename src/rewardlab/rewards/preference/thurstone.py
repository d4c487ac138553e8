"""Thurstone's reward model.

    P(σ¹ ≻ σ²) = Φ(S¹ − S²),    S = Σ_t mask_t r̂(o_t, a_t)

Preferences of a teacher who sees each segment's worth with normal noise: a gap of one score is told with probability
0.84. Its tails are lighter than those of Bradley-Terry, so that a judgement against a wide gap counts much more.

Source: Thurstone, "A Law of Comparative Judgment", Psychological Review 1927, case V; the ensemble and the coin's share
of Christiano, Leike, Brown, Martic, Legg, Amodei, "Deep Reinforcement Learning from Human Preferences", NeurIPS 2017.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from rewardlab.core.arrays import Array, array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.likelihoods import pair_loss, thurstone_logs
from rewardlab.rewards.preference.model import SegmentModel


@dataclass(kw_only=True)
class Thurstone(SegmentModel):
    """Pays what an ensemble fitted to comparisons with normal noise thinks a step is worth.

    Comparisons are those of `BradleyTerry`, as are the other options.

    Args:
        error: ε, the share of labels that are thought to be a coin's; with none, one wrong label can rule a fit.

    Raises:
        BadOption: for an error outside [0, 1), and as `SegmentModel` does.
    """

    error: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.error < 1:
            raise BadOption(f"error={self.error!r}", where="Thurstone", expected="0 <= error < 1")

    def losses(self, scores: Tensor, info: Mapping[str, Tensor]) -> Tensor:
        logs = thurstone_logs(scores)
        if self.error:
            coin = torch.full_like(logs, math.log(self.error / 2))
            logs = torch.logaddexp(logs + math.log1p(-self.error), coin)
        out: Tensor = pair_loss(logs, info["label"])
        return out

    def probabilities(self, pairs: Transitions) -> Array:
        return array(torch.special.ndtr((s := self.segment_scores(pairs).to(torch.float64))[..., 0] - s[..., 1]))
