"""Sums, means, extremes: functions of many numbers."""

from functools import partial
from typing import Any

from rewardlab.core.sandbox.language import arithmetic
from rewardlab.core.sandbox.language.functions.elementwise import Table
from rewardlab.core.sandbox.language.graph import Number, Value
from rewardlab.core.sandbox.language.refusal import refuse


def axes_of(m: Any, x: Value, axis: Any) -> tuple[int, ...]:
    """The axes of one step that are reduced, from the last to the first."""
    n = len(x.shape)
    if axis is None:
        return tuple(range(n))[::-1]
    wanted = m.sequence(axis) if not isinstance(axis, int) else [axis]
    found = {m.integer(a, "axis", -n, n - 1) % n for a in wanted} if n else set()
    if n and len(found) != len(wanted):
        refuse(f"axis {axis} names an axis twice", m.line)
    return tuple(sorted(found))[::-1]


def reduced(op: str, kind: str | None, m: Any, x: Any, axis: Any, keepdims: Any, *static: Any) -> Number:
    """A reduction over some axes, one after the other."""
    g, x = m.g, m.number(x)
    if kind is not None:
        x = arithmetic.cast(g, x, kind)
    if not isinstance(x, Value) or x.shape == ():
        if axis is not None and axis not in (0, -1):
            refuse(f"axis {axis} of a single number", m.line)
        return _single(op, m, x)
    axes = axes_of(m, x, axis)
    if op in ("max", "min", "argmax", "argmin", "median", "mean") and any(x.shape[a] == 0 for a in axes):
        refuse(f"`{op}` of nothing", m.line)
    shape = x.shape
    if len(axes) > 1 and op in _WHOLE:
        x, axes = _merged(m, x, axes)
    for a in axes:
        x = g.apply(op, x, static=(a, *static))
    if m.flag(keepdims, "keepdims"):
        gone = {a % len(shape) for a in axes_of(m, _like(shape), axis)}
        x = m.reshaped(x, tuple(1 if i in gone else n for i, n in enumerate(shape)))
    return x


_WHOLE = ("sum", "std", "var", "median", "argmax", "argmin", "norm")
"""Those that are not the same axis by axis, or whose order of additions is that of the flat array."""


def _like(shape: tuple[int, ...]) -> Value:
    return Value(-1, "shape", (), (), shape, "float")


def _merged(m: Any, x: Value, axes: tuple[int, ...]) -> tuple[Value, tuple[int, ...]]:
    rest = [i for i in range(len(x.shape)) if i not in axes]
    moved = m.g.apply("transpose", x, static=((*rest, *sorted(axes)),)) if rest else x
    size = 1
    for a in axes:
        size *= x.shape[a]
    shape = (*(x.shape[i] for i in rest), size)
    return m.reshaped(moved, shape), (len(rest),)


def _single(op: str, m: Any, x: Number) -> Number:
    if op in ("argmax", "argmin"):
        return 0
    if op in ("std", "var"):
        return arithmetic.binary(m.g, "mul", 0.0, x)
    if op == "norm":
        from rewardlab.core.sandbox.language.functions.elementwise import absolute

        return absolute(m, x)
    return x


def total(m: Any, x: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, *, dim: Any = None) -> Number:
    """Σ."""
    x = m.number(x)
    kind = "int" if arithmetic.kind_of(x) == "bool" else None
    return reduced("sum", kind, m, x, axis if dim is None else dim, keepdims)


def mean(m: Any, x: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False, *, dim: Any = None) -> Number:
    """The mean."""
    x, axis = m.number(x), axis if dim is None else dim
    out = reduced("sum", "float", m, x, axis, keepdims)
    count = 1
    if isinstance(x, Value) and x.shape:
        for a in axes_of(m, x, axis):
            count *= x.shape[a]
    if not count:
        refuse("the mean of nothing", m.line)
    return out if count == 1 else arithmetic.binary(m.g, "div", out, float(count))


def extreme(op: str, m: Any, x: Any, axis: Any = None, keepdims: Any = False, *, dim: Any = None) -> Number:
    """The largest or smallest."""
    return reduced(op, None, m, x, axis if dim is None else dim, keepdims)


def product(m: Any, x: Any, axis: Any = None, dtype: Any = None, keepdims: Any = False) -> Number:
    """Π."""
    return reduced("prod", "float", m, x, axis, keepdims)


def logic(op: str, m: Any, x: Any, axis: Any = None, keepdims: Any = False, *, dim: Any = None) -> Number:
    """Whether any is, or all are, true."""
    return reduced(op, "bool", m, x, axis if dim is None else dim, keepdims)


def spread(
    op: str, correction: float, m: Any, x: Any, axis: Any = None, dtype: Any = None, ddof: Any = None,
    keepdims: Any = False,
) -> Number:  # fmt: skip
    """Standard deviation or variance."""
    ddof = correction if ddof is None else m.integer(ddof, "ddof", 0, 100)
    return reduced(op, "float", m, x, axis, keepdims, float(ddof))


def place(op: str, m: Any, x: Any, axis: Any = None, *, dim: Any = None) -> Number:
    """Where the largest or smallest is; the first of equals."""
    return reduced(op, None, m, x, axis if dim is None else dim, False)


def median(m: Any, x: Any, axis: Any = None, keepdims: Any = False) -> Number:
    """The middle one."""
    return reduced("median", "float", m, x, axis, keepdims)


def running(op: str, m: Any, x: Any, axis: Any = None) -> Number:
    """Sums or products so far."""
    x = m.number(x)
    x = arithmetic.cast(m.g, x, "int") if arithmetic.kind_of(x) == "bool" else x
    x = m.array(x, 1)
    if axis is None:
        x = m.reshaped(x, (m.size(x),))
    axis = m.integer(0 if axis is None else axis, "axis", -len(x.shape), len(x.shape) - 1) % len(x.shape)
    return m.g.apply(op, x, static=(axis,)) if x.shape[axis] else x


def count_nonzero(m: Any, x: Any, axis: Any = None) -> Number:
    """How many are not zero."""
    return total(m, arithmetic.cast(m.g, m.number(x), "bool"), axis)


def average(m: Any, x: Any, axis: Any = None, weights: Any = None) -> Number:
    """A weighted mean."""
    if weights is None:
        return mean(m, x, axis)
    g, w = m.g, m.number(weights)
    out = total(m, arithmetic.binary(g, "mul", m.number(x), w), axis)
    return arithmetic.binary(g, "div", out, total(m, w, axis))


def spanned(m: Any, x: Any, axis: Any = None) -> Number:
    """The largest minus the smallest."""
    return arithmetic.binary(m.g, "sub", extreme("max", m, x, axis), extreme("min", m, x, axis))


def without_nan(op: str, m: Any, x: Any, axis: Any = None) -> Number:
    """A reduction of the numbers that are not NaN."""
    g, x = m.g, arithmetic.to_float(m.g, m.number(x))
    nan = g.apply("isnan", x)
    if op in ("max", "min"):
        found = arithmetic.where(g, nan, float("-inf") if op == "max" else float("inf"), x)
        return extreme(op, m, found, axis)
    out = total(m, arithmetic.where(g, nan, 0.0, x), axis)
    if op == "sum":
        return out
    return arithmetic.binary(g, "div", out, total(m, arithmetic.opposite(g, nan), axis))


def _table() -> Table:
    out: Table = {"sum": total, "mean": mean, "prod": product, "median": median}
    out |= {k: partial(extreme, "max") for k in ("max", "amax")} | {k: partial(extreme, "min") for k in ("min", "amin")}
    out |= {k: partial(logic, k) for k in ("any", "all")}
    out |= {"std": partial(spread, "std", 0), "var": partial(spread, "var", 0)}
    out |= {k: partial(place, k) for k in ("argmax", "argmin")}
    out |= {"cumsum": partial(running, "cumsum"), "cumprod": partial(running, "cumprod")}
    out |= {f"nan{k}": partial(without_nan, k) for k in ("sum", "mean", "max", "min")}
    return out | {"count_nonzero": count_nonzero, "average": average, "ptp": spanned}


TABLE: Table = _table()
