"""Score times distance.

    pick argmax_i (s_i − min s) · min_{j picked} d(i, j),    again and again, the highest score first

A batch of the best scores alone holds the same question many times over. Here each next one must both be wanted and be
unlike those before.

Source: Bıyık, Sadigh, "Batch Active Preference-Based Learning of Reward Functions", CoRL 2018, Section 4 (batches
that are informative and diverse; the product is ours).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.batch import Transitions
from rewardlab.rewards.preference.cutting import segment_features
from rewardlab.rewards.preference.strategies.kernel import (
    Scored,
    best,
    check_count,
    checked,
    pair_distances,
    standardised,
)


@dataclass
class Diverse:
    """Asks about pairs that another strategy scores highly and that differ from each other.

    Args:
        strategy: scores candidates, e.g. `InformationGain()`.
        features: segments [*, T] -> φ [*, D]; by default the mean observation and action. They are standardised.
    """

    strategy: Scored
    features: Callable[[Transitions], np.ndarray] = segment_features

    def __call__(self, candidates: Transitions, model: Any, count: int, rng: np.random.Generator) -> np.ndarray:
        """Positions [count].

        Raises:
            BadOption: for a count outside 0 .. C.
            Diverged: if a score is not a number.
        """
        check_count(candidates, count, where="Diverse")
        scores = checked(self.strategy.scores(candidates, model), where="Diverse")
        phi = standardised(self.features(candidates))
        above, left = scores - scores.min(initial=np.inf), np.ones(len(scores), dtype=bool)
        nearest, picked = np.ones(len(scores)), list[int]()  # before the first pick no distance counts
        while len(picked) < count:
            order = np.where(left, above * nearest, -1.0)
            i = int(best(order, 1, rng)[0])
            nearest = pair_distances(phi, i) if not picked else np.minimum(nearest, pair_distances(phi, i))
            left[i] = False
            picked.append(i)
        return np.array(picked, dtype=np.int64)
