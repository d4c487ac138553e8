"""Mixed preference optimisation: which pairs are learned from offline, and which prompts online.

    g = r(y_w) − r(y_l):    easy  g > τ,    hard  |g| ≤ τ,    noise  g < −τ
    π_D ∝ π_ref exp(r / β₁) by DPO on the easy pairs,    π ∝ π_D exp(r / β₂) online on the prompts of the hard ones
    together π ∝ π_ref exp(r (1/β₁ + 1/β₂))

A reward model r tells pairs whose label is clear from those that may well be wrong. Clear ones are safe to imitate;
for the others the policy is asked anew and paid by r, with the policy of the first stage as its reference.

Source: Gou, Nguyen, "Mixed Preference Optimization: Reinforcement Learning with Data Selection and Better Reference
Model", 2024, Section 3.
"""

from dataclasses import dataclass

import numpy as np

from rewardlab.agents.parts.checked import checked, column
from rewardlab.agents.parts.compare import pair
from rewardlab.agents.parts.ranges import shares
from rewardlab.core.arrays import Array, array, namespace
from rewardlab.core.batch import Group


@dataclass(frozen=True)
class Split:
    """A batch of pairs in three parts.

    Attributes:
        easy: [P] bool, for DPO.
        hard: [P] bool, their prompts are for learning online.
        noise: [P] bool, the reward model contradicts their label clearly; to be left out.
        threshold: τ.
    """

    easy: Array
    hard: Array
    noise: Array
    threshold: float


def mpo_split(group: Group, *, quantile: float = 0.5) -> Split:
    """The pairs of a batch by the gap that a reward model sees between them.

    Args:
        group: labelled pairs; the column `score` [P, G] holds the reward model's scores.
        quantile: of |g|, where τ lies, in [0, 1].

    Raises:
        BadBatch: for fields that do not fit, or a single response.
        MissingColumn: without `score`.
        BadOption: for a quantile outside [0, 1].
    """
    shares("mpo_split", quantile=quantile)
    score = column(checked(group, "mpo_split", responses=2), "score", by="mpo_split", axes=2)
    gap = pair(group, score)
    size = namespace(gap).abs(gap)
    threshold = float(np.quantile(array(size), quantile))
    return Split(gap > threshold, size <= threshold, gap < -threshold, threshold)
