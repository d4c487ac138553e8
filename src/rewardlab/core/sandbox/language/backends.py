"""What the names of a compiled program stand for: over a batch in NumPy, over a batch in torch, and for a single step.

A single step has no batch axis at all: the operations count their axes from the front, so the same source serves.
"""

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from rewardlab.core.sandbox.language.graph import DTYPES, Value
from rewardlab.core.sandbox.language.primitives import FEW, INFIX, NUMPY, UNROLLED, primitives


def over_batch(constants: Mapping[str, Value]) -> dict[str, Any]:
    """NumPy, the batch in the last axis; floats are computed in 64 bits."""
    names: dict[str, Any] = {f"f_{k}": f for k, f in NUMPY.items()}
    for k, d in DTYPES.items():
        names[f"f_load_{k}"] = names[f"f_cast_{k}"] = _as(d)
    names |= {"f_norm": _norms, "f_square": np.square}
    names |= {k: v.constant for k, v in constants.items()}
    return names | {"f_inf": math.inf, "f_nan": math.nan}


def over_one(constants: Mapping[str, Value]) -> dict[str, Any]:
    """NumPy for a single step, whose numbers are scalars: many times faster than arrays of one."""
    names = over_batch({})
    names |= {
        "f_where": _where, "f_maximum": _maximum, "f_minimum": _minimum, "f_norm": _norm, "f_sum": _sum,
        "f_stack": _stack, "f_concat": _concat, "f_matmul": np.matmul, "f_take": _take, "f_reshape": np.reshape,
        "f_transpose": np.transpose, "f_broadcast": _broadcast,
    }  # fmt: skip
    return names | {k: v.constant[..., 0] for k, v in constants.items() if v.constant is not None}


def _as(dtype: np.dtype) -> Callable[[Any], Any]:
    def cast(x: Any) -> Any:
        return x if x.dtype is dtype else x.astype(dtype)

    return cast


def _scalar(x: Any) -> Any:
    """A plain number as one of NumPy's, which divides by zero without complaint."""
    kind = type(x)
    return np.float64(x) if kind is float else np.int64(x) if kind is int else np.bool_(x) if kind is bool else x


def _where(c: Any, a: Any, b: Any) -> Any:
    if type(c) is np.ndarray or type(a) is np.ndarray or type(b) is np.ndarray:
        return np.where(c, a, b)
    return _scalar(a if c else b)


def _maximum(a: Any, b: Any) -> Any:
    if type(a) is np.ndarray or type(b) is np.ndarray:
        return np.maximum(a, b)
    return _scalar(a if a >= b or a != a else b)


def _minimum(a: Any, b: Any) -> Any:
    if type(a) is np.ndarray or type(b) is np.ndarray:
        return np.minimum(a, b)
    return _scalar(a if a <= b or a != a else b)


def _sum(x: np.ndarray, axis: int) -> Any:
    return np.add.reduce(x, axis) if x.ndim > 1 or len(x) >= UNROLLED or not len(x) else _scalar(sum(x.tolist()))


def _norm(x: np.ndarray, axis: int) -> Any:
    return np.float64(math.sqrt(x.dot(x))) if x.ndim == 1 else np.sqrt(_sum(x * x, axis))


def _norms(x: np.ndarray, axis: int) -> np.ndarray:
    squares = np.square(x)
    if axis == 0 and 1 < len(squares) <= 3:  # a call for each item, and faster than one for all, however few the rows
        total = squares[0] + squares[1]
        return np.sqrt(total if len(squares) == 2 else total + squares[2])
    return np.sqrt(np.add.reduce(squares, axis) if x.shape[-1] < FEW else NUMPY["sum"](squares, axis))


def _stack(*items: Any) -> np.ndarray:
    return np.array(items[:-1]) if items[-1] == 0 else np.stack(items[:-1], items[-1])


def _concat(*items: Any) -> np.ndarray:
    return np.concatenate(items[:-1], items[-1])


def _take(x: np.ndarray, i: Any) -> Any:
    if -len(x) <= i < len(x):
        return x[i]
    return np.float64(math.nan) if x.ndim == 1 else np.full(x.shape[1:], math.nan)


def _broadcast(x: Any, shape: tuple[int, ...]) -> np.ndarray:
    return np.broadcast_to(x, shape)


def over_tensors(constants: Mapping[str, Value], like: Any) -> dict[str, Any]:
    """torch, in the float type and on the device of a tensor."""
    import array_api_compat.torch as xp
    import torch

    floats = like.dtype if like.dtype.is_floating_point else torch.float64
    dtypes = {"float": floats, "int": torch.int64, "bool": torch.bool}

    def lift(x: Any) -> Any:
        if isinstance(x, torch.Tensor):
            return x
        kind = torch.bool if isinstance(x, bool) else torch.int64 if isinstance(x, int) else floats
        return torch.tensor(x, dtype=kind, device=like.device)

    table = primitives(xp, lift)
    for k in INFIX:  # torch imports parts of itself when an operator is first used, and a program cannot import
        one = torch.ones(1, dtype=torch.bool if k in ("and", "or", "xor") else floats, device=like.device)
        table[k](one, True if one.dtype is torch.bool else 1.0)
    names: dict[str, Any] = {f"f_{k}": f for k, f in table.items()}
    for k, d in dtypes.items():
        names[f"f_load_{k}"] = names[f"f_cast_{k}"] = partial(_cast, lift, d)
    for k, v in constants.items():
        assert v.constant is not None
        names[k] = torch.tensor(v.constant, dtype=dtypes[v.kind], device=like.device)
    return names | {"f_inf": math.inf, "f_nan": math.nan}


def _cast(lift: Callable[[Any], Any], dtype: Any, x: Any) -> Any:
    return lift(x).to(dtype)
