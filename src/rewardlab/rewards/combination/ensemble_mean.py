"""Ensemble mean.

    R = (1/K) Σ_i r_i

The mean of several reward models, each on the same scale, errs less than one of them: Gaussian errors of deviation s
shrink to s/√K. Errors with heavy tails are still found by a strong optimiser, and WorstCase resists them better.

Source: Coste, Anwar, Kirk, Krueger, "Reward Model Ensembles Help Mitigate Overoptimization", ICLR 2024, Section 3.3
(mean optimisation).
"""

from dataclasses import dataclass
from typing import ClassVar

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.rewards.combination.members import Ensemble


@dataclass
class EnsembleMean(Ensemble):
    """Pays the mean of the members, as one part; call `fit` with reference samples first if their scales differ.

    Args:
        members: K >= 1 rewards of the same thing.

    Raises:
        BadOption: for no members, or what is no reward.
    """

    knowledge: ClassVar[str] = "several reward models"

    def __call__(self, batch: Transitions) -> Array:
        scores = self.scores(batch)
        return namespace(scores).mean(scores, axis=0)
