"""What a reward program pays as the Python that it is, one row after the other: the truth of the tests."""

import ast
import math
import typing
import warnings
from typing import Any, Literal

import numpy as np

from rewardlab.core.batch import Transitions


def _largest(*xs: Any, **more: Any) -> Any:
    """`max`, but NaN if one is NaN, as the language says."""
    found = list(xs[0]) if len(xs) == 1 else list(xs)
    return math.nan if any(x != x for x in found) else max(found, **more)


def _smallest(*xs: Any, **more: Any) -> Any:
    found = list(xs[0]) if len(xs) == 1 else list(xs)
    return math.nan if any(x != x for x in found) else min(found, **more)


def function(source: str) -> tuple[Any, list[str]]:
    """The reward function of a text of our own, and its parameters."""
    scope: dict[str, Any] = {"np": np, "math": math, "max": _largest, "min": _smallest}
    exec(compile(source.replace("@torch.jit.script", ""), "honest", "exec"), scope)
    defined = [n.name for n in ast.parse(source).body if isinstance(n, ast.FunctionDef)]
    name = next((n for n in ("reward", "compute_reward", "get_reward") if n in defined), defined[-1])
    node = next(n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef) and n.name == name)
    return scope[name], [a.arg for a in node.args.args]


def pays(source: str, batch: Transitions) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The reward of each row, [B], and its parts."""
    from core.sandbox.honest_rewards import row

    reward, names = function(source)
    tensors = "torch" in source
    totals: list[float] = []
    parts: dict[str, list[float]] = {}
    for i in range(len(batch)):
        found = {n: row(batch, i, n) for n in names}
        if tensors:
            found = {k: _tensor(v) for k, v in found.items()}
        with np.errstate(all="ignore"):
            out = reward(**found)
        out, named = out if isinstance(out, tuple) else (out, {})
        totals.append(float(out))
        for k, v in named.items():
            parts.setdefault(k, []).append(float(v))
    return np.array(totals), {k: np.array(v) for k, v in parts.items()}


def _tensor(x: Any) -> Any:
    import torch

    return {k: _tensor(v) for k, v in x.items()} if isinstance(x, dict) else torch.as_tensor(x)


PREFERRED = ("reward", "compute_reward", "get_reward")
SAFE = (
    "abs", "sum", "len", "float", "int", "bool", "round", "range", "enumerate", "zip", "pow", "any", "all",
    "sorted", "reversed", "isinstance", "list", "tuple", "dict", "str",
)  # fmt: skip


def accepted(source: str, batch: Transitions, *, by_zero: Literal["ignore", "raise"] = "ignore") -> list[float | None]:
    """What each row pays; None where the Python raises. Only for texts that the language has accepted.

    With `by_zero="raise"` NumPy's divisions by zero raise too.
    """
    import builtins

    from core.sandbox.honest_rewards import row

    allowed = {k: getattr(builtins, k) for k in SAFE} | {"max": _largest, "min": _smallest}
    allowed["__import__"] = lambda name, *_: {"numpy": np, "math": math, "typing": typing}[name]
    scope: dict[str, Any] = {"__builtins__": allowed, "np": np, "math": math, "_power": _power}
    raised = (ArithmeticError, ValueError, TypeError, LookupError, NameError, AttributeError, Warning)
    out: list[float | None] = []
    with np.errstate(all="ignore", divide=by_zero), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", np.exceptions.ComplexWarning)  # half a number is none
        try:
            tree = ast.fix_missing_locations(_RealPowers().visit(ast.parse(source.removeprefix("\ufeff"))))
            exec(compile(tree, "accepted", "exec", dont_inherit=True), scope)
        except raised:
            return [None] * len(batch)
        defined = [n for n in ast.parse(source.removeprefix("\ufeff")).body if isinstance(n, ast.FunctionDef)]
        name = next((n for n in PREFERRED if n in scope), defined[-1].name)
        wanted = [a.arg for n in defined if n.name == name for a in n.args.args if a.arg in _GIVEN]
        for i in range(len(batch)):
            try:
                paid = scope[name](**{k: _own(row(batch, i, k)) for k in wanted})
                out.append(float(paid[0] if isinstance(paid, tuple) else paid))
            except raised:
                out.append(None)
    return out


class _RealPowers(ast.NodeTransformer):
    """`a ** b` raises where Python goes on with a complex number, of which a comparison may see the real half alone.

    So do powers of integers that would take it minutes to write down.
    """

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Pow):
            return node
        return ast.Call(ast.Name("_power", ast.Load()), [node.left, node.right], [])


def _power(a: Any, b: Any) -> Any:
    if type(a) is type(b) is int and a.bit_length() * b > 4096:
        raise OverflowError("millions of digits")
    found = a**b
    if isinstance(found, complex):
        raise ValueError("a complex number")
    return found


_GIVEN = ("obs", "action", "next_obs", "info", "reward", "terminated", "truncated", "done", "prev_obs", "actions")


def _own(x: Any) -> Any:
    return {k: _own(v) for k, v in x.items()} if isinstance(x, dict) else x.copy()
