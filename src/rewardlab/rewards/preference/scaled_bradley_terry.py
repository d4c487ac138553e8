"""Scaled Bradley-Terry: judgements that say how strong they are.

    loss = −m [y log σ(S¹ − S²) + (1 − y) log σ(S² − S¹)],    m the strength: 1 slightly, 2 better, 3 much better

A pair of strength m counts as m pairs. So strong judgements lead where judgements disagree, but no gap is demanded of
any pair: strengths that do not depend on the side leave the best scores where they are. The paper starts from a
`RatingRegression` (take over its `state_dict`) and goes beyond the end by `extrapolated`.

Source: Wang, Bukharin, Delalleau, Egert, Shen, Zeng, Kuchaiev, Dong, "HelpSteer2-Preference: Complementing Ratings with
Preferences", ICLR 2025 (scaled Bradley-Terry).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from rewardlab.core.batch import Transitions
from rewardlab.rewards.preference.kernel import usable
from rewardlab.rewards.preference.likelihoods import scaled_loss
from rewardlab.rewards.preference.model import SegmentModel


@dataclass(kw_only=True)
class ScaledBradleyTerry(SegmentModel):
    """Pays what an ensemble fitted to comparisons, each as often as it is strong, thinks a step is worth.

    Comparisons are Transitions [P, 2, T] with `info["label"]` [P] and `info["strength"]` [P] >= 0. The options are
    those of `SegmentModel`.

    Raises:
        BadBatch: from `fit`, if the axes are not [P, 2, T] and [P].
        MissingColumn: from `fit`, without labels or strengths.
    """

    def checked(self, batch: Transitions) -> Transitions:
        batch = usable(batch, "strength", lambda x: np.isfinite(x) & (x >= 0), where="ScaledBradleyTerry", axes=1)
        return super().checked(batch)

    def losses(self, scores: Tensor, info: Mapping[str, Tensor]) -> Tensor:
        out: Tensor = scaled_loss(scores, info["label"], info["strength"])
        return out
