"""Role `rowwise`: a reward in plain Python, called once per row.

The program is any Python and NumPy; it is executed here, behind every layer, and nowhere else.
"""

import inspect
import math
from collections.abc import Callable, Iterator, Mapping
from itertools import repeat
from typing import Any

import numpy as np

from rewardlab.core.arrays import Tree
from rewardlab.core.sandbox.jail import steps
from rewardlab.core.sandbox.jail.statements import told

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
}
"""Parameter of a program -> column of the steps."""
PREFERRED = ("reward", "compute_reward", "get_reward", "compute_dense_reward")


class Rowwise:
    """Opens a program, then pays rows."""

    def __init__(self) -> None:
        self.pay: Callable[..., Any] | None = None
        self.columns: list[str] = []

    def __call__(self, message: dict[str, Any], block: bytearray) -> tuple[dict[str, Any], bytes]:
        """{"source"} -> {"columns"}; {"rows", "layout"} and steps -> {"parts"} and float64 [1 + K, rows].

        Where the program fails: {"error", "row"}.
        """
        row = -1
        try:
            if "source" in message:
                return {"columns": self._open(message["source"])}, b""
            given = steps.from_bytes(message["layout"], message["rows"], block)
            if self.columns:
                rows: Iterator[Any] = zip(*(_rows(given[c], message["rows"]) for c in self.columns), strict=True)
            else:
                rows = repeat((), message["rows"])
            values: list[float] = []
            parts: dict[str, np.ndarray] = {}
            pay = self.pay
            assert pay is not None
            for row, one in enumerate(rows):
                paid = pay(*one)
                if type(paid) is tuple:
                    paid, named = paid
                    for name, value in named.items():
                        column = parts.get(name)
                        if column is None:
                            column = parts[name] = np.zeros(message["rows"])
                        column[row] = value
                values.append(paid if type(paid) is float else float(paid))
            out = np.array([values, *parts.values()], dtype=np.float64)
            return {"parts": [str(k) for k in parts]}, out.tobytes()
        except BaseException as e:
            return {"error": told(e, file=FILE), "row": row}, b""

    def _open(self, source: str) -> list[str]:
        space: dict[str, Any] = {"__name__": "reward", "np": np, "math": math}
        exec(compile(source, FILE, "exec"), space)
        functions = [v for v in space.values() if inspect.isfunction(v) and v.__module__ == "reward"]
        if not functions:
            raise TypeError("the program defines no function; expected: def reward(obs, action, next_obs, info)")
        named = [space[n] for n in PREFERRED if space.get(n) in functions]
        self.pay = (named or functions[-1:])[0]
        self.columns = []
        for name, parameter in inspect.signature(self.pay).parameters.items():
            if name in NAMES:
                self.columns.append(NAMES[name])
            elif parameter.default is inspect.Parameter.empty:
                raise TypeError(f"parameter {name!r} is none of {', '.join(NAMES)}")
            else:
                break  # it and those after it keep their defaults
        return self.columns


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
