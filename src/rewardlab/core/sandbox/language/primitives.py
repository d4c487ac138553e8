"""The array operations that a compiled program is made of, once for NumPy and torch.

Arrays are [*event, B]: the batch is the last axis, and every axis named here is one of the event, counted from the
front. Each operation is a function of arrays (or plain numbers) and then of static arguments. All of them are pure:
they write to no argument.
"""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array

FEW = 256  # rows: below, one call is faster than a chain of them
UNROLLED = 8  # sums of fewer items are chains of additions: the order of NumPy's own sum, and faster over a batch

INFIX = {
    "add": "+", "sub": "-", "mul": "*", "div": "/", "floordiv": "//", "mod": "%", "pow": "**",
    "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!=", "and": "&", "or": "|", "xor": "^",
}  # fmt: skip
PREFIX = {"neg": "-", "not": "~", "abs": "abs"}
UNARY = (
    "exp", "expm1", "log", "log1p", "log2", "log10", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan",
    "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "floor", "ceil", "trunc", "round", "sign", "isnan",
    "isinf", "isfinite",
)  # fmt: skip
BINARY = ["maximum", "minimum", "atan2", "hypot", "copysign", "logaddexp"]
REDUCTIONS = {
    "prod": np.multiply, "max": np.maximum, "min": np.minimum, "any": np.logical_or, "all": np.logical_and,
}  # fmt: skip

Work = Callable[..., int]


def _inner_work(a: tuple[int, ...], b: tuple[int, ...]) -> int:
    """Products of a matrix product."""
    work = 1
    for n in (*a, *(b[-1:] if len(b) > 1 else ())):
        work *= n
    return work


def _outer_work(a: tuple[int, ...], b: tuple[int, ...]) -> int:
    work = 1
    for n in (*a, *b):
        work *= n
    return work


WORK: dict[str, Work] = {"matmul": _inner_work, "outer": _outer_work}
"""Numbers handled inside an operation, before its result: asked before it is run, from the arguments' shapes."""


def _front(x: Array, axis: int, i: Any) -> Array:
    return x[(slice(None),) * axis + (i,)]


def primitives(xp: Any, lift: Callable[[Any], Any] | None = None) -> dict[str, Callable[..., Array]]:
    """The operations by name, in an array namespace.

    Args:
        xp: NumPy, or torch through array-api-compat.
        lift: makes an array of a plain number, where the namespace's functions take arrays only.
    """
    held = lift or (lambda x: x)
    out: dict[str, Callable[..., Array]] = {k: getattr(operator, _NAMES.get(k, k)) for k in (*INFIX, *PREFIX)}
    for name in UNARY:
        out[name] = getattr(xp, name)
    for name in BINARY:
        out[name] = getattr(xp, name) if lift is None else _lifted(getattr(xp, name), held)
    for name in REDUCTIONS:
        out[name] = REDUCTIONS[name].reduce if xp is np else _reduction(getattr(xp, name))

    def where(c: Array, a: Array, b: Array) -> Array:
        return xp.where(held(c), held(a), held(b))

    def load(x: Array, kind: str) -> Array:
        return xp.astype(x, _dtype(xp, kind), copy=False)

    def total(x: Array, axis: int) -> Array:
        n = x.shape[axis]
        if not 0 < n < UNROLLED or (x.shape[-1] < FEW and xp is np):
            return np.add.reduce(x, axis) if xp is np else xp.sum(x, axis=axis)
        found = _front(x, axis, 0)
        for i in range(1, n):
            found = found + _front(x, axis, i)
        return found

    def norm(x: Array, axis: int) -> Array:
        return xp.sqrt(total(x * x, axis))

    def index(x: Array, at: tuple[Any, ...]) -> Array:
        return x[tuple(list(p) if isinstance(p, tuple) else p for p in at)]

    def stack(*items: Array) -> Array:
        *values, axis = items
        arrays = [held(v) if lift else np.asarray(v) for v in values]
        if len({tuple(a.shape) for a in arrays}) > 1:
            most = max(a.ndim for a in arrays)
            arrays = [a.reshape((1,) * (most - a.ndim) + tuple(a.shape)) for a in arrays]
            arrays = xp.broadcast_arrays(*arrays)
        return xp.stack(list(arrays), axis=axis)

    def concat(*items: Array) -> Array:
        *values, axis = items
        lengths = {v.shape[-1] for v in values}
        if len(lengths) > 1:
            most = max(lengths) if 0 not in lengths else 0
            values = [xp.broadcast_to(v, (*v.shape[:-1], most)) for v in values]
        return xp.concat(values, axis=axis)

    def matmul(a: Array, b: Array) -> Array:
        """[..., k] times [k] or [k, n], as NumPy has it, for at most two axes each."""
        if b.ndim > 2 and a.ndim > 2:
            return total(a[:, :, None] * b[None], 1)
        if b.ndim > 2:
            return total(a[:, None] * b, 0)
        return total(a * b, a.ndim - 2)

    def outer(a: Array, b: Array) -> Array:
        return a[:, None] * b[None]

    def take(x: Array, i: Array) -> Array:
        """x[i] for an index [B] of each step; NaN outside of the range."""
        n = x.shape[0]
        i = xp.where(i < 0, i + n, i)
        good = (i >= 0) & (i < n)
        found = held(float("nan"))
        for k in range(n):
            found = xp.where(i == k, x[k], found)
        return xp.where(good, found, held(float("nan")))

    def var(x: Array, axis: int, correction: float) -> Array:
        return xp.var(x, axis=axis, correction=correction)

    def std(x: Array, axis: int, correction: float) -> Array:
        return xp.std(x, axis=axis, correction=correction)

    def median(x: Array, axis: int) -> Array:
        ordered, n = xp.sort(x, axis=axis), x.shape[axis]
        middle = _front(ordered, axis, n // 2)
        middle = middle if n % 2 else (_front(ordered, axis, n // 2 - 1) + middle) / 2
        return xp.where(xp.any(xp.isnan(x), axis=axis), held(float("nan")), middle)

    def cumprod(x: Array, axis: int) -> Array:
        pieces = [_front(x, axis, 0)]
        for i in range(1, x.shape[axis]):
            pieces.append(pieces[-1] * _front(x, axis, i))
        return xp.stack(pieces, axis=axis)

    def cast(x: Array, kind: str) -> Array:
        return xp.astype(held(x), _dtype(xp, kind), copy=False)

    def argmax(x: Array, axis: int) -> Array:
        return xp.argmax(x, axis=axis)

    def argmin(x: Array, axis: int) -> Array:
        return xp.argmin(x, axis=axis)

    def sort(x: Array, axis: int) -> Array:
        return xp.sort(x, axis=axis)

    def argsort(x: Array, axis: int) -> Array:
        return xp.argsort(x, axis=axis, stable=True)

    def flip(x: Array, axis: int) -> Array:
        return xp.flip(x, axis=axis)

    def roll(x: Array, shift: int, axis: int) -> Array:
        return xp.roll(x, shift, axis=axis)

    def cumsum(x: Array, axis: int) -> Array:
        return xp.cumulative_sum(x, axis=axis)

    def transpose(x: Array, axes: tuple[int, ...]) -> Array:
        return xp.permute_dims(x, (*axes, x.ndim - 1))

    def reshape(x: Array, shape: tuple[int, ...]) -> Array:
        return xp.reshape(x, (*shape, x.shape[-1]))

    def broadcast(x: Array, shape: tuple[int, ...]) -> Array:
        x = xp.reshape(x, (1,) * (len(shape) + 1 - x.ndim) + tuple(x.shape))
        return xp.broadcast_to(x, (*shape, x.shape[-1]))

    functions: list[Any] = [
        where,
        load,
        norm,
        index,
        stack,
        concat,
        matmul,
        outer,
        take,
        var,
        std,
        median,
        cumsum,
        cumprod,
        cast,
    ]
    functions += [argmax, argmin, sort, argsort, flip, roll, transpose, reshape, broadcast]
    out |= {f.__name__: f for f in functions} | {"sum": total}
    return out | {"where": np.where} if xp is np else out


_NAMES = {"div": "truediv", "and": "and_", "or": "or_", "not": "invert"}


def _lifted(f: Callable[..., Array], held: Callable[[Any], Any]) -> Callable[..., Array]:
    return lambda a, b: f(held(a), held(b))


def _reduction(f: Callable[..., Array]) -> Callable[..., Array]:
    return lambda x, axis: f(x, axis=axis)


def _dtype(xp: Any, kind: str) -> Any:
    return {"float": xp.float64, "int": xp.int64, "bool": xp.bool}[kind]


NUMPY = primitives(np)
