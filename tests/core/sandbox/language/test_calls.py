"""Calls of a program's own functions, against Python step by step; and the names that they see."""

import ast

import pytest
from core.sandbox.one_step import refusal, same

from rewardlab.core.sandbox.language.calls import unset


@pytest.mark.parametrize(
    "body",
    [
        "def f(a, b=2, *, c=3):\n    return a + 10 * b + 100 * c\nreturn f(obs[0]) + f(1, c=4) + f(b=5, a=obs[1])",
        "k = 1.0\ndef f():\n    return k\nk = obs[0]\nif obs[1] > 0:\n    k = 5.0\nreturn f()",  # sees what k is when called  # noqa: E501
        "def make(n):\n    def inner(x):\n        return x * n\n    return inner\nreturn make(2.0)(obs[0]) + make(3.0)(obs[1])",  # noqa: E501
        "def f(l):\n    l.append(obs[0])\n    return len(l)\nx = [1.0]\nn = f(x)\nreturn n + sum(x)",
        "def f(x):\n    if x > 0:\n        if x > 1:\n            return 1.0\n        x = -x\n    return x\nreturn f(obs[0]) + f(obs[1])",  # noqa: E501
        "def even(n):\n    return True if n == 0 else odd(n - 1)\ndef odd(n):\n    return False if n == 0 else even(n - 1)\nreturn 1.0 * even(4)",  # noqa: E501
        "return (lambda f: f(f(obs[0])))(lambda x: x * 2 + 1)",
        "x = 3.0\ndef f():\n    x = obs[0]\n    return x\nreturn f() + x",
    ],
)  # fmt: skip
def test_forms(body: str) -> None:
    same(body)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("def f(n):\n    return f(n + 1)\nreturn f(0)", "more than 10 deep"),
        ("x = 1.0\ndef f():\n    y = x\n    x = 2.0\n    return y\nreturn f()", "'x' is used before it has a value"),
        ("def f(x):\n    return x\nreturn f(y=1)", "no free argument 'y'"),
        ("def f(x):\n    if x > 0:\n        return 1.0\nreturn f(obs[0])", "return one kind of thing on every path"),
        ("def f(x):\n    pass\nreturn f(1)", "the reward is None"),
    ],
)
def test_what_does_not_fit_is_said(body: str, said: str) -> None:
    assert said in str(refusal(body))


def test_names_that_a_function_gives_itself() -> None:
    tree = ast.parse("x = 1\nfor i in y:\n    z += 1\na = [c for c in d]\ndef g():\n    w = 1\nf = lambda q: q\n")
    assert set(unset(tree.body)) == {"x", "i", "z", "a", "g", "f"}
