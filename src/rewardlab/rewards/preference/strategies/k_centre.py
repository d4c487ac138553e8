"""Greedy k-centre.

    pick argmax_i min_{j picked} d(i, j),    again and again
    d(i, j)² = min(‖φ_i1 − φ_j1‖² + ‖φ_i2 − φ_j2‖², ‖φ_i1 − φ_j2‖² + ‖φ_i2 − φ_j1‖²)

Covers the candidates: the furthest from what is picked comes next, so that the largest distance of a candidate to its
nearest pick is at most twice the least possible. Which segment of a pair comes first does not matter.

Source: Gonzalez, "Clustering to Minimize the Maximum Intercluster Distance", Theoretical Computer Science 1985,
Section 2; Sener, Savarese, "Active Learning for Convolutional Neural Networks: A Core-Set Approach", ICLR 2018,
Algorithm 1.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.batch import Transitions
from rewardlab.rewards.preference.cutting import segment_features
from rewardlab.rewards.preference.strategies.kernel import check_count, pair_distances, standardised


@dataclass
class KCentre:
    """Asks about pairs that cover all candidates; looks at no model.

    Args:
        features: segments [*, T] -> φ [*, D]; by default the mean observation and action. They are standardised.
    """

    features: Callable[[Transitions], np.ndarray] = segment_features

    def __call__(self, candidates: Transitions, model: Any, count: int, rng: np.random.Generator) -> np.ndarray:
        """Positions [count], the first at random, each next one the furthest from those before.

        Raises:
            BadOption: for a count outside 0 .. C.
        """
        check_count(candidates, count, where="KCentre")
        if count == 0:
            return np.zeros(0, dtype=np.int64)
        phi = standardised(self.features(candidates))
        return furthest_first(phi, count, int(rng.integers(len(phi))))


def furthest_first(phi: np.ndarray, count: int, first: int) -> np.ndarray:
    """Positions [count] of pairs with features phi [C, 2, D]; of equally far ones the first.

    Args:
        phi: [C, 2, D].
        count: 1 to C.
        first: the position that is picked first.
    """
    picked = [first]
    nearest = pair_distances(phi, first)
    nearest[first] = -1.0  # copies of it are at distance 0 and come last
    while len(picked) < count:
        i = int(nearest.argmax())
        picked.append(i)
        nearest = np.minimum(nearest, pair_distances(phi, i))
        nearest[i] = -1.0
    return np.array(picked)
