"""Expressions against Python, step by step."""

import re

import pytest
from core.sandbox.one_step import compiled, refusal, same


@pytest.mark.parametrize(
    "expression",
    [
        "(obs[0] or 5.0) + (0 or obs[1]) + (obs[2] and 3.0) + (None or 2.0) + (obs[0] > 0 and obs[1] or obs[2])",
        "1.0 * (not obs[0] > 0) + 1.0 * (not 0) + (not []) * 2.0",
        "1.0 * (0 < obs[0] < 1 < 2) + 1.0 * (obs[0] < obs[1] <= obs[2]) + 1.0 * (1 < 2 < 3)",
        "(1.0 if obs[0] > 0 else 2.0) + (1.0 if 'goal' in info else obs[0]) + (3.0 if None is None else 0.0)",
        "1.0 * (info['stage'] in (0, 2)) + 1.0 * (info['stage'] not in [1]) + 1.0 * (3 in range(5)) + 1.0 * ('a' in {'b': 1})",  # noqa: E501
        "1.0 * ('a' == 'a') + 1.0 * ('a' != 'b') + 1.0 * (None == 0) + 1.0 * (obs is not None) + 1.0 * (obs is None)",
        "sum([x * y for x in obs[:2] for y in action[:2] if True]) + sum(i for i in range(5) if i % 2)",
        "sum({k: v * 2 for k, v in {'a': obs[0]}.items()}.values()) + {f'k_{i}': i for i in range(3)}['k_2']",
        "(lambda x, y=2.0: x * y)(obs[0]) + (lambda: 1.0)() + (lambda *, z: z)(z=3.0)",
        "sum([1, *[2, 3], *(4,)]) + max(*[obs[0], obs[1]]) + {**{'a': 1.0}, 'b': 2.0}['a']",
        "-obs[0] + +obs[1] + -True + (~(obs[0] > 0)) * 1.0",
        "([1, 2] + [3])[2] + ([obs[0]] * 3)[1] + (1, 2)[0] + len((1,) + (2,)) + len(2 * [0])",
        "[v for v in obs][3] + [i for i, v in enumerate(action)][2] + sum(a for a, (b, c) in [(1.0, (2, 3))])",
    ],
)
def test_forms(expression: str) -> None:
    same(expression)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("distance", "unknown name distance"),
        ("ob[0]", "did you mean 'obs'"),
        ("np.foo(1)", "np.foo is not part"),
        ("obs(1)", "cannot be called"),
        ("np.sum()", r"np.sum\(x, axis, dtype, keepdims, dim\)"),
        ("max(**{'a': 1})", r"\*\* in a call"),
        ("[x for x in action if x > 0][0]", "no fixed length"),
        ("f'{obs[0]}'", "known integers and strings"),
        ("obs[0] << 1", "shift"),
        ("obs is obs", "`is` only compares with None"),
        ("1.0 * ([1] == [1, 2])", "lists are compared"),
        ("len(5)", "where several things are needed"),
        ("obs.shape.x", "has no attribute"),
        ("math.foo", "math.foo is not part"),
        ("sum(x for x in 5)", "where several things"),
        ("(obs[0] and None) or 1.0", "None on one path"),
    ],
)
def test_what_does_not_fit_is_said(expression: str, said: str) -> None:
    error = refusal(expression)
    assert re.search(said, str(error)), str(error)
    assert error.line == 2


def test_names_of_a_comprehension_are_its_own() -> None:
    same("x = 3.0\ny = sum(x for x in action)\nreturn x + y")
    assert "unknown name q" in refusal("y = [q for q in action]\nreturn q").what


def test_equal_expressions_are_computed_once() -> None:
    code = compiled("np.exp(obs[0]) + np.exp(obs[0]) * np.exp(obs[0])").code
    assert code.count("f_exp") == 1
