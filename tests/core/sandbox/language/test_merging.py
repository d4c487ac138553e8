"""Paths that part and meet, against Python step by step."""

import re

import pytest
from core.sandbox.one_step import refusal, same


@pytest.mark.parametrize(
    "body",
    [
        "x = 1\nif obs[0] > 0:\n    x = 2.5\nreturn x",
        "x = [1.0, 2.0]\nif obs[0] > 0:\n    x[0] = obs[1]\nelse:\n    x[1] = 7\nreturn x[0] + 10 * x[1]",
        "x = [1.0]\nif obs[0] > 0:\n    x = [obs[2]]\nx[0] += 5.0\nreturn x[0]",
        "d = {'a': 1.0}\ne = d\nif obs[0] > 0:\n    e['a'] = 3.0\nreturn d['a'] + 10 * e['a']",
        "if obs[0] > 0:\n    x = y = [obs[2]]\nelse:\n    x = y = [2.0]\ny[0] += 5.0\nreturn x[0] + y[0]",
        "x = (1.0, (2, obs[0]))\nif obs[1] > 0:\n    x = (obs[2], (3, 4.0))\na, (b, c) = x\nreturn a + b + c",
        "k = 'a'\nif obs[0] > 0:\n    k = 'a'\nreturn {'a': 1.0}[k]",
        "v = obs[:3]\nif obs[0] > 0:\n    v = next_obs[:3]\nreturn v.sum()",
        "if obs[0] > 0:\n    if obs[1] > 0:\n        return 1.0\n    x = 2.0\nelse:\n    x = 3.0\nreturn x",
        "l = [[obs[0]], [1.0]]\nif obs[1] > 0:\n    l[0][0] = 5.0\n    l[1] = [obs[2]]\nreturn l[0][0] + 10 * l[1][0]",
        "def f(l):\n    if obs[0] > 0:\n        l[0] = 9.0\n        return 1.0\n    l[0] = 4.0\n    return 2.0\nx = [0.0]\nreturn f(x) + 10 * x[0]",  # noqa: E501
    ],
)  # fmt: skip
def test_each_step_keeps_what_its_own_path_left(body: str) -> None:
    same(body)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("if obs[0] > 0:\n    x = 1\nreturn x", "'x' has no value on some path"),
        ("x = 1\nif obs[0] > 0:\n    x = obs\nreturn x", "shape .17,. on one path"),
        ("x = 1\nif obs[0] > 0:\n    x = None\nreturn x", "None on one path and the number 1 on another"),
        ("x = [1.0]\ny = x\nif obs[0] > 0:\n    x = [2.0]\ny[0] = 5.0\nreturn x[0]", "also has another name"),
        ("x = []\nif obs[0] > 0:\n    x.append(1)\nreturn sum(x)", "different lengths on two paths"),
        ("d = {}\nif obs[0] > 0:\n    d['a'] = 1\nreturn d['a']", "'a' is missing on some path"),
        ("def f():\n    if obs[0] > 0:\n        return 1.0\nreturn f()", "return one kind of thing"),
    ],
)
def test_what_cannot_meet_is_said_where_it_is_used(body: str, said: str) -> None:
    error = refusal(body)
    assert re.search(said, str(error)), str(error)
    assert error.line is not None


def test_what_cannot_meet_may_be_left_unused() -> None:
    same("if obs[0] > 0:\n    x = 1\nelse:\n    y = 2\nreturn 1.0")
