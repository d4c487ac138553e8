"""An annotator with a thread of its own: training goes on while a slow judge is asked."""

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.rewards.language.annotator import Annotator
from rewardlab.rewards.language.judging import Item, packed


@dataclass
class BackgroundAnnotator(Annotator):
    """Annotates in a thread of its own, as fast as the judge is: training never waits.

    When labels come depends on the machine, so runs are not repeatable to the bit. The thread ends when the stack is
    empty and is started again by the next `offer`; items that are with the judge while a state is saved are taken up
    again by who loads it.

    Args:
        batch: items that the judge is given at a time, >= 1.
        per_second: the largest number of items in a second, > 0.
    """

    batch: int = 8
    per_second: float = float("inf")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (self.batch >= 1 and self.per_second > 0):
            raise BadOption(
                f"batch={self.batch!r}, per_second={self.per_second!r}",
                where="BackgroundAnnotator",
                expected=">= 1 and > 0",
            )
        self._begin()

    def _begin(self) -> None:
        self._changed = threading.Condition()  # guards all below, and the stack
        self._with_judge: list[Item] = []
        self._done: list[tuple[list[Item], np.ndarray, str]] = []
        self._thread: threading.Thread | None = None

    def offer(self, items: Iterable[Item]) -> None:
        with self._changed:
            super().offer(items)
            if self._waiting and self._thread is None:
                self._thread = threading.Thread(target=self._work, name="annotator", daemon=True)
                self._thread.start()

    def tick(self, steps: int) -> dict[Item, float]:
        with self._changed:
            done, self._done = self._done, []
            fresh: dict[Item, float] = {}
            for part in done:
                fresh |= self._merge(*part)
        return fresh

    def wait(self, seconds: float = 60.0) -> bool:
        """Until nothing waits and nothing is under way; the next `tick` has it all. False if that took too long."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._with_judge, seconds)

    @property
    def waiting(self) -> int:
        with self._changed:
            return len(self._waiting) + len(self._with_judge)

    def _busy(self, item: Item) -> bool:
        return item in self._with_judge or any(item in part[0] for part in self._done)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._with_judge = self._taken(self.batch)
                if not self._with_judge:
                    self._thread = None
                    self._changed.notify_all()
                    return
                items = list(self._with_judge)
            began = time.monotonic()
            labels, error = self._judged(items)
            with self._changed:
                self._done.append((items, labels, error))
                self._with_judge = []
                self._changed.notify_all()
            time.sleep(max(0.0, len(items) / self.per_second - (time.monotonic() - began)))

    def state_dict(self) -> dict[str, Any]:
        with self._changed:
            held = [*(i for part in self._done for i in part[0]), *self._with_judge]
            return {**super().state_dict(), "waiting": packed([*self._waiting, *held])}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        with self._changed:
            super().load_state_dict(state)
            self._done = []
        self.offer(())  # takes up what waits

    def __getstate__(self) -> dict[str, Any]:
        own = ("_changed", "_with_judge", "_done", "_thread")
        return {**{k: v for k, v in vars(self).items() if k not in own}, "_held": self.state_dict()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        held = state.pop("_held")
        vars(self).update(state)
        self._begin()
        self.load_state_dict(held)
