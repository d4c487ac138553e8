"""The points that each of N rows has come by in its running episode, and how near the next one lies to them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, array
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption

_ROOM = 16  # points that new rows have room for


class EpisodePoints:
    """The last `size` points [D] of the running episode of each of N rows.

    Args:
        size: the largest number of points that a row keeps, >= 1; a further one takes the place of the oldest.
        where: whose memory it is, for messages.

    Attributes:
        entered: [N] how many points each running episode has had.

    Raises:
        BadOption: for a size that is no integer >= 1.
    """

    def __init__(self, size: int, *, where: str) -> None:
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise BadOption(f"size={size!r}", where=where, expected="an integer >= 1")
        self.size, self.where = size, where
        self.entered = np.zeros(0, dtype=np.int64)
        self._points = np.zeros((0, 0, 0), dtype=np.float32)  # [N, C, D]

    def __len__(self) -> int:
        return len(self.entered)

    def reset(self, begun: Array) -> None:
        """Forget the points of these rows, [N] bool; another N than before begins in all rows."""
        mask = array(begun)
        if len(mask) != len(self):
            self.entered = np.zeros(len(mask), dtype=np.int64)
            self._points = np.zeros((len(mask), 0, 0), dtype=np.float32)
        else:
            self.entered = np.where(mask, 0, self.entered)

    def check(self, rows: tuple[int, ...]) -> None:
        """Begin in all rows if nothing was reset yet.

        Raises:
            BadBatch: if `rows` are not those of one step of the rows that were reset.
        """
        if len(rows) != 1:
            raise BadBatch(
                f"a batch with leading axes {rows}",
                where=self.where,
                expected="one step of N rows: the pay depends on earlier steps",
                mend="pay recorded steps [T, N] with recorded(batch) or relabel",
            )
        if not len(self):
            self.reset(np.ones(rows, dtype=bool))
        if rows[0] != len(self):
            raise BadBatch(
                f"{rows[0]} rows",
                where=self.where,
                expected=f"{len(self)} rows, as many as were reset",
                mend="call reset(begun) with one flag per row when the number of rows changes",
            )

    def nearest(self, x: np.ndarray, k: int) -> np.ndarray:
        """Squared distances [N, k] of x [N, D] to the k nearest points of each row, infinity where there are fewer."""
        used = min(int(self.entered.max(initial=0)), self.size)
        if not used:
            return np.full((len(x), k), np.inf)
        gap = self._points[:, :used] - x[:, None].astype(np.float32)
        square = np.einsum("ncd,ncd->nc", gap, gap).astype(np.float64)
        square[np.arange(used) >= self.entered[:, None]] = np.inf
        if used < k:
            square = np.concatenate([square, np.full((len(x), k - used), np.inf)], axis=1)
        return np.partition(square, k - 1, axis=1)[:, :k] if square.shape[1] > k else square

    def enter(self, x: np.ndarray, rows: np.ndarray) -> None:
        """Take in x [M, D], a point for each of the rows [M]."""
        wanted = min(int(self.entered[rows].max(initial=0)) + 1, self.size)
        if wanted > self._points.shape[1] or self._points.shape[2] != x.shape[1]:
            room = min(max(_ROOM, 2 * self._points.shape[1], wanted), self.size)
            grown = np.zeros((len(self), room, x.shape[1]), dtype=np.float32)
            if self._points.shape[2] == x.shape[1]:
                grown[:, : self._points.shape[1]] = self._points
            self._points = grown
        self._points[rows, self.entered[rows] % self.size] = x
        self.entered[rows] += 1

    def state_dict(self) -> dict[str, Any]:
        """Points [C, D, N], zeros where there is none, and how many were entered [N]; {} before the first step."""
        if not len(self):
            return {}
        there = np.arange(self._points.shape[1]) < self.entered[:, None]  # [N, C]
        shown = np.where(there[..., None], self._points, np.float32(0))
        return {"points": np.ascontiguousarray(np.moveaxis(shown, 0, -1)), "entered": self.entered.copy()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`.

        Raises:
            BadCheckpoint: if it is not one of such a memory.
        """
        if not state:
            self.reset(np.zeros(0, dtype=bool))
            return
        check_keys(state, ("points", "entered"), where=self.where)
        points, entered = np.array(state["points"], dtype=np.float32), np.asarray(state["entered"]).astype(np.int64)
        if points.ndim != 3 or entered.ndim != 1 or points.shape[2] != len(entered) or points.shape[0] > self.size:
            raise BadCheckpoint(
                f"points of shape {points.shape}", where=self.where, expected=f"[C, D, N] with C <= {self.size}"
            )
        self.entered, self._points = entered, np.ascontiguousarray(np.moveaxis(points, -1, 0))
