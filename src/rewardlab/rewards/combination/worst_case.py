"""Worst-case optimisation (WCO).

    R = min_i r_i

Believes the most sceptical of several reward models. A response that only one member overrates gains nothing, so that
optimising further does not find the errors of single members; what all members share it cannot see.

Source: Coste, Anwar, Kirk, Krueger, "Reward Model Ensembles Help Mitigate Overoptimization", ICLR 2024, Section 3.3
(worst-case optimisation).
"""

from dataclasses import dataclass
from typing import ClassVar

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.rewards.combination.members import Ensemble


@dataclass
class WorstCase(Ensemble):
    """Pays the smallest of the members, as one part; call `fit` with reference samples first if their scales differ.

    Args:
        members: K >= 1 rewards of the same thing.

    Raises:
        BadOption: for no members, or what is no reward.
    """

    knowledge: ClassVar[str] = "several reward models"

    def __call__(self, batch: Transitions) -> Array:
        scores = self.scores(batch)
        return namespace(scores).min(scores, axis=0)
