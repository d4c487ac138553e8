"""A population of teachers.

    annotator ∼ shares,    label = that teacher's

Several people with tastes and noise of their own, each asked about a part of the pairs: what a model of one utility
cannot fit.

Source: Poddar, Wan, Ivison, Gupta, Jaques, "Personalizing Reinforcement Learning from Human Feedback with Variational
Preference Learning", NeurIPS 2024, Section 3 (annotators with utilities of their own).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, array
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.cutting import like
from rewardlab.rewards.preference.teachers.kernel import Judge, as_labels, load_teacher_state, teacher_state


@dataclass
class Population:
    """Lets one of several teachers judge each pair.

    Args:
        teachers: whoever labels pairs, each with a utility and noise of its own.
        shares: how much of the pairs each sees, weights [len(teachers)]; evenly without.
        seed: of who is asked; successive calls draw on.

    Raises:
        BadOption: for no teachers, or shares that are none.
    """

    teachers: Sequence[Judge]
    shares: Sequence[float] | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        w = np.ones(len(self.teachers)) if self.shares is None else np.asarray(self.shares, dtype=np.float64)
        if not len(self.teachers) or w.shape != (len(self.teachers),) or not w.min() >= 0 or not 0 < w.sum() < np.inf:
            raise BadOption(
                f"{len(self.teachers)} teachers with shares={self.shares!r}",
                where="Population",
                expected="at least one teacher, and a weight of 0 or more for each",
            )
        self._weights, self._rng = w / w.sum(), np.random.default_rng(self.seed)

    def __call__(self, pairs: Transitions) -> Array:
        """Labels [P] of pairs [P, 2, T]."""
        return self.labelled(pairs).info["label"]

    def labelled(self, pairs: Transitions) -> Transitions:
        """The pairs with `info["label"]` and `info["annotator"]` [P] int64, who said so.

        Who is asked is drawn, unless the pairs come with annotators.

        Raises:
            BadOption: for annotators that there are not.
        """
        who = self._asked(pairs)
        label = np.full(len(pairs), np.nan)
        for k in np.unique(who):
            rows = np.flatnonzero(who == k)
            label[rows] = array(self.teachers[k](pairs.rows(like(rows, pairs.reward))))
        return pairs.paying(pairs.reward, label=as_labels(label, pairs), annotator=like(who, pairs.reward))

    def sums(self, items: Transitions) -> np.ndarray:
        """Utilities [P, G] of segments, the mean of all teachers' by their shares."""
        return np.asarray(sum(w * t.sums(items) for w, t in zip(self._weights, self.teachers, strict=True)))

    def state_dict(self) -> dict[str, Any]:
        """Where the draws of all stand."""
        return {"rng": self._rng.bit_generator.state, "teachers": [teacher_state(t) for t in self.teachers]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`."""
        check_keys(state, ("rng", "teachers"), where="Population")
        self._rng.bit_generator.state = state["rng"]
        for teacher, held in zip(self.teachers, state["teachers"], strict=True):
            load_teacher_state(teacher, held)

    def _asked(self, pairs: Transitions) -> np.ndarray:
        known = pairs.info.get("annotator")
        if known is None:
            return self._rng.choice(len(self.teachers), len(pairs), p=self._weights)
        who = array(known).astype(np.int64)
        if who.shape != (len(pairs),) or (len(who) and not 0 <= who.min() <= who.max() < len(self.teachers)):
            raise BadOption(
                f"annotators {np.unique(who).tolist()}",
                where="Population",
                expected=f"[P] in 0 .. {len(self.teachers) - 1}",
            )
        return who
