"""Expected change of the model.

    score = E_y ‖∇ℓ‖ = p̄ |p̄ − 1| ‖φ_1 − φ_2‖ + (1 − p̄) |p̄| ‖φ_1 − φ_2‖ = 2 p̄ (1 − p̄) ‖φ_1 − φ_2‖

Asks where either answer would move a model that is linear in the features φ of segments the furthest. Unlike entropy
it passes over pairs that are hard to tell because they are the same.

Source: Settles, Craven, Ray, "Multiple-Instance Active Learning", NeurIPS 2007, Section 4 (expected gradient length;
its form for Bradley-Terry follows from the gradient (y − p)(φ_1 − φ_2)).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.batch import Transitions
from rewardlab.rewards.preference.cutting import segment_features
from rewardlab.rewards.preference.strategies.kernel import Scored, probabilities


@dataclass
class ExpectedChange(Scored):
    """Asks about the pairs whose answer would move a linear model most.

    Args:
        features: segments [*, T] -> φ [*, D]; by default the mean observation and action.
    """

    features: Callable[[Transitions], np.ndarray] = segment_features

    def scores(self, candidates: Transitions, model: Any) -> np.ndarray:
        """Expected length of the gradient, [C]."""
        p, phi = probabilities(candidates, model).mean(0), self.features(candidates)
        return 2 * p * (1 - p) * np.linalg.norm(phi[:, 0] - phi[:, 1], axis=-1)
