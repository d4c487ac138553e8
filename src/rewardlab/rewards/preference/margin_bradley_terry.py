"""Margin Bradley-Terry: the stronger a judgement, the further ahead its winner must be.

    loss = −y log σ(S¹ − S² − m) − (1 − y) log σ(S² − S¹ − m),    m the strength times `margin`

Spreads scores by how clear preferences are. It is no likelihood: where judgements of one pair disagree, the best gap is
not their log odds.

Source: Touvron et al., "Llama 2: Open Foundation and Fine-Tuned Chat Models", arXiv 2023, Section 3.2.2, Eq. 2; as a
baseline Wang, Bukharin, Delalleau, Egert, Shen, Zeng, Kuchaiev, Dong, "HelpSteer2-Preference: Complementing Ratings
with Preferences", ICLR 2025.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.kernel import usable
from rewardlab.rewards.preference.likelihoods import margin_loss
from rewardlab.rewards.preference.model import SegmentModel


@dataclass(kw_only=True)
class MarginBradleyTerry(SegmentModel):
    """Pays what an ensemble fitted to comparisons with margins thinks a step is worth.

    Comparisons are Transitions [P, 2, T] with `info["label"]` [P] and `info["strength"]` [P] >= 0. The other options
    are those of `SegmentModel`.

    Args:
        margin: of the score, for strength 1; >= 0.

    Raises:
        BadOption: for a margin that is negative or not finite, and as `SegmentModel` does.
        BadBatch: from `fit`, if the axes are not [P, 2, T] and [P].
        MissingColumn: from `fit`, without labels or strengths.
    """

    margin: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (math.isfinite(self.margin) and self.margin >= 0):
            raise BadOption(f"margin={self.margin!r}", where="MarginBradleyTerry", expected="a number >= 0")

    def checked(self, batch: Transitions) -> Transitions:
        batch = usable(batch, "strength", lambda x: np.isfinite(x) & (x >= 0), where="MarginBradleyTerry", axes=1)
        return super().checked(batch)

    def losses(self, scores: Tensor, info: Mapping[str, Tensor]) -> Tensor:
        out: Tensor = margin_loss(scores, info["label"], self.margin * info["strength"])
        return out
