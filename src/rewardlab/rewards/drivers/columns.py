"""The info of one step as columns that are made when a reward asks for them.

A column counts only if every row that moved has it: rows without it would be paid for a number that nobody measured.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, is_torch, tree_where
from rewardlab.core.columns import columns_of

OURS = ("reward_parts", "reward_parts_below", "episode", "episode_true")  # what drivers write, hidden from rewards
BORDER = ("final_obs", "final_info", "terminal_observation", "TimeLimit.truncated")  # what the libraries write


class Columns(Mapping[str, Any]):
    """`info` of a batch, name -> [N, ...], made on demand and kept."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.made: dict[str, Any] = {}

    def whole(self, name: str) -> Any:
        """The column with all rows, or None."""
        raise NotImplementedError

    def names(self) -> list[str]:
        """Every name that some row has."""
        raise NotImplementedError

    def __getitem__(self, name: str) -> Any:
        if name not in self.made:
            value = None if name in OURS or name in BORDER else self.whole(name)
            if value is None:
                raise KeyError(name)
            self.made[name] = value
        return self.made[name]

    def __iter__(self) -> Iterator[str]:
        for name in [*self.made, *(k for k in self.names() if k not in self.made)]:
            if name in self:
                yield name

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def read(self) -> str:
        """The columns that were asked for, with their types: for messages."""
        return ", ".join(f"{k}: {_kind(v)}" for k, v in self.made.items())


class VectorColumns(Columns):
    """The columns of a `VectorEnv`'s step, with those of ended rows from `final_info`.

    Args:
        info: as the environment gave it, with `_key` masks.
        n: rows.
        done: [N] bool (NumPy) of the rows whose last step stands in `final_info`; None if nothing does.
        live: [N] bool (NumPy) of the rows that moved; None for all.
    """

    def __init__(self, info: Mapping[str, Any], n: int, *, done: Any = None, live: Any = None) -> None:
        super().__init__(n)
        self.now, self.done, self.live = info, done, live
        self.last: Mapping[str, Any] = info.get("final_info", {}) if done is not None else {}

    def names(self) -> list[str]:
        both = {**self.now, **self.last}
        return [k for k in both if not (k.startswith("_") and k[1:] in both)]

    def whole(self, name: str) -> Any:
        if self.done is None:
            return _held(self.now, name, self.n, self.live)
        last = _held(self.last, name, self.n, self.done)
        if last is None or self.done.all():
            return last
        return _merged(self.done, last, _held(self.now, name, self.n, ~self.done))


class RowColumns(Columns):
    """The columns of one dict per row."""

    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(len(rows))
        self.rows = rows

    def names(self) -> list[str]:
        return [k for k in self.rows[0] if all(k in row for row in self.rows)]

    def whole(self, name: str) -> Any:
        if not all(name in row for row in self.rows):
            return None
        return _held(columns_of([{name: row[name]} for row in self.rows]), name, self.n, None)


def _held(columns: Mapping[str, Any], name: str, n: int, needed: Any) -> Any:
    """The column if the rows of `needed` [N] bool (None for all) have it, else None."""
    value: Any = columns.get(name)
    mask = columns.get(f"_{name}")
    if mask is not None and not (mask if needed is None else mask | ~needed).all():
        return None
    if isinstance(value, Mapping):
        names = [k for k in value if not (k.startswith("_") and k[1:] in value)]
        parts = {k: _held(value, k, n, needed) for k in names}
        return {k: v for k, v in parts.items() if v is not None}
    if isinstance(value, (list, tuple)) and len(value) == n:
        value = columns_of([{name: v} for v in value])[name]
    if not (isinstance(value, np.ndarray) or is_torch(value)) or value.shape[:1] != (n,):
        return None
    if isinstance(value, np.ndarray) and value.dtype == object and all(isinstance(v, (bool, np.bool_)) for v in value):
        return value.astype(bool)
    return value


def _merged(done: np.ndarray, last: Any, now: Any) -> Any:
    """`last` where `done` holds, `now` elsewhere; names that both have."""
    if now is None:
        return None
    if isinstance(last, Mapping) or isinstance(now, Mapping):
        if not (isinstance(last, Mapping) and isinstance(now, Mapping)):
            return None
        return {k: _merged(done, v, now[k]) for k, v in last.items() if k in now}
    if last.shape != now.shape:
        return None
    mask: Array = done
    if is_torch(last):
        import torch

        mask = torch.as_tensor(done, device=last.device)
    return tree_where(mask, last, now)


def _kind(value: Any) -> str:
    if isinstance(value, Mapping):
        return "columns"
    if isinstance(value, np.ndarray) and value.dtype == object:
        return f"object array of {type(value.flat[0]).__name__}"
    return str(value.dtype)
