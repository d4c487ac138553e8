"""The calculator: random expressions against their trees, Python's precedence, and no text that breaks it."""

import operator
from fractions import Fraction

import numpy as np
import pytest

from rewardlab.envs.text.tools.answer import answer
from rewardlab.envs.text.tools.calculator import DEEPEST, Calculator, value
from rewardlab.envs.text.tools.tool import Session, ToolError

OPERATIONS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv}
BINDS = {"+": 1, "-": 1, "*": 2, "/": 2, "//": 2}


def grown(rng, depth):
    """(text with as few brackets as precedence allows, how tightly it binds, exact value) of a random tree."""
    if depth == 0 or rng.random() < 0.2:
        n = int(rng.integers(1, 20))
        return (str(n), 9, Fraction(n)) if rng.random() < 0.7 else (f"{n}.25", 9, Fraction(4 * n + 1, 4))
    if rng.random() < 0.15:
        text, bound, x = grown(rng, depth - 1)
        return f"-{text if bound > 2 else f'({text})'}", 3, -x
    if rng.random() < 0.1:
        text, bound, x = grown(rng, depth - 1)
        if abs(x) < 1000 and x.denominator < 1000:
            return f"{text if bound > 4 else f'({text})'}**2", 4, x * x
    mark = str(rng.choice(list(OPERATIONS)))
    (a, left, x), (b, right, y) = grown(rng, depth - 1), grown(rng, depth - 1)
    if mark in ("/", "//") and y == 0:
        return a, left, x
    bound, blank = BINDS[mark], " " * int(rng.integers(2))
    a, b = a if left >= bound else f"({a})", b if right > bound else f"({b})"
    return f"{a}{blank}{mark}{blank}{b}", bound, Fraction(OPERATIONS[mark](x, y))


def test_random_expressions_have_the_value_of_their_tree():
    rng, checked = np.random.default_rng(0), 0
    for _ in range(600):
        text, _, truth = grown(rng, 5)
        if len(text) <= 1000 and max(truth.numerator.bit_length(), truth.denominator.bit_length()) < 500:
            assert value(text) == truth, text
            checked += 1
    assert checked > 500


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("-2**2", -4),
        ("2**-1", Fraction(1, 2)),
        ("2**3**2", 512),
        ("2-3-4", -5),
        ("8/4/2", 1),
        ("-7//2", -4),
        ("-7%3", 2),
        ("- -3", 3),
        ("+3*-2", -6),
        ("1e3", 1000),
        (".5+1.", Fraction(3, 2)),
        ("max(1, 2*3, gcd(4, 6))", 6),
        ("\n( 1 )\t", 1),
        ("sqrt(16)**2", 16),
        ("0.1+0.2-0.3", 0),
    ],
)
def test_precedence_is_pythons(text, found):
    assert value(text) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        (" ", "empty"),
        ("1+", "ends too early"),
        ("(1", r"'\)' is missing"),
        ("1)", r"'\)' at character 2"),
        ("2 3", "'3' at character 3"),
        ("2^3", r"write \*\*"),
        ("x+1", "'x' is not known"),
        ("1=1", "no equation"),
        ("__import__('os')", "'__import__' is not known"),
        ("().__class__", r"'\)' at character 2"),
        ("sqrt", r"'\(' is missing"),
        ("sqrt 4", "needs brackets|not expected"),
        ("2 sqrt", "sqrt needs brackets"),
        ("1" * 1001, "1001 characters"),
        ("1\x00", r"\\x00"),
        ("1\x0b", r"\\x0b"),
        ("٣+4", "not allowed"),
        ("1\ud800", r"\\ud800"),
        ("(" * 400 + "1" + ")" * 400, f"more than {DEEPEST} deep"),
        ("-" * 900 + "1", f"more than {DEEPEST} deep"),
        ("2**" * 300 + "2", "deep"),
        ("9**9**9**9", "bits"),
        ("9" * 500, "digits"),
        ("max(" + ",".join("1" * 101) + ")", "takes"),
        ("1.5.2", "'.2'"),
        ("0x10", "'x10'"),
        ("1_000", "'_000'"),
    ],
)
def test_what_is_wrong_is_named(text, said):
    with pytest.raises(ToolError, match=said):
        value(text)


def test_any_text_at_all_gets_an_answer():
    session, rng = Session(None, None, np.random.default_rng(0)), np.random.default_rng(2)
    parts = [
        *"0123456789.+-*/%(),^= \n\x00\x0bé",
        "**",
        "//",
        "sqrt",
        "log",
        "round",
        "pi",
        "e5",
        "1e300",
        "min",
        "\ud800",
    ]
    for _ in range(2000):
        said = answer(Calculator(), session, {"expression": "".join(rng.choice(parts, rng.integers(1, 30)))})
        assert said.isprintable() and len(said) < 4001
    assert answer(Calculator(), session, {"expression": "(3+4)*2/7"}) == "2" and session.memory is None
