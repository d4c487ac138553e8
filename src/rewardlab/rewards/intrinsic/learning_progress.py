"""Learning progress.

    LP(R) = ē_old(R) − ē_new(R),    ē the mean error over the older and the newer half of the last 2W steps in region R

Pays where a prediction error is shrinking. What is mastered and what cannot be learned pay the same, nothing: noise is
as far from being predicted as ever, and so is no place to stay, which error itself as a bonus makes of it.

Source: Oudeyer, Kaplan, Hafner, "Intrinsic Motivation Systems for Autonomous Mental Development", IEEE Transactions on
Evolutionary Computation 2007, Section IV; Schmidhuber, "Formal Theory of Creativity, Fun, and Intrinsic Motivation",
IEEE Transactions on Autonomous Mental Development 2010, Section II.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from rewardlab.core.algebra import Composite
from rewardlab.core.arrays import Array, Tree, array, is_torch, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption
from rewardlab.core.hashing import codes, faulty, rows_of, values
from rewardlab.core.reward import Reward
from rewardlab.core.statistics import ranks
from rewardlab.core.visits import Visits


@dataclass
class LearningProgress(Composite):
    """Pays the fall of another reward's error in the region that a step began in.

    `update` notes the errors of a batch before the error's own learning takes it in. Of a region with n < 2W steps the
    halves have ⌊n / 2⌋ each; a region that was never learned from pays 0. Where errors rise the pay is negative.

    Args:
        error: what pays a prediction error: a forward model, RND() ...
        region: steps [*lead] -> what tells regions apart, [*lead] integers or [*lead, ...] arrays; the whole `obs` if
            not given. The paper splits the space as it is met; here its user does.
        window: W, steps of a half. Ours.
        most: the largest number of regions; beyond it new ones pay 0.

    Raises:
        BadOption: for an error with episode memory, or window or most < 1.
        BadBatch: from `update`, for an error or region that is NaN or infinite.
    """

    error: Reward
    region: Callable[[Transitions], Tree] | None = None
    window: int = 32
    most: int = 1 << 16
    invariance: ClassVar[Literal["exact", "limit", "no"]] = "limit"

    def __post_init__(self) -> None:
        if isinstance(self.window, bool) or not isinstance(self.window, int) or self.window < 1:
            raise BadOption(f"window={self.window!r}", where="LearningProgress", expected="an integer >= 1")
        if self.error.memory:
            raise BadOption(
                f"{self.error!r} has episode memory", where="LearningProgress", expected="an error of single steps"
            )
        self._clear()

    def _clear(self) -> None:
        self._index = Visits(1, self.most, where="LearningProgress")  # code -> number of the region, from 1
        self._errors = np.zeros((1, 2 * self.window))  # [R + 1, 2W] the last errors of each region, as a ring
        self._steps = np.zeros(1, dtype=np.int64)  # [R + 1]
        self._progress = np.zeros(1)  # [R + 1]; region 0 is all that were not met

    def _codes(self, batch: Transitions) -> np.ndarray:
        code = codes(batch.obs if self.region is None else self.region(batch), batch.shape)
        code[faulty(rows_of(batch.obs, batch.shape))] = 0  # a region may have lost the NaN
        return code

    def __call__(self, batch: Transitions) -> Array:
        code = self._codes(batch)
        pay = np.where(code == 0, np.nan, self._progress[self._index.seen(code, 0)]).reshape(batch.shape)
        return tensor(pay, like=batch.reward) if is_torch(batch.reward) else pay

    def update(self, batch: Transitions) -> dict[str, float]:
        if not math.prod(batch.shape):
            return {}
        error, code = array(self.error(batch)).ravel().astype(np.float64), self._codes(batch)
        if not (np.isfinite(error).all() and code.all()):
            raise BadBatch("an error or region is NaN or infinite", where="LearningProgress.update", expected="numbers")
        new = np.unique(code)
        self._enter(new[self._index.seen(new, 0) == 0][: self.most - self._held])
        at = self._index.seen(code, 0)
        error, at = error[at > 0], at[at > 0]
        turn, whole = self._steps[at] + ranks(at), np.bincount(at, minlength=len(self._steps))
        kept = turn >= (self._steps + whole)[at] - 2 * self.window  # the ring holds no more of one batch
        self._errors[at[kept], turn[kept] % (2 * self.window)] = error[kept]
        self._steps = self._steps + whole
        self._measure(np.unique(at))
        return {**self.error.update(batch), f"{self.name}/regions": float(self._held)}

    @property
    def _held(self) -> int:
        return int(self._index.held[0])

    def _enter(self, code: np.ndarray) -> None:
        """Regions for these codes, which have none yet."""
        n = len(code)
        self._index.add(code, np.zeros(n, dtype=np.int64), self._held + 1 + np.arange(n))
        self._errors = np.concatenate([self._errors, np.zeros((n, 2 * self.window))])
        self._steps = np.concatenate([self._steps, np.zeros(n, dtype=np.int64)])
        self._progress = np.concatenate([self._progress, np.zeros(n)])

    def _measure(self, regions: np.ndarray) -> None:
        """The progress of these regions from their rings."""
        steps, width = self._steps[regions], 2 * self.window
        half = np.minimum(steps, width) // 2
        age = (steps[:, None] - 1 - np.arange(width)) % width  # [M, 2W]: where the newest stands, the one before ...
        errors, back = np.take_along_axis(self._errors[regions], age, 1), np.arange(width)
        newer, older = back < half[:, None], (back >= half[:, None]) & (back < 2 * half[:, None])
        fall = (errors * older).sum(1) - (errors * newer).sum(1)
        self._progress[regions] = fall / np.maximum(half, 1)

    def state_dict(self) -> dict[str, Any]:
        index = self._index.state_dict()
        order = np.argsort(index["counts"][: self._held, 0])
        return {
            "error": super().state_dict(),
            "codes": index["codes"][: self._held, 0][order],  # in the order of their numbers
            "errors": self._errors[1:].copy(),
            "steps": self._steps[1:].copy(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("error", "codes", "errors", "steps"), where="LearningProgress")
        code, errors, steps = values(state["codes"]), np.asarray(state["errors"]), values(state["steps"])
        if errors.shape != (len(code), 2 * self.window) or steps.shape != code.shape or len(code) > self.most:
            raise BadCheckpoint(
                f"errors of shape {errors.shape}", where="LearningProgress", expected=f"[R, {2 * self.window}]"
            )
        super().load_state_dict(state["error"])
        self._clear()
        self._enter(code)
        self._errors[1:], self._steps[1:] = errors, steps
        self._measure(np.arange(len(self._steps)))
