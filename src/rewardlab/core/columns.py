"""Info in its two forms: one dict of columns for N rows, as `VectorEnv` has it, and one dict per row, as `VecEnv` has.

A column `key` [N, ...] stands beside its mask `_key` [N] bool, which says which rows have it; without a mask all have.
A nested dict is a dict of columns. What is no array of N rows is shared by all rows.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rewardlab.core.arrays import array, is_torch, tensor, tree_where

Row = Mapping[str, Any]


def numpy_columns(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The same columns as NumPy arrays; copies only what lies on a device. Call it once before `rows_of`."""
    return {k: numpy_columns(v) if isinstance(v, Mapping) else _numpy(v) for k, v in columns.items()}


def rows_of(columns: Mapping[str, Any], index: np.ndarray, n: int) -> list[dict[str, Any]]:
    """What the rows `index` [M] of n have in `numpy_columns`, one dict each, in memory of their own."""
    out: list[dict[str, Any]] = [{} for _ in index]
    for key, column in columns.items():
        if key.startswith("_") and key[1:] in columns:
            continue
        mask, rows, held = columns.get(f"_{key}"), index, out
        if mask is not None and not (has := mask[index]).all():
            rows, held = index[has], [own for own, yes in zip(out, has, strict=True) if yes]
        for own, value in zip(held, _values(column, rows, n), strict=True):
            own[key] = value
    return out


def _values(column: Any, rows: np.ndarray, n: int) -> list[Any]:
    if isinstance(column, Mapping):
        return rows_of(column, rows, n)
    picked = column[rows] if column.ndim and len(column) == n else np.array([column] * len(rows))
    if picked.dtype == bool and picked.ndim == 1:
        return picked.tolist()
    if picked.dtype != object:
        return list(picked)
    return [v.copy() if isinstance(v, np.ndarray) else bool(v) if isinstance(v, np.bool_) else v for v in picked]


def columns_of(rows: Sequence[Row | None]) -> dict[str, Any]:
    """Columns [N, ...] of N rows, None for a row that has nothing; no value changes on the way.

    A column of numbers or equally shaped arrays of one kind is an array, zero where the mask is not set; a column of
    dicts is a dict of columns; all else is an object array, None where the mask is not set.
    """
    out: dict[str, Any] = {}
    for key in dict.fromkeys(k for row in rows if row for k in row):
        mask = np.array([row is not None and key in row for row in rows])
        out[key], out[f"_{key}"] = _column([row[key] for row in rows if row is not None and key in row], mask), mask
    return out


def _column(held: list[Any], mask: np.ndarray) -> Any:
    where = np.flatnonzero(mask)
    if all(isinstance(v, Mapping) for v in held):
        rows: list[Row | None] = [None] * len(mask)
        for i, v in zip(where, held, strict=True):
            rows[i] = v
        return columns_of(rows)
    if all(isinstance(v, (bool, int, float, np.number, np.bool_, np.ndarray)) for v in held):
        parts = [np.asarray(v) for v in held]
        kind = np.result_type(*{p.dtype for p in parts})
        if len({p.shape for p in parts}) == 1 and kind.kind != "O" and all(p.dtype.kind == kind.kind for p in parts):
            column = np.zeros((len(mask), *parts[0].shape), dtype=kind)
            column[mask] = parts
            return column
    column = np.full(len(mask), None, dtype=object)
    for i, v in zip(where, held, strict=True):
        column[i] = v
    return column


def _numpy(value: Any) -> np.ndarray:
    if is_torch(value) or not isinstance(value, (list, tuple)):
        return array(value)
    column = np.empty(len(value), dtype=object)  # lists of lists keep their lengths
    for i, v in enumerate(value):
        column[i] = v
    return column


def step_column(info: Mapping[str, Any], name: str, n: int, *, done: Any = None, live: Any = None) -> Any:
    """A column [N, ...] of one step of a `VectorEnv`, if every row that moved has it; else None.

    Args:
        info: as the environment gave it, with `_key` masks.
        name: of the column.
        n: rows.
        done: [N] bool (NumPy) of the rows whose last step stands in `final_info`; None if nothing does.
        live: [N] bool (NumPy) of the rows that moved; None for all.
    """
    if done is None:
        return held_by(info, name, n, live)
    last = held_by(info.get("final_info", {}), name, n, done)
    if last is None or done.all():
        return last
    return _merged(done, last, held_by(info, name, n, ~done))


def held_by(columns: Mapping[str, Any], name: str, n: int, needed: Any) -> Any:
    """The column `name` [N, ...] if the rows of `needed` [N] bool (None for all) have it, else None."""
    value: Any = columns.get(name)
    mask = columns.get(f"_{name}")
    if mask is not None and not (mask if needed is None else mask | ~needed).all():
        return None
    if isinstance(value, Mapping):
        names = [k for k in value if not (k.startswith("_") and k[1:] in value)]
        parts = {k: held_by(value, k, n, needed) for k in names}
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
    return tree_where(tensor(done, device=last.device) if is_torch(last) else done, last, now)
