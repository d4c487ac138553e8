"""Functions of each number by itself."""

import math
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

from rewardlab.core.sandbox.language import arithmetic
from rewardlab.core.sandbox.language.graph import Number, Value
from rewardlab.core.sandbox.language.refusal import refuse

FLOATS = {
    "exp": "exp", "expm1": "expm1", "log": "log", "log1p": "log1p", "log2": "log2", "log10": "log10", "sqrt": "sqrt",
    "sin": "sin", "cos": "cos", "tan": "tan", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "asin": "asin",
    "acos": "acos", "atan": "atan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "arcsinh": "asinh",
    "arccosh": "acosh", "arctanh": "atanh", "asinh": "asinh", "acosh": "acosh", "atanh": "atanh",
}  # fmt: skip
ROUNDED = {"floor": "floor", "ceil": "ceil", "trunc": "trunc", "fix": "trunc", "rint": "round"}
TESTS = ("isnan", "isinf", "isfinite")
PAIRS = {
    "arctan2": "atan2", "atan2": "atan2", "hypot": "hypot", "copysign": "copysign", "logaddexp": "logaddexp",
}  # fmt: skip
OPERATORS = {
    "add": "add", "subtract": "sub", "multiply": "mul", "divide": "div", "true_divide": "div",
    "floor_divide": "floordiv", "mod": "mod", "remainder": "mod", "power": "pow", "float_power": "pow",
    "greater": "gt", "greater_equal": "ge", "less": "lt", "less_equal": "le", "equal": "eq", "not_equal": "ne",
}  # fmt: skip

Table = dict[str, Callable[..., Any]]


def unary(op: str, m: Any, x: Any) -> Number:
    """A float function of each number."""
    return m.g.apply(op, arithmetic.to_float(m.g, m.number(x)))


def rounded(op: str, m: Any, x: Any) -> Number:
    """A rounding of each number; integers stay as they are."""
    x = m.number(x)
    return x if arithmetic.kind_of(x) == "int" else m.g.apply(op, arithmetic.to_float(m.g, x))


def pair(op: str, m: Any, a: Any, b: Any) -> Number:
    """A float function of two numbers."""
    g = m.g
    return g.apply(op, arithmetic.to_float(g, m.number(a)), arithmetic.to_float(g, m.number(b)))


def infix(op: str, m: Any, a: Any, b: Any) -> Number:
    """An operator as a function."""
    return arithmetic.binary(m.g, op, m.number(a), m.number(b))


def extreme(op: str, m: Any, a: Any, b: Any) -> Number:
    """The larger or smaller of two numbers; NaN if one is."""
    g, a, b = m.g, m.number(a), m.number(b)
    kind = arithmetic.join(a, b)
    kind = "int" if kind == "bool" else kind
    return g.apply(op, arithmetic.cast(g, a, kind), arithmetic.cast(g, b, kind))


def absolute(m: Any, x: Any) -> Number:
    """|x|."""
    x = m.number(x)
    if arithmetic.kind_of(x) == "bool":
        return arithmetic.cast(m.g, x, "int")
    return m.g.apply("abs", x) if isinstance(x, Value) else abs(x)


def sign(m: Any, x: Any) -> Number:
    """-1, 0 or 1."""
    x = m.number(x)
    return m.g.apply("sign", arithmetic.to_float(m.g, x))


def clip(m: Any, x: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Number:
    """`x` held between two bounds; None is no bound."""
    low, high = a_min if a_min is not None else min, a_max if a_max is not None else max
    x = m.number(x)
    if low is not None:
        x = extreme("maximum", m, x, low)
    return x if high is None else extreme("minimum", m, x, high)


def where(m: Any, condition: Any, x: Any, y: Any) -> Number:
    """A choice in each place."""
    condition = m.number(condition)
    if not isinstance(condition, Value):
        condition = bool(condition)
        shape = [arithmetic.shape_of(m.number(v)) for v in (x, y)]
        if shape[0] == shape[1]:
            return m.number(x) if condition else m.number(y)
    g, x, y = m.g, m.number(x), m.number(y)
    kind = arithmetic.join(x, y)
    return g.apply(
        "where", arithmetic.cast(g, condition, "bool"), arithmetic.cast(g, x, kind), arithmetic.cast(g, y, kind)
    )


def logical(op: str, m: Any, a: Any, b: Any) -> Number:
    """And, or, exclusive or of truth values."""
    g = m.g
    return arithmetic.binary(g, op, arithmetic.cast(g, m.number(a), "bool"), arithmetic.cast(g, m.number(b), "bool"))


def logical_not(m: Any, x: Any) -> Number:
    """The opposite truth value."""
    return arithmetic.opposite(m.g, arithmetic.cast(m.g, m.number(x), "bool"))


def test(op: str, m: Any, x: Any) -> Number:
    """Whether each number is NaN, infinite or finite."""
    return m.g.apply(op, arithmetic.to_float(m.g, m.number(x)))


def scaled(factor: float, m: Any, x: Any) -> Number:
    """A change of unit."""
    return arithmetic.binary(m.g, "mul", m.number(x), factor)


def square(m: Any, x: Any) -> Number:
    """x²."""
    x = m.number(x)
    return arithmetic.binary(m.g, "mul", x, x)


def reciprocal(m: Any, x: Any) -> Number:
    """1 / x."""
    return arithmetic.binary(m.g, "div", 1.0, m.number(x))


def negative(m: Any, x: Any) -> Number:
    """-x."""
    return arithmetic.negative(m.g, m.number(x))


def rounding(m: Any, x: Any, decimals: Any = 0) -> Number:
    """To so many decimals, halves to even."""
    x, decimals = m.number(x), m.integer(decimals, "decimals", 0, 15)
    if arithmetic.kind_of(x) != "float":
        return x
    if not decimals:
        return m.g.apply("round", x)
    scale = 10.0**decimals
    out = m.g.apply("round", arithmetic.binary(m.g, "mul", x, scale))
    return arithmetic.binary(m.g, "div", out, scale)


def nan_to_num(m: Any, x: Any, copy: Any = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Number:
    """NaN and infinities as numbers."""
    if not m.flag(copy, "copy"):
        refuse("copy=False would change an array in place", m.line, mend="write `x = np.nan_to_num(x)`")
    g, x = m.g, arithmetic.to_float(m.g, m.number(x))
    most = 1.7976931348623157e308
    high = most if posinf is None else m.number(posinf)
    low = -most if neginf is None else m.number(neginf)
    x = arithmetic.where(g, g.apply("isnan", x), m.number(nan), x)
    return (
        extreme("minimum", m, extreme("maximum", m, x, low), high)
        if posinf is None and neginf is None
        else (
            arithmetic.where(
                g,
                arithmetic.compare(g, "eq", x, math.inf),
                high,
                arithmetic.where(g, arithmetic.compare(g, "eq", x, -math.inf), low, x),
            )
        )
    )


def isclose(m: Any, a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8) -> Number:
    """|a - b| <= atol + rtol |b|, as NumPy has it."""
    g, a, b = m.g, m.number(a), m.number(b)
    gap = absolute(m, arithmetic.binary(g, "sub", arithmetic.to_float(g, a), arithmetic.to_float(g, b)))
    room = arithmetic.binary(g, "add", atol, arithmetic.binary(g, "mul", rtol, absolute(m, arithmetic.to_float(g, b))))
    return arithmetic.compare(g, "le", gap, room)


def sigmoid(m: Any, x: Any) -> Number:
    """1 / (1 + exp(-x))."""
    g = m.g
    e = g.apply("exp", arithmetic.negative(g, arithmetic.to_float(g, m.number(x))))
    return arithmetic.binary(g, "div", 1.0, arithmetic.binary(g, "add", 1.0, e))


def relu(m: Any, x: Any) -> Number:
    """max(x, 0)."""
    return extreme("maximum", m, x, 0.0)


def interp(m: Any, x: Any, xp: Any, fp: Any) -> Number:
    """Piecewise linear through known points, constant outside."""
    g, x = m.g, arithmetic.to_float(m.g, m.number(x))
    at, to = m.sequence(xp), m.sequence(fp)
    if len(at) != len(to) or not at or any(isinstance(v, Value) or not arithmetic.is_number(v) for v in at):
        refuse("np.interp needs as many known points as values", m.line)
    if any(b <= a for a, b in pairwise(at)):
        refuse("the points of np.interp must increase", m.line)
    out = to[-1]
    for i in range(len(at) - 2, -1, -1):
        slope = arithmetic.binary(g, "div", arithmetic.binary(g, "sub", to[i + 1], to[i]), float(at[i + 1] - at[i]))
        line = arithmetic.binary(g, "mul", slope, arithmetic.binary(g, "sub", x, at[i]))
        line = arithmetic.binary(g, "add", line, to[i])
        out = arithmetic.where(g, arithmetic.compare(g, "lt", x, at[i + 1]), line, out)
    return arithmetic.where(g, arithmetic.compare(g, "lt", x, at[0]), to[0], out)


def _table() -> Table:
    out: Table = {k: partial(unary, op) for k, op in FLOATS.items()}
    out |= {k: partial(rounded, op) for k, op in ROUNDED.items()}
    out |= {k: partial(test, k) for k in TESTS}
    out |= {k: partial(pair, op) for k, op in PAIRS.items()}
    out |= {k: partial(infix, op) for k, op in OPERATORS.items()}
    out |= {k: partial(extreme, "maximum") for k in ("maximum", "fmax")}
    out |= {k: partial(extreme, "minimum") for k in ("minimum", "fmin")}
    out |= dict.fromkeys(("abs", "absolute", "fabs"), absolute)
    out |= {k: partial(scaled, math.pi / 180) for k in ("deg2rad", "radians")}
    out |= {k: partial(scaled, 180 / math.pi) for k in ("rad2deg", "degrees")}
    out |= {f"logical_{op}": partial(logical, op) for op in ("and", "or", "xor")}
    out |= {f"bitwise_{op}": partial(infix, op) for op in ("and", "or", "xor")}
    out |= dict.fromkeys(("round", "around", "round_"), rounding)
    return out | {
        "sign": sign, "clip": clip, "where": where, "logical_not": logical_not, "square": square,
        "reciprocal": reciprocal, "negative": negative, "nan_to_num": nan_to_num, "isclose": isclose, "interp": interp,
    }  # fmt: skip


TABLE: Table = _table()
