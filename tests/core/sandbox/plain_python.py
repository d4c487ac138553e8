"""What a reward program pays when it is run as the Python that it is, one row after the other: the truth of the tests."""

import ast
import math
from typing import Any

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
