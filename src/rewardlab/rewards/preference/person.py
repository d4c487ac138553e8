"""The reward for one person, as a model that is conditioned on people sees it.

    R(o, a) = r(o, a, person)

A plain reward: it stands wherever one does, and two of them show how two people differ.

Source: Poddar, Wan, Ivison, Gupta, Jaques, "Personalizing Reinforcement Learning from Human Feedback with Variational
Preference Learning", NeurIPS 2024 (a reward that is conditioned on a user).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from rewardlab.core.arrays import Array, array
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadCheckpoint, BadOption
from rewardlab.core.reward import Reward
from rewardlab.rewards.preference.kernel import preference_logit


class Knowing(Protocol):
    """What knows people: a `PeopleModel`."""

    def nobody(self) -> np.ndarray:
        """Who somebody is of whom nothing is known, [Z]."""
        ...

    def pay_for(self, batch: Transitions, person: Array) -> Array:
        """What each step is worth to a person [Z], [*lead]."""
        ...

    def segment_scores(self, items: Transitions, person: Array | None = None) -> Tensor:
        """Scores S [P, G] of segments [P, G, T] for a person [Z]."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """What was learned."""
        ...

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`."""
        ...


@dataclass
class ForPerson(Reward):
    """Pays what a step is worth to one person.

    It learns when the model is fitted, and never by itself; who the person is stays as it was found.

    Args:
        model: fitted to the judgements of many.
        person: [Z], who it is for; what its `for_user` and `for_annotator` find.

    Raises:
        BadOption: for a person of another width than the model's.
    """

    model: Knowing
    person: Array

    def __post_init__(self) -> None:
        self.person = np.array(array(self.person), dtype=np.float32)
        if self.person.shape != (want := self.model.nobody().shape):
            raise BadOption(f"a person {self.person.shape}", where="ForPerson", expected=f"{want}")

    def __call__(self, batch: Transitions) -> Array:
        return self.model.pay_for(batch, self.person)

    def segment_scores(self, items: Transitions) -> Tensor:
        """Scores S [P, G] of segments [P, G, T]."""
        return self.model.segment_scores(items, self.person)

    def probabilities(self, pairs: Transitions) -> Array:
        """P(first better) [1, P], float64."""
        return array(torch.sigmoid(preference_logit(self.segment_scores(pairs)).to(torch.float64)))[None]

    def state_dict(self) -> dict[str, Any]:
        return {"model": self.model.state_dict(), "person": self.person.copy()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("model", "person"), where="ForPerson")
        if np.shape(state["person"]) != self.person.shape:
            raise BadCheckpoint(
                f"a person {np.shape(state['person'])}", where="ForPerson", expected=f"{self.person.shape}"
            )
        self.model.load_state_dict(state["model"])
        self.person = np.array(state["person"], dtype=np.float32)
