"""One member of an ensemble.

    R = (f_k − mean f_k) / std f_k

Pays what a single network of a `SegmentModel` thinks, so that its members can stand wherever several rewards do: the
most sceptical one in `WorstCase`, less their disagreement in `UncertaintyWeighted`.

Source: Coste, Anwar, Kirk, Krueger, "Reward Model Ensembles Help Mitigate Overoptimization", ICLR 2024, Section 3.3.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rewardlab.core.arrays import Array
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Reward
from rewardlab.rewards.preference.items import alike
from rewardlab.rewards.preference.model import SegmentModel


@dataclass
class Member(Reward):
    """Pays what one network of an ensemble thinks; it learns when the ensemble is fitted, and never by itself.

    Args:
        model: the ensemble, shared by its members.
        index: which network, 0 .. K − 1.

    Raises:
        BadOption: for an index that does not exist, or an ensemble that remembers the episode.
    """

    model: SegmentModel
    index: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.index < self.model.members:
            raise BadOption(f"index={self.index!r}", where="Member", expected=f"0 .. {self.model.members - 1}")
        if self.model.memory:
            raise BadOption(
                f"{self.model.name} remembers the episode", where="Member", expected="scores of single steps"
            )

    def __call__(self, batch: Transitions) -> Array:
        return alike(self.model.member_pays(batch)[self.index], batch.reward)

    def state_dict(self) -> dict[str, Any]:
        return {"model": self.model.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("model",), where="Member")
        self.model.load_state_dict(state["model"])


def members_of(model: SegmentModel) -> tuple[Member, ...]:
    """All members of an ensemble, for `EnsembleMean`, `WorstCase` and `UncertaintyWeighted`."""
    return tuple(Member(model, k) for k in range(model.members))
