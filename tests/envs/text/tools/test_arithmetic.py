"""Exact arithmetic: against Python's own on random numbers, and refused before it grows."""

import math
from fractions import Fraction

import numpy as np
import pytest

from rewardlab.envs.text.tools.arithmetic import BITS, FUNCTIONS, OPERATIONS, called, literal, operate, power, written
from rewardlab.envs.text.tools.tool import ToolError


@pytest.mark.parametrize("mark", OPERATIONS)
def test_operations_are_exact_on_fractions(mark):
    rng = np.random.default_rng(0)
    for _ in range(200):
        a, b, c, d = (int(k) for k in rng.integers(-50, 50, 4))
        x, y = Fraction(a, b or 1), Fraction(c or 1, d or 1)
        truth = {"+": x + y, "-": x - y, "*": x * y, "/": x / y, "//": x // y, "%": x - y * math.floor(x / y)}[mark]
        got = operate(mark, x, y)
        assert got == truth and isinstance(got, Fraction)
        assert isinstance(operate(mark, x, float(y)), float)


def test_powers():
    for base in (Fraction(-3, 2), Fraction(-1), Fraction(0), Fraction(1), Fraction(7)):
        for exponent in range(-4 if base else 0, 5):
            assert power(base, Fraction(exponent)) == base**exponent
    assert power(Fraction(-1), Fraction(10**30 + 1)) == -1 and power(Fraction(1), Fraction(-(10**30))) == 1
    assert power(Fraction(0), Fraction(10**30)) == 0
    assert power(Fraction(2), Fraction(BITS - 1)) == 2 ** (BITS - 1)
    assert power(Fraction(8), Fraction(1, 3)) == 2.0 and power(2.0, Fraction(3)) == 8.0


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (lambda: operate("/", Fraction(1), Fraction(0)), "division by zero"),
        (lambda: operate("%", 1.0, Fraction(0)), "division by zero"),
        (lambda: power(Fraction(0), Fraction(-1)), "division by zero"),
        (lambda: power(Fraction(9), Fraction(9**9)), "bits"),
        (lambda: power(Fraction(1, 3), Fraction(-(10**9))), "bits"),
        (lambda: power(Fraction(-8), Fraction(1, 3)), "negative"),
        (lambda: power(1e200, Fraction(2)), "too large"),
        (lambda: operate("*", 1e200, 1e200), "too large"),
        (lambda: operate("*", Fraction(2**1500), Fraction(2**1500)), "bits"),
        (lambda: operate("+", Fraction(2**2000), 1.0), "too large for floating point"),
        (lambda: literal("1e999"), "bits"),
        (lambda: literal("9" * 500), "digits"),
        (lambda: called("log", [Fraction(0)]), r"log\(0\) has no value"),
        (lambda: called("sqrt", [Fraction(-4)]), r"sqrt\(-4\) has no value"),
        (lambda: called("exp", [Fraction(10**4)]), "has no value"),
        (lambda: called("gcd", [Fraction(1, 2), Fraction(1)]), "has no value"),
        (lambda: called("gcd", [Fraction(1)]), "gcd takes 2 numbers"),
        (lambda: called("max", []), "max takes 1 to 100 numbers"),
        (lambda: called("round", [Fraction(1), Fraction(99)]), "has no value"),
    ],
)
def test_what_has_no_value_or_too_much_of_it(work, said):
    with pytest.raises(ToolError, match=said):
        work()


@pytest.mark.parametrize("name", ["exp", "log", "log2", "log10", "sin", "cos", "tan"])
def test_functions_are_those_of_math(name):
    assert called(name, [Fraction(5, 4)]) == getattr(math, name)(1.25)


@pytest.mark.parametrize(
    ("name", "arguments", "found"),
    [
        ("sqrt", [Fraction(9, 4)], Fraction(3, 2)),
        ("sqrt", [Fraction(2)], math.sqrt(2)),
        ("abs", [Fraction(-7, 2)], Fraction(7, 2)),
        ("floor", [Fraction(-7, 2)], Fraction(-4)),
        ("ceil", [Fraction(-7, 2)], Fraction(-3)),
        ("ceil", [2.5], Fraction(3)),
        ("round", [Fraction(5, 2)], Fraction(2)),
        ("round", [Fraction(314159, 100000), Fraction(2)], Fraction(157, 50)),
        ("round", [math.pi, Fraction(3)], 3.142),
        ("min", [Fraction(3), 2.5, Fraction(4)], 2.5),
        ("max", [Fraction(3), 2.5, Fraction(4)], Fraction(4)),
        ("gcd", [Fraction(12), Fraction(-18)], Fraction(6)),
    ],
)
def test_exact_functions(name, arguments, found):
    got = called(name, arguments)
    assert got == found and type(got) is type(found) and name in FUNCTIONS


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (Fraction(0), "0"),
        (Fraction(-12), "-12"),
        (Fraction(1, 8), "0.125"),
        (Fraction(-1, 20), "-0.05"),
        (Fraction(1234, 100), "12.34"),
        (Fraction(1, 3), "1/3 (about 0.333333333333)"),
        (Fraction(-22, 7), "-22/7 (about -3.14285714286)"),
        (0.1, "0.1"),
        (1e300, "1e+300"),
    ],
)
def test_numbers_are_written(x, text):
    assert written(x) == text


def test_decimals_are_written_exactly():
    rng = np.random.default_rng(1)
    for _ in range(200):
        x = Fraction(int(rng.integers(-(10**9), 10**9)), 2 ** int(rng.integers(9)) * 5 ** int(rng.integers(9)))
        assert Fraction(written(x)) == x
