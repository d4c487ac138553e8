"""The info of one step as columns that are made when a reward asks for them.

A column counts only if every row that moved has it: rows without it would be paid for a number that nobody measured.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from rewardlab.core.columns import columns_of, held_by, step_column

OURS = ("reward_parts", "reward_parts_below", "episode", "episode_true")  # what drivers write, hidden from rewards
BORDER = ("final_obs", "final_info", "terminal_observation", "TimeLimit.truncated")  # what the libraries write


class NoColumn(KeyError):
    """A column that the step does not have: raised often and made quickly; drivers say more if nobody catches it."""


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
                raise NoColumn(name)
            self.made[name] = value
        return self.made[name]

    def __iter__(self) -> Iterator[str]:
        for name in [*self.made, *(k for k in self.names() if k not in self.made)]:
            if name in self:
                yield name

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def read(self) -> str:
        """All columns with their types: for messages."""
        list(self)  # makes them
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
        return step_column(self.now, name, self.n, done=self.done, live=self.live)


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
        return held_by(columns_of([{name: row[name]} for row in self.rows]), name, self.n, None)


def _kind(value: Any) -> str:
    if isinstance(value, Mapping):
        return "columns"
    if isinstance(value, np.ndarray) and value.dtype == object:
        return f"object array of {type(value.flat[0]).__name__}"
    return str(value.dtype)
