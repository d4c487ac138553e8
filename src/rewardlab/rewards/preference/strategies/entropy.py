"""Entropy of the predicted answer.

    score = H(p̄),    p̄ = mean_k P_k(1 ≻ 2),    H(p) = −p log p − (1 − p) log(1 − p)

Asks where the mean model is nearest to a coin. It does not tell a coin that will stay one from what is not yet known,
so that pairs of nearly equal segments draw it. The order is also that of the expected removed volume
min(E[1 − P], E[P]) of a sampled posterior.

Source: Lee, Smith, Abbeel, "PEBBLE: Feedback-Efficient Interactive Reinforcement Learning via Relabeling Experience
and Unsupervised Pre-training", ICML 2021, Section 4.2; Sadigh, Dragan, Sastry, Seshia, "Active Preference-Based
Learning of Reward Functions", RSS 2017, Eq. 12 (removed volume).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.batch import Transitions
from rewardlab.rewards.preference.strategies.kernel import Scored, binary_entropy, probabilities


@dataclass
class Entropy(Scored):
    """Asks about the pairs whose answer the mean model can foretell least."""

    def scores(self, candidates: Transitions, model: Any) -> np.ndarray:
        """Entropy [C] of the mean probability, in nats."""
        return binary_entropy(probabilities(candidates, model).mean(0))
