"""Role `rowwise`: a reward in plain Python, called once per row.

The program is any Python and NumPy. Arguments that it never names are not sent.
"""

import ast
import inspect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any

import numpy as np

from rewardlab.core.arrays import Tree
from rewardlab.core.sandbox.jail import steps
from rewardlab.core.sandbox.jail.statements import execute, told

FILE = "<reward>"
NAMES = {
    "obs": "obs",
    "observation": "obs",
    "prev_obs": "obs",
    "action": "action",
    "actions": "action",
    "next_obs": "next_obs",
    "next_observation": "next_obs",
    "info": "info",
    "reward": "reward",
    "terminated": "terminated",
    "truncated": "truncated",
    "done": "done",
}
"""Parameter of a program -> column of the steps."""
REFLECTING = {"locals", "vars", "eval", "exec", "inspect", "sys"}
"""Who reads one of these may read its arguments without naming them."""
PREFERRED = ("reward", "compute_reward", "get_reward", "compute_dense_reward")


class Rowwise:
    """Opens a program, then pays rows."""

    def __init__(self) -> None:
        self.pay: Callable[..., Any] | None = None
        self.columns: list[str | None] = []
        self.layout: steps.Layout = {}

    def __call__(self, message: dict[str, Any], block: bytearray) -> tuple[dict[str, Any], bytes]:
        """{"source"} -> {"columns"}; {"rows", "layout" if it is another} and steps -> {"parts"} and [1 + K, rows].

        Where the program fails: {"error", "row"}.
        """
        at = [-1]
        try:
            if "source" in message:
                self.columns = self._opened(message["source"])
                return {"columns": [c for c in self.columns if c]}, b""
            self.layout = message.get("layout", self.layout)
            return self._paid(message["rows"], block, at)
        except BaseException as e:
            return {"error": told(e, file=FILE), "row": at[0]}, b""

    def _paid(self, rows: int, block: bytearray, at: list[int]) -> tuple[dict[str, Any], bytes]:
        given = steps.from_bytes(self.layout, rows, block)
        arguments = [_rows(given[c], rows) if c else repeat(None, rows) for c in self.columns]
        said: list[Any] = []
        keep, pay = said.append, self.pay
        assert pay is not None
        try:
            for one in zip(*arguments, strict=True) if arguments else repeat((), rows):
                keep(pay(*one))
        except BaseException:
            at[0] = len(said)
            raise
        names, out = _plainly(said) or _one_by_one(said, at)
        return {"parts": names}, out.tobytes()

    def _opened(self, source: str) -> list[str | None]:
        """Run the text, find its function; the column that each argument is, None for one that it never reads."""
        space: dict[str, Any] = {"__name__": "reward", "np": np, "math": math}
        execute(source, space, file=FILE)
        functions = [v for v in space.values() if inspect.isfunction(v) and v.__module__ == "reward"]
        if not functions:
            raise TypeError("the program defines no function; expected: def reward(obs, action, next_obs, info)")
        named = [space[n] for n in PREFERRED if space.get(n) in functions]
        self.pay = (named or functions[-1:])[0]
        said = {n.id for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name)}
        if said & REFLECTING:
            said |= set(NAMES)
        columns: list[str | None] = []
        for name, parameter in inspect.signature(self.pay).parameters.items():
            if name in NAMES:
                columns.append(NAMES[name] if name in said else None)
            elif parameter.default is inspect.Parameter.empty:
                raise TypeError(f"parameter {name!r} is none of {', '.join(NAMES)}")
            else:
                break  # it and those after it keep their defaults
        return columns


def _plainly(said: list[Any]) -> tuple[list[str], np.ndarray] | None:
    """The names and [1 + K, rows] of what all rows said in the same words; None where one said it in others."""
    named: tuple[Any, ...] = ()
    total: Sequence[Any] = said
    if said and type(said[0]) is tuple:
        if set(map(type, said)) != {tuple} or set(map(len, said)) != {2}:
            return None
        total, named = zip(*said, strict=True)
        if set(map(type, named)) != {dict} or len(set(map(len, named))) > 1:
            return None
    names = list(named[0]) if named else []
    out = np.empty((1 + len(names), len(said)))
    try:
        for row, column in zip(out, (total, *([one[name] for one in named] for name in names)), strict=True):
            numbers = np.array(column)  # of their own kind first: single precision is read twice as fast
            if numbers.dtype.kind not in steps.NUMBERS or numbers.ndim != 1:
                return None
            row[:] = numbers
    except Exception:  # it says so again, with its row
        return None
    return (list(map(str, names)), out) if np.isfinite(out).all() else None


def _one_by_one(said: list[Any], at: list[int]) -> tuple[list[str], np.ndarray]:
    """The same of whatever rows said; a part that a row does not name is 0 there."""
    values: list[float] = []
    parts: dict[str, list[float]] = {}
    for paid in said:
        at[0] = len(values)
        if type(paid) is tuple:
            paid, named = paid
            for name, value in named.items():
                column = parts.setdefault(name, [])
                column.extend([0.0] * (len(values) - len(column)))  # earlier steps did not name it
                column.append(float(value))
        values.append(float(paid))
    for column in parts.values():
        column.extend([0.0] * (len(said) - len(column)))
    at[0] = -1
    return [str(k) for k in parts], np.array([values, *parts.values()], dtype=np.float64)


def _rows(tree: Tree, rows: int) -> Iterator[Any]:
    """One item per row: an array, a number, or a dict of them."""
    if isinstance(tree, Mapping):
        names = list(tree)
        if not names:
            return ({} for _ in range(rows))
        return (
            dict(zip(names, one, strict=True)) for one in zip(*(_rows(v, rows) for v in tree.values()), strict=True)
        )
    if isinstance(tree, tuple):
        return zip(*(_rows(v, rows) for v in tree), strict=True) if tree else repeat((), rows)
    return iter(tree)
