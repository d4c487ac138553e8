"""What rewards from captions share: the words of each step, how often an episode had them, and the annotator.

    pay = worth(c) / N(c)^b,    N(c) how often this episode had the caption c, this step included

Captions are counted when a step is paid; new ones are offered to the annotator by `update` alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rewardlab.core.arrays import Array, array, is_torch, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.hashing import codes
from rewardlab.core.reward import Reward
from rewardlab.core.visits import Visits
from rewardlab.rewards.language.annotator import Annotator
from rewardlab.rewards.language.judging import Item

Words = str | Callable[[Transitions], Array]
"""Where the words of a step stand: an `info` column, or a function of steps [*lead] to texts [*lead]."""


def words_of(words: Words, batch: Transitions, *, by: str) -> np.ndarray:
    """The words [*lead] (objects) of some steps.

    Raises:
        MissingColumn: for a column that the environment does not give.
        BadBatch: if there is not one text for each step.
    """
    told = array(batch.column(words, by=by) if isinstance(words, str) else words(batch))
    if told.shape != batch.shape or not all(isinstance(text, str) for text in told.flat):
        raise BadBatch(
            f"words of shape {told.shape} and type {type(told.flat[0]).__name__ if told.size else told.dtype}",
            where=by,
            expected=f"one text for each step: shape {batch.shape}",
            mend="name a column of captions, or give a function that tells a step in words",
        )
    return told


@dataclass
class Captioned(Reward):
    """Pays what the caption of a step is worth, less for each repetition in an episode; not a reward itself.

    Args:
        annotator: who labels captions, see `ClockedAnnotator` and `BackgroundAnnotator`.
        caption: the `info` column of captions, or a function of steps to texts.
        exponent: b >= 0 of the count; 0 pays repetitions in full.
        most: different captions of one episode that are told apart; beyond it new ones pay 0.

    Raises:
        BadOption: for a number outside its range.
        MissingColumn: when called, for a column that the environment does not give.
    """

    annotator: Annotator
    caption: Words = "caption"
    exponent: float = 3.0
    most: int = 4096
    memory: ClassVar[bool] = True
    knowledge: ClassVar[str] = "the goal in words, and captions"

    def __post_init__(self) -> None:
        if not self.exponent >= 0:
            raise BadOption(f"exponent={self.exponent!r}", where=type(self).__name__, expected=">= 0")
        self._visits = Visits(0, self.most, where=type(self).__name__)
        self._memo: dict[str, float] = {}  # what captions are worth, as long as nothing is learned

    # -- what a method says ------------------------------------------------------------------------------------------

    def worth(self, texts: Sequence[str]) -> np.ndarray:
        """What each caption [B] is worth, before repetitions."""
        raise NotImplementedError(f"{type(self).__name__} does not say what a caption is worth: define worth")

    def asked_of(self, texts: Sequence[str]) -> list[Item]:
        """What the annotator is offered when these captions [B] have passed by, oldest first."""
        return [(text,) for text in dict.fromkeys(texts)]

    def learn(self, fresh: Mapping[Item, float]) -> dict[str, float]:
        """Learn from new labels; returns what to log."""
        return {}

    def learned(self) -> dict[str, Any]:
        """What was learned beside the annotator's labels, as a state."""
        return {}

    def take_over(self, state: Mapping[str, Any]) -> None:
        """Take over what `learned` gave."""

    # -- what a reward does ------------------------------------------------------------------------------------------

    def __call__(self, batch: Transitions) -> Array:
        if len(batch.shape) != 1:
            raise BadBatch(
                f"a batch with leading axes {batch.shape}",
                where=self.name,
                expected="one step of N rows: the pay depends on earlier steps",
                mend="pay recorded steps [T, N] with recorded(batch) or relabel",
            )
        told = words_of(self.caption, batch, by=self.name)
        pay = self._worths(told) / self._repetitions(told) ** self.exponent
        return tensor(pay, like=batch.reward) if is_torch(batch.reward) else pay

    def _worths(self, told: np.ndarray) -> np.ndarray:
        fresh = [text for text in dict.fromkeys(told.tolist()) if text not in self._memo]
        if fresh:
            if len(self._memo) > 100_000:
                self._memo.clear()
                fresh = list(dict.fromkeys(told.tolist()))
            self._memo |= zip(fresh, self.worth(fresh).tolist(), strict=True)
        return np.array([self._memo[text] for text in told])

    def _repetitions(self, told: np.ndarray) -> np.ndarray:
        """N(c) [N] float64, this step included; infinity for a caption that there is no room for."""
        if not self._visits.lanes:
            self._visits.forget(np.ones(told.shape, dtype=bool))
        if self._visits.lanes != len(told):
            raise BadBatch(
                f"{len(told)} rows",
                where=self.name,
                expected=f"{self._visits.lanes} rows, as many as were reset",
                mend="call reset(begun) with one flag per row when the number of rows changes",
            )
        code, lane = codes(told, told.shape), np.arange(len(told))
        self._visits.add(code, lane)
        seen = self._visits.seen(code, lane).astype(np.float64)
        seen[seen == 0] = np.inf
        return seen

    def reset(self, begun: Array) -> None:
        self._visits.forget(array(begun))

    def update(self, batch: Transitions) -> dict[str, float]:
        told = words_of(self.caption, batch, by=self.name).reshape(-1).tolist()
        self.annotator.offer(self.asked_of(told))
        fresh = self.annotator.tick(len(told))
        log = self.learn(fresh)
        self._memo.clear()
        return {f"{self.name}/{k}": v for k, v in {**self.annotator.log(), **log}.items()}

    def state_dict(self) -> dict[str, Any]:
        visits = self._visits.state_dict() if self._visits.lanes else {}
        return {"visits": visits, "annotator": self.annotator.state_dict(), "learned": self.learned()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("visits", "annotator", "learned"), where=self.name)
        self.take_over(state["learned"])
        self.annotator.load_state_dict(state["annotator"])
        if state["visits"]:
            self._visits.load_state_dict(state["visits"])
        else:
            self._visits = Visits(0, self.most, where=type(self).__name__)
        self._memo.clear()
