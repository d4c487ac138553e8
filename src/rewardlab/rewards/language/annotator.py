"""Annotation beside training: what is seen for the first time waits in a stack until a judge has time for it.

    offered -> waiting (last in, first out) -> under way -> known, or failed

A judge is slow and training does not wait: it pays by what is known, and labels are merged when they are ready. An
annotator is fed by `offer` and asked for news by `tick`; what happens in between is its own business. Errors of the
judge leave items without a label and are counted; an item that failed may be offered again, a few times.
"""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadCheckpoint, BadOption
from rewardlab.rewards.language.judging import Item, Judge, packed, unpacked, verdicts

_KEYS = ("known", "labels", "waiting", "failed", "failures", "asked", "errors", "dropped")


@dataclass
class Annotator:
    """What annotators share: the stack, the table of labels and the counts. Not an annotator itself.

    Args:
        judge: who labels.
        most: items that may wait (the oldest is dropped for a newer one), and ten times as many that are known.
        tries: how often an item may fail before it is given up.

    Attributes:
        known: item -> label in 0..1.
        asked, errors, dropped: items that the judge was asked, that it gave no label for, that found no room.
        last_error: what the judge said when it failed last, or "".

    Raises:
        BadOption: for a number outside its range.
    """

    judge: Judge
    most: int = 10_000
    tries: int = 3

    def __post_init__(self) -> None:
        if self.most < 1 or self.tries < 1:
            raise BadOption(
                f"most={self.most!r}, tries={self.tries!r}", where=type(self).__name__, expected="integers >= 1"
            )
        self.known: dict[Item, float] = {}
        self.asked = self.errors = self.dropped = 0
        self.last_error = ""
        self._waiting: dict[Item, None] = {}  # the newest last
        self._failures: dict[Item, int] = {}

    # -- what a reward calls -----------------------------------------------------------------------------------------

    def offer(self, items: Iterable[Item]) -> None:
        """Put those items on the stack that nobody has seen yet."""
        for item in items:
            known = item in self.known or item in self._waiting or self._busy(item)
            if known or self._failures.get(item, 0) >= self.tries or len(self.known) >= 10 * self.most:
                continue
            self._waiting[item] = None
            if len(self._waiting) > self.most:
                self._waiting.pop(next(iter(self._waiting)))
                self.dropped += 1

    def tick(self, steps: int) -> dict[Item, float]:
        """So many environment steps have passed: the labels that are new since the last call."""
        raise NotImplementedError

    @property
    def waiting(self) -> int:
        """Items on the stack and under way."""
        return len(self._waiting)

    def log(self) -> dict[str, float]:
        """How it stands, for logs."""
        return {
            "labelled": float(len(self.known)), "waiting": float(self.waiting), "asked": float(self.asked),
            "errors": float(self.errors),
        }  # fmt: skip

    def _busy(self, item: Item) -> bool:
        """Whether an item is under way."""
        return False

    # -- what annotators do ------------------------------------------------------------------------------------------

    def _judged(self, items: Sequence[Item]) -> tuple[np.ndarray, str]:
        """Labels [B], NaN where there is none, and what went wrong, or "": whatever a judge does, training goes on."""
        try:
            return verdicts(self.judge, items), ""
        except Exception as e:
            return np.full(len(items), np.nan), f"{type(e).__name__}: {e}"

    def _merge(self, items: Sequence[Item], labels: np.ndarray, error: str) -> dict[Item, float]:
        """Take in what was judged; returns the new labels."""
        self.asked += len(items)
        if error:
            if not self.last_error:
                warnings.warn(f"a judge failed, items stay without a label: {error}", RuntimeWarning, stacklevel=2)
            self.last_error = error
        fresh = {}
        for item, label in zip(items, labels.tolist(), strict=True):
            if label == label:
                fresh[item] = label
                self._failures.pop(item, None)
            else:
                self.errors += 1
                self._failures[item] = self._failures.get(item, 0) + 1
        self.known |= fresh
        return fresh

    def _taken(self, count: int) -> list[Item]:
        """The newest items off the stack."""
        return [self._waiting.popitem()[0] for _ in range(min(count, len(self._waiting)))]

    # -- files -------------------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """Labels, stack and counts."""
        return {
            "known": packed(self.known), "labels": np.array(list(self.known.values())),
            "waiting": packed(self._waiting),
            "failed": packed(self._failures),
            "failures": np.array(list(self._failures.values()), dtype=np.int64),
            "asked": self.asked, "errors": self.errors, "dropped": self.dropped,
        }  # fmt: skip

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`.

        Raises:
            BadCheckpoint: if it is not one of such an annotator.
        """
        check_keys(state, _KEYS, where=type(self).__name__)
        try:
            known = dict(zip(unpacked(state["known"]), np.asarray(state["labels"]).tolist(), strict=True))
            failures = dict(zip(unpacked(state["failed"]), np.asarray(state["failures"]).tolist(), strict=True))
            waiting = dict.fromkeys(unpacked(state["waiting"]))
            counts = [int(state[k]) for k in ("asked", "errors", "dropped")]
        except (TypeError, ValueError) as e:
            raise BadCheckpoint(f"{type(e).__name__}: {e}", where=type(self).__name__) from None
        self.known, self._waiting, self._failures = known, waiting, failures
        self.asked, self.errors, self.dropped = counts


@dataclass
class ClockedAnnotator(Annotator):
    """Annotates by the clock of the environment: so many items in 1000 steps, each some steps after it was taken.

    The same steps bring the same labels at the same time, so that runs can be repeated to the bit. The judge is asked
    when its answer is due; a slow one does hold the training up, see `BackgroundAnnotator`.

    Args:
        per_1k: items that are taken from the stack in 1000 steps, > 0.
        latency: steps from then to the label, >= 0.
    """

    per_1k: float = 10.0
    latency: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (self.per_1k > 0 and self.latency >= 0):
            raise BadOption(
                f"per_1k={self.per_1k!r}, latency={self.latency!r}", where="ClockedAnnotator", expected="> 0 and >= 0"
            )
        self.clock, self._credit = 0, 0.0
        self._under_way: dict[Item, int] = {}  # item -> when its label is due

    def tick(self, steps: int) -> dict[Item, float]:
        self.clock += steps
        self._credit += steps * self.per_1k / 1000
        taken = self._taken(int(self._credit))
        self._credit -= len(taken)
        if not self._waiting:
            self._credit = min(self._credit, 1.0)  # nobody works ahead
        self._under_way |= dict.fromkeys(taken, self.clock + self.latency)
        due = [item for item, when in self._under_way.items() if when <= self.clock]
        if not due:
            return {}
        for item in due:
            del self._under_way[item]
        return self._merge(due, *self._judged(due))

    @property
    def waiting(self) -> int:
        return len(self._waiting) + len(self._under_way)

    def _busy(self, item: Item) -> bool:
        return item in self._under_way

    def state_dict(self) -> dict[str, Any]:
        return {
            **super().state_dict(),
            "clock": self.clock,
            "credit": self._credit,
            "under_way": packed(self._under_way),
            "due": np.array(list(self._under_way.values()), dtype=np.int64),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        own = ("clock", "credit", "under_way", "due")
        check_keys(state, (*_KEYS, *own), where="ClockedAnnotator")
        super().load_state_dict({k: v for k, v in state.items() if k not in own})
        self.clock, self._credit = int(state["clock"]), float(state["credit"])
        self._under_way = dict(zip(unpacked(state["under_way"]), np.asarray(state["due"]).tolist(), strict=True))
