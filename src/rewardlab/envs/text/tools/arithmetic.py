"""Exact arithmetic within bounds: fractions of at most `BITS` bits, and floats where nothing is exact."""

import math
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from rewardlab.envs.text.tools.tool import ToolError

Number = Fraction | float

BITS = 2048  # of a numerator or denominator
DIGITS = 60  # of a decimal fraction that is still written out


def written(x: Number) -> str:
    """A number as text: whole numbers and finite decimals exactly, other fractions as a/b with a decimal beside."""
    if isinstance(x, float):
        return repr(x)
    if x.denominator == 1:
        return str(x.numerator)
    rest, places = x.denominator, 0
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest, count = rest // prime, count + 1
        places = max(places, count)
    if rest == 1 and places <= DIGITS:
        digits = str(abs(x.numerator) * 10**places // x.denominator).rjust(places + 1, "0")
        return f"{'-' if x < 0 else ''}{digits[:-places]}.{digits[-places:]}"
    return f"{x.numerator}/{x.denominator} (about {_float(x):.12g})"


def literal(text: str) -> Number:
    """The number that digits, a point and an exponent mean, exactly."""
    if len(text) > 400:
        raise ToolError("a number has too many digits")
    return bounded(Fraction(text))


def operate(mark: str, left: Number, right: Number) -> Number:
    """left `mark` right: exact, unless one of them is a float. // and % round down, as Python's do."""
    if mark in ("/", "//", "%") and right == 0:
        raise ToolError("division by zero")
    if isinstance(left, float) or isinstance(right, float):
        left, right = _float(left), _float(right)
    found: Number | int = OPERATIONS[mark](left, right)
    return bounded(Fraction(found) if isinstance(found, int) else found)


def power(base: Number, exponent: Number) -> Number:
    """base ** exponent: exact for whole exponents of exact numbers, refused before it grows too large."""
    if base == 0 and exponent < 0:
        raise ToolError("division by zero")
    if isinstance(base, Fraction) and isinstance(exponent, Fraction) and exponent.denominator == 1:
        size = max(abs(base.numerator), base.denominator)
        if size > 1 and abs(exponent) * (size.bit_length() - 1) > BITS:
            raise ToolError(f"the power has more than {BITS} bits")
        if size <= 1:  # -1, 0, 1: only the parity counts
            exponent = Fraction(exponent.numerator % 2 if exponent.numerator else 0) + 2 * (exponent != 0)
        return bounded(Fraction(base ** int(exponent)))
    if base < 0:
        raise ToolError("a negative number has no fractional power")
    try:
        return bounded(_float(base) ** _float(exponent))
    except OverflowError:
        raise ToolError("the power is too large") from None


def bounded(x: Number) -> Number:
    """`x`, if it is finite and has not too many bits."""
    if isinstance(x, float):
        if not math.isfinite(x):
            raise ToolError("the value is too large")
    elif max(x.numerator.bit_length(), x.denominator.bit_length()) > BITS:
        raise ToolError(f"the value has more than {BITS} bits")
    return x


def _float(x: Number) -> float:
    try:
        return float(x)
    except OverflowError:
        raise ToolError("the value is too large for floating point") from None


def called(name: str, arguments: list[Number]) -> Number:
    """The value of a function of `FUNCTIONS`.

    Raises:
        ToolError: for a wrong number of arguments, and where it has no value.
    """
    least, most, function = FUNCTIONS[name]
    if not least <= len(arguments) <= most:
        raise ToolError(f"{name} takes {least if least == most else f'{least} to {most}'} numbers")
    try:
        return bounded(function(*arguments))
    except (ValueError, OverflowError):
        raise ToolError(f"{name}({', '.join(written(a) for a in arguments)[:80]}) has no value") from None


def _sqrt(x: Number) -> Number:
    """Exact for squares of fractions."""
    if isinstance(x, Fraction) and x.numerator >= 0:
        top, bottom = math.isqrt(x.numerator), math.isqrt(x.denominator)
        if top * top == x.numerator and bottom * bottom == x.denominator:
            return Fraction(top, bottom)
    return math.sqrt(_float(x))


def _round(x: Number, places: Number = Fraction(0)) -> Number:
    if places != int(places) or abs(float(places)) > DIGITS:
        raise ValueError
    exact = Fraction(round(Fraction(x), int(places)))  # half to even, as Python does
    return exact if isinstance(x, Fraction) or not places else float(exact)


def _gcd(x: Number, y: Number) -> Number:
    if x != int(x) or y != int(y):
        raise ValueError
    return Fraction(math.gcd(int(x), int(y)))


def _floating(function: Callable[[float], float]) -> tuple[int, int, Callable[..., Number]]:
    return 1, 1, lambda x: function(_float(x))


MANY = 100
OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}
CONSTANTS: dict[str, Number] = {"pi": math.pi, "e": math.e}
FUNCTIONS: dict[str, tuple[int, int, Callable[..., Number]]] = {
    "sqrt": (1, 1, _sqrt),
    **{name: _floating(getattr(math, name)) for name in ("exp", "log", "log2", "log10", "sin", "cos", "tan")},
    "abs": (1, 1, abs),
    "floor": (1, 1, lambda x: Fraction(math.floor(x))),
    "ceil": (1, 1, lambda x: Fraction(math.ceil(x))),
    "round": (1, 2, _round),
    "min": (1, MANY, min),
    "max": (1, MANY, max),
    "gcd": (2, 2, _gcd),
}
"""Name -> (fewest arguments, most, function)."""
