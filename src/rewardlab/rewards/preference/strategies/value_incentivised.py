"""Value-incentivised asking.

    score = ½ (S̄_1 + S̄_2) + β · deviation_k(S_k1 − S_k2),    S̄ = mean_k S_k

Asks about good segments whose order is open: what a good policy will never do need not be judged well. The mean score
of the pair is the incentive of value, the spread of the members' differences the uncertainty, both in units of scores.

Source: Cen, Mei, Goshvadi, Dai, Yang, Yang, Schuurmans, Chi, Dai, "Value-Incentivized Preference Optimization: A
Unified Approach to Online and Offline RLHF", ICLR 2025, Section 3 (optimism by adding the value to what the
data say; the index of an ensemble is ours).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.arrays import array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.strategies.kernel import Scored


@dataclass
class ValueIncentivised(Scored):
    """Asks about pairs of high scores on whose difference the members of the model disagree.

    Args:
        beta: weight of the disagreement beside the value, 0 or more.

    Raises:
        BadOption: for a negative beta.
    """

    beta: float = 1.0

    def __post_init__(self) -> None:
        if not self.beta >= 0:
            raise BadOption(f"beta={self.beta!r}", where="ValueIncentivised", expected="0 or more")

    def scores(self, candidates: Transitions, model: Any) -> np.ndarray:
        """Value plus uncertainty, [C]."""
        s = array(model.segment_scores(candidates)).astype(np.float64)  # [K, C, 2]
        return np.asarray(s.mean((0, 2)) + self.beta * (s[..., 0] - s[..., 1]).std(0))
