"""Information gain.

    score = I(answer; model) = H(mean_k P_k) − mean_k H(P_k)

Mutual information between the answer and which member is right: what is unknown, less what no answer could tell. A
pair that every member calls a coin scores 0.

Source: Bıyık, Palan, Landolfi, Losey, Sadigh, "Asking Easy Questions: A User-Friendly Approach to Active Reward
Learning", CoRL 2019, Eq. 4; Houlsby, Huszár, Ghahramani, Lengyel, "Bayesian Active Learning for Classification and
Preference Learning", 2011, Eq. 2.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.batch import Transitions
from rewardlab.rewards.preference.strategies.kernel import Scored, binary_entropy, probabilities


@dataclass
class InformationGain(Scored):
    """Asks about the pairs whose answer says most about which member is right."""

    def scores(self, candidates: Transitions, model: Any) -> np.ndarray:
        """Mutual information [C] in nats, each member as likely as any other."""
        p = probabilities(candidates, model)
        return binary_entropy(p.mean(0)) - binary_entropy(p).mean(0)
