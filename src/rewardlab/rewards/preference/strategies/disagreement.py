"""Disagreement of an ensemble.

    score = Var_k P_k(1 ≻ 2)

Asks where the members differ most. A model of one member never disagrees, and its picks are random.

Source: Christiano, Leike, Brown, Martic, Legg, Amodei, "Deep Reinforcement Learning from Human Preferences", NeurIPS
2017, Section 2.2.4; Lee, Smith, Abbeel, "PEBBLE: Feedback-Efficient Interactive Reinforcement Learning via Relabeling
Experience and Unsupervised Pre-training", ICML 2021, Section 4.2.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.batch import Transitions
from rewardlab.rewards.preference.strategies.kernel import Scored, probabilities


@dataclass
class Disagreement(Scored):
    """Asks about the pairs on whose order the members of the model differ most."""

    def scores(self, candidates: Transitions, model: Any) -> np.ndarray:
        """Variance [C] of the members' probabilities."""
        return probabilities(candidates, model).var(0)
