"""The perfect teacher, and what all teachers share: utilities of segments, and labels beside them.

y = 1(U_1 > U_2) + ½ 1(U_1 = U_2),    U = Σ_t mask_t u_t
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from rewardlab.core.arrays import Array, array, is_torch, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.rewards.preference.kernel import preference_logit, segment_scores


class Judge(Protocol):
    """Whoever answers what pairs of segments ask."""

    def __call__(self, pairs: Transitions) -> Array:
        """Labels [P] of pairs [P, 2, T]: 1 where the first is better, 0 the second, 0.5 a tie, NaN no answer."""
        ...

    def sums(self, items: Transitions) -> np.ndarray:
        """Utilities [P, G] of whole segments [P, G, T], float64."""
        ...

    def labelled(self, pairs: Transitions) -> Transitions:
        """The pairs with their labels as `info["label"]`."""
        ...


class Drawing:
    """Whoever draws: judgements go on after a checkpoint as if it had not been taken."""

    _rng: np.random.Generator

    def state_dict(self) -> dict[str, Any]:
        """Where the draws stand."""
        return {"rng": self._rng.bit_generator.state}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`."""
        check_keys(state, ("rng",), where=type(self).__name__)
        self._rng.bit_generator.state = state["rng"]


@dataclass
class Teacher:
    """The perfect teacher: prefers the segment of larger utility, and calls equal ones a tie.

    Args:
        utility: steps [P, G, T] -> utility per step [P, G, T]: any reward, or e.g. `lambda b: b.column("task_reward")`.
        tie: relative to the larger of both sums: differences up to this are ties. Ours, for rounding.
    """

    utility: Callable[[Transitions], Array]
    tie: float = 1e-9

    def __call__(self, pairs: Transitions) -> Array:
        """Labels [P] of pairs [P, 2, T]: 1, 0, or 0.5 for a tie; NaN where a utility is."""
        return as_labels(self._judge(self.sums(pairs)), pairs)

    def labelled(self, pairs: Transitions) -> Transitions:
        """The pairs with their labels as `info["label"]`."""
        return pairs.paying(pairs.reward, label=self(pairs))

    def sums(self, items: Transitions) -> np.ndarray:
        """Utilities [P, G] of whole segments [P, G, T], float64."""
        mask = items.info.get("mask")
        steps = array(self.utility(items)).astype(np.float64)
        return np.asarray(segment_scores(steps, None if mask is None else array(mask)))

    def _judge(self, sums: np.ndarray) -> np.ndarray:
        gap = preference_logit(sums)
        tied = np.abs(gap) <= self.tie * np.abs(sums).max(-1, initial=0.0)
        return np.where(tied, 0.5, np.where(np.isnan(gap), np.nan, gap > 0))


@dataclass
class Altered:
    """A teacher whose labels are those of another, changed. Subclasses write `_alter`.

    Args:
        teacher: who labels first.
    """

    teacher: Judge
    _rng: Any = field(default=None, init=False, repr=False, compare=False)  # of those that draw

    def __call__(self, pairs: Transitions) -> Array:
        """Labels [P] of pairs [P, 2, T]."""
        labels = array(self.teacher(pairs)).astype(np.float64)
        return as_labels(self._alter(labels, pairs), pairs)

    def labelled(self, pairs: Transitions) -> Transitions:
        """The pairs with their labels as `info["label"]`, and the columns that the first teacher adds."""
        first = self.teacher.labelled(pairs)
        labels = array(first.info["label"]).astype(np.float64)
        return first.paying(first.reward, label=as_labels(self._alter(labels, pairs), pairs))

    def sums(self, items: Transitions) -> np.ndarray:
        """Utilities [P, G] of whole segments, those of the first teacher."""
        return self.teacher.sums(items)

    def state_dict(self) -> dict[str, Any]:
        """Where the draws of both stand."""
        own = {"rng": self._rng.bit_generator.state} if self._rng is not None else {}
        return {"teacher": teacher_state(self.teacher), **own}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`."""
        check_keys(state, ("teacher", *(("rng",) if self._rng is not None else ())), where=type(self).__name__)
        load_teacher_state(self.teacher, state["teacher"])
        if self._rng is not None:
            self._rng.bit_generator.state = state["rng"]

    def _alter(self, labels: np.ndarray, pairs: Transitions) -> np.ndarray:
        raise NotImplementedError(f"{type(self).__name__} does not say what it changes: define _alter")


def teacher_state(teacher: Any) -> dict[str, Any]:
    """The `state_dict` of a teacher; empty for one that draws nothing."""
    return dict(teacher.state_dict()) if hasattr(teacher, "state_dict") else {}


def load_teacher_state(teacher: Any, state: Mapping[str, Any]) -> None:
    """Take over what `teacher_state` gave."""
    if hasattr(teacher, "load_state_dict"):
        teacher.load_state_dict(state)


def as_labels(labels: np.ndarray, items: Transitions) -> Array:
    """The labels as the kind of array that the items are."""
    return tensor(labels, like=items.reward) if is_torch(items.reward) else labels


def counted(items: Transitions) -> np.ndarray:
    """Which steps [P, G, T] count, bool."""
    mask: Any = items.info.get("mask")
    return np.ones(items.shape, dtype=bool) if mask is None else array(mask) != 0
