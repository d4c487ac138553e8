"""Arithmetic of numbers, known or not: Python's where both are known, NumPy's otherwise."""

import math
import operator
from typing import Any

from rewardlab.core.sandbox.language import limits
from rewardlab.core.sandbox.language.graph import Graph, Number, Value
from rewardlab.core.sandbox.language.refusal import refuse

_PYTHON = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv,
    "floordiv": operator.floordiv, "mod": operator.mod, "and": operator.and_, "or": operator.or_, "xor": operator.xor,
    "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge, "eq": operator.eq, "ne": operator.ne,
}  # fmt: skip
COMPARISONS = frozenset({"lt", "le", "gt", "ge", "eq", "ne"})
LOGIC = frozenset({"and", "or", "xor"})
_RANK = {"bool": 0, "int": 1, "float": 2}


def is_number(x: Any) -> bool:
    """Whether `x` can stand in arithmetic."""
    return isinstance(x, (Value, float, int))


def kind_of(x: Number) -> str:
    """ "bool", "int" or "float"."""
    if isinstance(x, Value):
        return x.kind
    return "bool" if isinstance(x, bool) else "int" if isinstance(x, int) else "float"


def shape_of(x: Number) -> tuple[int, ...]:
    """The shape of one step."""
    return x.shape if isinstance(x, Value) else ()


def join(*xs: Number) -> str:
    """The kind that holds all of them."""
    return max((kind_of(x) for x in xs), key=_RANK.__getitem__)


def cast(g: Graph, x: Number, kind: str) -> Number:
    """`x` as another kind; floats become whole numbers towards zero, and stay floats in the arrays."""
    have = kind_of(x)
    if have == kind:
        return x
    if kind == "bool":
        return compare(g, "ne", x, 0)
    if kind == "int" and have == "float":
        return whole(g, x)
    if not isinstance(x, Value):
        return float(x) if kind == "float" else int(x)
    return g.apply("cast", x, static=(kind,))


def whole(g: Graph, x: Number) -> Number:
    """Rounded towards zero; a known number becomes an integer."""
    if isinstance(x, Value):
        return x if x.kind == "int" else g.apply("trunc", cast(g, x, "float"))
    if isinstance(x, float) and not abs(x) <= limits.INTEGER:
        refuse(f"int({x}) is no integer that can be used here", g.line)
    return int(x)


def to_float(g: Graph, x: Number) -> Number:
    """As a float."""
    return cast(g, x, "float")


def known(g: Graph, x: Any) -> Any:
    """A number that is known, if it is not too large.

    Raises:
        BadProgram: for a large integer, or a complex number.
    """
    if type(x) is int and abs(x) > limits.INTEGER:
        refuse("an integer is larger than 2**53", g.line, mend="write it as a float")
    if not isinstance(x, (bool, int, float)):
        refuse(f"a {type(x).__name__} is no real number", g.line)
    return x


def binary(g: Graph, op: str, a: Number, b: Number) -> Number:
    """`a op b` for an arithmetic, logical or comparing operation."""
    if op in COMPARISONS:
        return compare(g, op, a, b)
    if op == "pow":
        return power(g, a, b)
    if not isinstance(a, Value) and not isinstance(b, Value):
        try:
            return known(g, _PYTHON[op](a, b))
        except (ArithmeticError, TypeError) as error:
            refuse(f"{error}", g.line)
    kind = join(a, b)
    if op in LOGIC:
        if kind == "float":
            refuse(f"{_SIGN[op]} of a float", g.line, mend="compare first, e.g. (x > 0) & (y > 0)")
        return g.apply(op, cast(g, a, kind), cast(g, b, kind))
    if kind == "bool":
        if op in ("add", "sub"):
            word = "adding" if op == "add" else "subtracting"
            refuse(f"{word} two truth values", g.line, mend="write float(a) and float(b), or np.logical_or(a, b)")
        if op == "mul":
            return g.apply("and", cast(g, a, "bool"), cast(g, b, "bool"))
        kind = "int"
    if op == "div" or (op in ("floordiv", "mod") and not (type(b) is int and b)):
        kind = "float"
    return g.apply(op, _cast_value(g, a, kind), _cast_value(g, b, kind))


def power(g: Graph, a: Number, b: Number) -> Number:
    """`a ** b`; integers only with small exponents that are known."""
    if not isinstance(a, Value) and not isinstance(b, Value):
        return known(g, _known_power(g, a, b))
    if type(b) is int and 0 < b <= 4 and kind_of(a) == "int":
        out = a
        for _ in range(b - 1):
            out = binary(g, "mul", out, a)
        return out
    a = to_float(g, a)
    if not isinstance(b, Value) and b in (2, 3, 4):  # products: exact for 2, and many times faster than a power
        square = g.apply("mul", a, a)
        return square if b == 2 else g.apply("mul", square, a if b == 3 else square)
    if not isinstance(b, Value) and b == 0.5:
        return _root(g, a)
    return g.apply("pow", a, to_float(g, b))


def _root(g: Graph, x: Number) -> Number:
    """`x ** 0.5`: for arrays NumPy takes the square root; for single numbers -inf gives inf, and -0.0 gives 0.0."""
    if x.shape or _never_below_zero(x):
        return g.apply("sqrt", x)
    root = g.apply("sqrt", g.apply("add", x, 0.0))
    return where(g, compare(g, "eq", x, -math.inf), math.inf, root)


def _never_below_zero(x: Number, deep: int = 6) -> bool:
    """Whether it is surely a positive number, 0.0 or NaN."""
    if not isinstance(x, Value):
        return x > 0
    if x.op in ("abs", "exp", "norm") or (x.op == "mul" and x.args[0] is x.args[1]):
        return True
    return deep > 0 and x.op in ("add", "sum", "index") and all(_never_below_zero(v, deep - 1) for v in x.args)


def _known_power(g: Graph, a: Any, b: Any) -> Any:
    if isinstance(a, int) and isinstance(b, int) and b >= 0:
        if abs(a) <= 1:
            return int(a) ** (b % 2 or 2) if b else 1
        if b > 64 or (int(a).bit_length() - 1) * b > 64:
            refuse("a power is too large for an integer", g.line, mend="write the base as a float")
        return int(a) ** int(b)
    try:
        return float(a) ** float(b)
    except ArithmeticError as error:
        refuse(f"{a} ** {b}: {error}", g.line)


def compare(g: Graph, op: str, a: Number, b: Number) -> Number:
    """`a op b` as truth values."""
    if not isinstance(a, Value) and not isinstance(b, Value):
        return bool(_PYTHON[op](a, b))
    kind = join(a, b)
    return g.apply(op, _cast_value(g, a, kind), _cast_value(g, b, kind))


def negative(g: Graph, x: Number) -> Number:
    """`-x`."""
    if kind_of(x) == "bool":
        x = cast(g, x, "int")
    return g.apply("neg", x) if isinstance(x, Value) else -x


def truth(g: Graph, x: Number) -> Number:
    """Whether `x` is not zero, for one number a step.

    Raises:
        BadProgram: for an array of several numbers.
    """
    if not isinstance(x, Value):
        return bool(x)
    if x.shape != ():
        if any(n != 1 for n in x.shape):
            refuse(
                f"an array of shape {x.shape} is neither true nor false",
                g.line,
                mend="use np.any(...) or np.all(...), or np.where for a choice in each place",
            )
        x = g.apply("index", x, static=((0,) * len(x.shape),))
    return x if kind_of(x) == "bool" else compare(g, "ne", x, 0)


def opposite(g: Graph, x: Number) -> Number:
    """`not x` of truth values."""
    return g.apply("not", x) if isinstance(x, Value) else not x


def both(g: Graph, a: Number, b: Number) -> Number:
    """`a and b` of truth values."""
    if not isinstance(a, Value):
        return b if a else False
    if not isinstance(b, Value):
        return a if b else False
    return g.apply("and", a, b)


def either(g: Graph, a: Number, b: Number) -> Number:
    """`a or b` of truth values."""
    if not isinstance(a, Value):
        return True if a else b
    if not isinstance(b, Value):
        return True if b else a
    return g.apply("or", a, b)


def where(g: Graph, c: Number, a: Number, b: Number) -> Number:
    """`a` where `c` holds, `b` elsewhere."""
    if not isinstance(c, Value):
        return a if c else b
    if same(a, b):
        return a
    kind = join(a, b)
    return g.apply("where", cast(g, c, "bool"), cast(g, a, kind), cast(g, b, kind))


def same(a: Any, b: Any) -> bool:
    """Whether two values are surely the same."""
    if isinstance(a, (Value, float, int)) and isinstance(b, (Value, float, int)):
        if isinstance(a, Value) or isinstance(b, Value):
            return a is b
        return type(a) is type(b) and a == b and (a != 0 or math.copysign(1, a) == math.copysign(1, b))
    return a is b


_SIGN = {"and": "&", "or": "|", "xor": "^"}


def _cast_value(g: Graph, x: Number, kind: str) -> Number:
    """A value of the batch as `kind`; plain numbers stay, since they adapt to what they meet."""
    return cast(g, x, kind) if isinstance(x, (Value, bool)) else x
