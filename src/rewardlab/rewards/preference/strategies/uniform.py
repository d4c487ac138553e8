"""Uniform asking.

    P(pick) = count / C  for each of C candidates

The baseline: what a teacher sees is what the policy does.

Source: Christiano, Leike, Brown, Martic, Legg, Amodei, "Deep Reinforcement Learning from Human Preferences", NeurIPS
2017, Section 3.3 (the ablation with random queries).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.batch import Transitions
from rewardlab.rewards.preference.strategies.kernel import check_count


@dataclass
class Uniform:
    """Asks about random candidates, without regard to the model."""

    def __call__(self, candidates: Transitions, model: Any, count: int, rng: np.random.Generator) -> np.ndarray:
        """Positions [count] drawn without replacement.

        Raises:
            BadOption: for a count outside 0 .. C.
        """
        check_count(candidates, count, where="Uniform")
        return rng.permutation(len(candidates))[:count]
