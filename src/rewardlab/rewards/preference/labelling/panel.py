"""Panel: people at a label file as the teacher of a training loop.

Pairs go into the file with their pictures, and the loop waits for the answers; people answer on the page, in the
terminal or in a notebook, in other processes.
"""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from tqdm import tqdm

from rewardlab.core.arrays import Array, array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.labelling.store import LabelStore
from rewardlab.rewards.preference.teachers.kernel import as_labels

FRAME = "frame"
"""The column of `info` [P, 2, T, H, W, 3] with the pictures."""


@dataclass
class Panel:
    """Asks people and waits for them.

    Args:
        store: the label file.
        task: what they are asked.
        environment: where the pairs come from, for who reads the file later.
        patience: seconds without any answer after which the loop goes on with what it has; None waits for ever.
        poll: seconds between two looks.
        progress_bar: show how many answers are there.
        sleep: waits for seconds; of tests.

    Raises:
        BadOption: for no patience or no pause between two looks.
    """

    store: LabelStore
    task: str = "Which of the two is better?"
    environment: str = ""
    patience: float | None = None
    poll: float = 0.5
    progress_bar: bool = True
    sleep: Callable[[float], Any] = field(default=time.sleep, repr=False)

    def __post_init__(self) -> None:
        self._counter = 0  # of the file, up to which answers were read
        if self.poll <= 0 or (self.patience is not None and self.patience <= 0):
            raise BadOption(
                f"patience={self.patience!r}, poll={self.poll!r}", where="Panel", expected="seconds above 0"
            )

    def __call__(self, pairs: Transitions) -> Array:
        """Labels [P] of pairs [P, 2, T], means where several people judged one; NaN where nobody said anything.

        Raises:
            BadOption: for pairs without pictures.
            BadStore: if the file cannot be written.
        """
        frames = pairs.info.get(FRAME)
        if frames is None:
            raise BadOption(
                "pairs without pictures",
                where="Panel",
                expected=f"info[{FRAME!r}] [P, 2, T, H, W, 3]",
                mend="put Filmed(envs) around the environment",
            )
        bare = replace(pairs, info={k: v for k, v in pairs.info.items() if k == "mask"})
        asked = self.store.add(bare, frames=list(array(frames)), task=self.task, environment=self.environment)
        self._wait(asked)
        answers, self._counter = self.store.labelled(since=self._counter)
        first = ~answers.info["repeat"]
        query, label = answers.info["query"][first], answers.info["label"][first]
        said = [label[query == q] for q in asked]
        return as_labels(np.array([x.mean() if len(x) else np.nan for x in said]), pairs)

    def labelled(self, pairs: Transitions) -> Transitions:
        """The pairs with their labels as `info["label"]`."""
        return pairs.paying(pairs.reward, label=self(pairs))

    def _wait(self, asked: Sequence[int]) -> None:
        """Until somebody has answered or skipped each, or nobody has answered for too long."""
        idle = 0.0
        with tqdm(
            total=len(asked), unit="label", disable=not self.progress_bar, file=sys.stderr, dynamic_ncols=True
        ) as bar:
            done = 0
            while True:
                now = self.store.touched(min(asked)) if asked else 0
                idle = 0.0 if now > done else idle + self.poll
                bar.update(max(0, now - done))
                done = now
                if done >= len(asked) or (self.patience is not None and idle > self.patience):
                    return
                self.sleep(self.poll)
