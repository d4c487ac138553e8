"""Go-Explore cell novelty.

    b(s') = w / √(n(cell(s')) + 1),    n(c) = steps that ended in cell c

Cells are coarse views of states; the same weights that say which cell of the archive to return to pay for reaching one.
Seldom seen cells pay most, and what differs only within a cell pays nothing more.

Source: Ecoffet, Huizinga, Lehman, Stanley, Clune, "First Return, Then Explore", Nature 2021, Methods (cell selection;
the view of pictures as 11 x 8 points of 8 levels).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from rewardlab.core.arrays import Array, Tree, array, is_torch, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption
from rewardlab.core.hashing import codes, faulty, rows_of
from rewardlab.core.reward import Reward
from rewardlab.core.visits import Counts
from rewardlab.rewards.intrinsic.cells import grid


@dataclass
class GoExploreCells(Reward):
    """Pays w / √(n + 1) of the cell that a step ended in, and keeps the archive of cells.

    Cells are counted by `update` alone. An observation with NaN pays NaN and is not counted.

    Args:
        weight: w, what a new cell pays.
        width: of a cell in each number of an observation: the cell is ⌊x / width⌋. Ours.
        cell: observations [*lead, *obs] -> their cells [*lead, ...] in place of that; `downscaled` for pictures.
        most: the largest number of cells; beyond it new ones pay 0.

    Raises:
        BadOption: for a width that is not positive, or most < 1.
        BadBatch: from `update`, for an observation with NaN.
    """

    weight: float = 1.0
    width: float = 1.0
    cell: Callable[[Tree], Array] | None = None
    most: int = 1 << 20
    invariance: ClassVar[Literal["exact", "limit", "no"]] = "limit"
    knowledge: ClassVar[str] = "which states are alike"

    def __post_init__(self) -> None:
        if not (self.width > 0 and math.isfinite(self.width)):
            raise BadOption(f"width={self.width!r}", where="GoExploreCells", expected="a number > 0")
        self._counts = Counts(self.most, where="GoExploreCells")
        self._cells = np.zeros((0, 0))  # [M, D] in the order in which they were found

    def _seen(self, batch: Transitions) -> tuple[np.ndarray, np.ndarray]:
        """The cells [B, D] of the states that were reached, and their codes [B]."""
        rows = batch.shape
        if self.cell is None:
            cells = grid(batch.next_obs, rows, self.width)
        else:
            cells = array(self.cell(batch.next_obs)).reshape(math.prod(rows), -1).astype(np.float64)
        code = codes(cells, cells.shape[:1])
        code[faulty(rows_of(batch.next_obs, rows))] = 0  # a view may have lost the NaN
        return cells, code

    def __call__(self, batch: Transitions) -> Array:
        _, code = self._seen(batch)
        pay = np.where(code == 0, np.nan, self.weight / np.sqrt(self._counts.seen(code) + 1.0)).reshape(batch.shape)
        return tensor(pay, like=batch.reward) if is_torch(batch.reward) else pay

    def archive(self) -> tuple[np.ndarray, np.ndarray]:
        """All cells [M, D] in the order in which they were found, and how often each was reached [M]."""
        return self._cells.copy(), self._counts.seen(codes(self._cells, self._cells.shape[:1]))

    def chances(self) -> np.ndarray:
        """[M] with which probability to return to each cell of the archive: in proportion to 1 / √(n + 1)."""
        weights = 1.0 / np.sqrt(self.archive()[1] + 1.0)
        return weights / weights.sum()

    def update(self, batch: Transitions) -> dict[str, float]:
        if not math.prod(batch.shape):
            return {}
        cells, code = self._seen(batch)
        if not code.all():
            wrong = int((code == 0).sum())
            raise BadBatch(f"{wrong} observations with NaN", where="GoExploreCells.update", expected="numbers")
        new = np.sort(self._counts.add(code))
        self._cells = np.concatenate([self._cells, cells[new]]) if len(self._cells) else cells[new]
        return {f"{self.name}/cells": float(len(self._cells))}

    def state_dict(self) -> dict[str, Any]:
        return {"cells": self._cells.copy(), "counts": self._counts.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("cells", "counts"), where="GoExploreCells")
        cells = np.array(state["cells"], dtype=np.float64)
        if cells.ndim != 2 or len(cells) != len(np.asarray(state["counts"].get("codes", ()))):
            raise BadCheckpoint(f"cells of shape {cells.shape}", where="GoExploreCells", expected="[M, D], M counted")
        self._counts.load_state_dict(state["counts"])
        self._cells = cells
