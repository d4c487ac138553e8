"""Count-based bonus.

    b(s') = β / √n(s'),    n(s') = visits to s', this one included

Pays for rarely seen states; with β of the size of a model's error it makes a learner optimistic to the right degree. An
unseen state pays β, and a state that was counted n times pays β / √(n + 1).

Source: Strehl, Littman, "An Analysis of Model-Based Interval Estimation for Markov Decision Processes", JCSS 2008,
Section 4 (MBIE-EB); Bellemare, Srinivasan, Ostrovski, Schaul, Saxton, Munos, "Unifying Count-Based Exploration and
Intrinsic Motivation", NeurIPS 2016, Section 5 (the bonus on states).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from rewardlab.core.arrays import Array, Tree, array, is_torch, tensor, tree_leaves, tree_map
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch
from rewardlab.core.reward import Reward

_TABLE = 1 << 24  # integers below this are their own row of a table of counts (at most 128 MB)


@dataclass
class CountBonus(Reward):
    """Pays β / √n of the state that a step reached, by exact lifelong counts.

    States are counted by `update` alone, so a call pays by the counts of the last update. Observations that are one
    integer [B] (Discrete) have a table; all others are told apart by their bytes, so their type matters: -0.0 equals
    0.0, but float32 and float64 are different states. An observation with NaN pays NaN and is not counted.

    Args:
        beta: what an unseen state pays.
        key: observations [B, *obs] -> what is counted, [B] integers or [B, ...] arrays: a position, a coarse grid,
            some parts of a Dict observation. None counts whole observations; a name counts what that column of `info`
            says of the state reached, `key="agent_pos"`, which an agent need not see.

    Raises:
        BadBatch: from `update`, for an observation with NaN.
        MissingColumn: when called, for a column that the environment does not give.
    """

    beta: float = 1.0
    key: Callable[[Tree], Tree] | str | None = None
    invariance: ClassVar[Literal["exact", "limit", "no"]] = "limit"

    def __post_init__(self) -> None:
        self._table = np.zeros(0, dtype=np.int64)  # counts of the integers 0, 1, 2, ...
        self._index: dict[bytes, int] = {}  # bytes of other states -> their place in _counts
        self._counts = np.zeros(0, dtype=np.int64)

    def __call__(self, batch: Transitions) -> Array:
        pay = self.beta / np.sqrt(self.counts(self._reached(batch), rows=batch.shape) + 1.0)
        return tensor(pay, like=batch.reward) if is_torch(batch.reward) else pay

    def counts(self, obs: Tree, *, rows: tuple[int, ...]) -> np.ndarray:
        """How often each observation was counted: float64 of shape `rows`, the leading axes; NaN where it has NaN.

        With the name of a column as key, `obs` is what stands in that column.
        """
        number, other, faulty = self._states(obs, rows)
        seen = np.zeros(len(number))
        known = (number >= 0) & (number < len(self._table))
        seen[known] = self._table[number[known]]
        if other:
            places = np.array([self._index.get(s, -1) for s in other], dtype=np.int64)
            seen[number < 0] = np.append(self._counts, 0)[places]  # place -1: the 0 at the end
        seen[faulty] = np.nan
        return seen.reshape(rows)

    def update(self, batch: Transitions) -> dict[str, float]:
        number, other, faulty = self._states(self._reached(batch), batch.shape)
        if faulty.any():
            raise BadBatch(f"{int(faulty.sum())} observations with NaN", where="CountBonus.update", expected="numbers")
        small = number[number >= 0]
        self._table = _grown(self._table, int(small.max(initial=-1)) + 1)
        np.add.at(self._table, small, 1)
        places = np.array([self._index.setdefault(s, len(self._index)) for s in other], dtype=np.int64)
        self._counts = _grown(self._counts, len(self._index))
        np.add.at(self._counts, places, 1)
        return {f"{self.name}/states": float(np.count_nonzero(self._table) + len(self._index))}

    def _reached(self, batch: Transitions) -> Tree:
        """What says which state each step reached."""
        return batch.column(self.key, by=self.name) if isinstance(self.key, str) else batch.next_obs

    def _states(self, obs: Tree, rows: tuple[int, ...]) -> tuple[np.ndarray, list[bytes], np.ndarray]:
        """Row by row: a small integer or -1 [B]; the bytes of those that have -1; and which have NaN [B]."""
        n = math.prod(rows)
        tree = tree_map(array, self.key(obs) if callable(self.key) else obs)
        leaves = [x.reshape(n, *x.shape[len(rows) :]) for x in tree_leaves(tree)]
        number, faulty = np.full(n, -1, dtype=np.int64), np.zeros(n, dtype=bool)
        if len(leaves) == 1 and leaves[0].ndim == 1 and leaves[0].dtype.kind in "iub":
            x = leaves[0]
            number = np.where((x >= 0) & (x < _TABLE), x.astype(np.int64), -1)
            leaves = [x[number < 0]]
        columns = []
        for x in leaves:
            if x.dtype == object:  # text
                columns.append([str(v).encode() for v in x])
                continue
            flat = x.reshape(len(x), math.prod(x.shape[1:]))
            if x.dtype.kind == "f":
                faulty |= np.isnan(flat).any(-1)
                flat = flat + flat.dtype.type(0)  # -0.0 becomes 0.0
            columns.append(_bytes(flat))
        if len(columns) > 1:  # lengths first, or two texts could join in two ways
            columns = [[len(s).to_bytes(4, "little") + s for s in c] for c in columns]
        return number, [b"".join(c) for c in zip(*columns, strict=True)] if len(columns) > 1 else columns[0], faulty

    def state_dict(self) -> dict[str, Any]:
        used = int(np.flatnonzero(self._table).max(initial=-1)) + 1
        return {
            "table": self._table[:used].copy(),
            "bytes": np.frombuffer(b"".join(self._index), dtype=np.uint8).copy(),  # one state after the other
            "lengths": np.array([len(s) for s in self._index], dtype=np.int64),
            "counts": self._counts[: len(self._index)].copy(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("table", "bytes", "lengths", "counts"), where="CountBonus")
        data, ends = np.asarray(state["bytes"], dtype=np.uint8).tobytes(), np.cumsum(state["lengths"]).tolist()
        starts = [0, *ends[:-1]]
        self._index = {data[a:b]: i for i, (a, b) in enumerate(zip(starts, ends, strict=False))}
        self._table = np.array(state["table"], dtype=np.int64)
        self._counts = np.array(state["counts"], dtype=np.int64)


def _bytes(flat: np.ndarray) -> list[bytes]:
    """The bytes of each row of [B, D]."""
    if not flat.size:
        return [b""] * len(flat)
    whole = np.ascontiguousarray(flat)
    rows: list[bytes] = whole.view(np.dtype((np.void, whole.dtype.itemsize * whole.shape[1])))[:, 0].tolist()
    return rows


def _grown(counts: np.ndarray, size: int) -> np.ndarray:
    """`counts` with room for `size` of them, doubling, so that growth is cheap."""
    if size <= len(counts):
        return counts
    return np.concatenate([counts, np.zeros(max(size, 2 * len(counts)) - len(counts), dtype=np.int64)])
