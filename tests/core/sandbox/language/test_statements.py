"""Statements against Python, step by step: branches, loops that are left early, helpers, names."""

import re

import pytest
from core.sandbox.one_step import BATCH, HEAD, SIGNATURE, refusal, same
from core.sandbox.plain_python import pays

from rewardlab.core.errors import BadProgram
from rewardlab.core.sandbox.language import compile_program


@pytest.mark.parametrize(
    "body",
    [
        "x = 0.0\nfor v in obs:\n    if v > 1:\n        break\n    x += v\nreturn x",
        "x = 0.0\nfor v in obs:\n    if v < 0:\n        continue\n    if v > 1.5:\n        break\n    x += v\nreturn x",
        "for i, v in enumerate(obs):\n    if v > 0.5:\n        return i\nreturn -1",
        "x = 0\nfor v in action:\n    if v > 2.5:\n        break\nelse:\n    x = 5\nreturn x",
        "x = 0.0\nfor a in action[:3]:\n    for b in obs[:3]:\n        if a * b < 0:\n            break\n        x += a\n    if x > 1:\n        break\nreturn x",  # noqa: E501
        "x = 0.0\nfor a in action:\n    for b in obs[:3]:\n        if b > 1:\n            return x + 100\n        if a > b:\n            continue\n        x += b\nreturn x",  # noqa: E501
        "for v in []:\n    pass\nx, (y, *z) = 1.0, (2.0, obs[0], obs[1])\nreturn x + y + sum(z)",
        "a = b = obs[0]\na += 1\na -= 2\na *= 3\na /= 4\na **= 2\na //= 0.5\na %= 3\nreturn a + b",
        "x: float = 1.0\ny: int\nx = x + obs[0]\npass\n'a comment'\nreturn x",
        "v = np.zeros(3)\nv += obs[:3]\nv *= 2\nreturn v.sum()",
        "l = [1, 2]\nl += [3]\nl[0] += obs[0]\nd = {'a': 1}\nd['a'] *= 4\nreturn sum(l) + d['a']",
        "def f(x):\n    return g(x) + k\ndef g(x):\n    return 2 * x\nk = 7\nreturn f(obs[0])",
        "def f(x, *, y=1.0):\n    if x > y:\n        return x, y\n    return y, x\na, b = f(obs[0], y=obs[1])\nreturn a - b",  # noqa: E501
        "def f(n):\n    return 1 if n == 0 else n * f(n - 1)\nreturn f(5) + obs[0]",
        "if True:\n    x = 1\nelif obs[0] > 0:\n    x = undefined\nreturn x",
        "if obs[0] > 0:\n    return 1.0\nelif obs[1] > 0:\n    return 2.0\nelse:\n    return 3.0",
        "x = 1.0\nfor i in range(3):\n    if obs[i] > 0:\n        if obs[i + 1] > 0:\n            x *= 2\n            continue\n        else:\n            break\n    x += 1\nreturn x",  # noqa: E501
        "import numpy as np\nimport math as m\nfrom math import sin\nreturn m.cos(obs[0]) + sin(obs[1])",
        "fs = [lambda x: x + 1, np.tanh]\nreturn sum(f(obs[0]) for f in fs)",
        "if info['stage'] > 0:\n    x = obs[0]\n    if x > 0:\n        y = 1.0\n    else:\n        y = -1.0\n    return x * y\nreturn 0.0",  # noqa: E501
    ],
)  # fmt: skip
def test_forms(body: str) -> None:
    same(body)


@pytest.mark.parametrize(
    ("body", "said", "line"),
    [
        ("x = 1\nobs[0] = 2.0\nreturn 1.0", "cannot be changed in place", 3),
        ("info['a'] = 1\nreturn 1.0", "info cannot be changed", 2),
        ("x = obs\nx += 1\nreturn 1.0", "used elsewhere", 3),
        ("v = np.zeros(3)\nw = v\nw += 1\nreturn v.sum()", "used elsewhere", 4),
        ("a, b = obs[:3]\nreturn a", "3 values for 2 names", 2),
        ("np = 1\nreturn np", "name of a module", 2),
        ("for x in info['stage']:\n    pass\nreturn 1.0", "where several things are needed", 2),
        ("for i in range(info['stage']):\n    pass\nreturn 1.0", "differs from step to step", 2),
        ("def f(x):\n    return x\nreturn f()", "f misses x", 4),
        ("def f(x):\n    return x\nreturn f(1, 2)", "takes 1 arguments", 4),
        ("def f(x):\n    return x\nreturn f(1, x=2)", "no free argument 'x'", 4),
        ("def f(*x):\n    return x\nreturn f(1)", "star or slash", 2),
        ("x = y\ny = 1\nreturn x", "'y' is used before it has a value", 2),
        ("import scipy\nreturn 1.0", "numpy and math; they are there already", 2),
        ("while obs[0] > 0:\n    pass\nreturn 1.0", "with a known n", 2),
        ("try:\n    x = 1\nexcept ValueError:\n    x = 2\nreturn x", "guard with", 2),
        ("if obs[0] > 0:\n    return 1.0", "can end without a `return`", 2),
    ],
)
def test_what_does_not_fit_is_said(body: str, said: str, line: int) -> None:
    error = refusal(body)
    assert re.search(said, str(error)), str(error)
    assert error.line == line


@pytest.mark.parametrize(
    "other",
    [
        "z = (v, v)", "z = [v]", "z = {'k': v}", "z = [[(1.0, v)]]", "z = {'k': {'l': [v]}}",
        "z = np.broadcast_to(v, (2, 3))",
        "z = np.flip(v)", "z = v[::-1][1:]", "z = np.diagonal(v.reshape(1, 3))", "z = v[:, None].T", "z = v.ravel()",
        "z = lambda a=v: a", "z = lambda a=(v,): a", "def keep(a):\n    return lambda: a\nz = keep(v)",
        "def keep(a):\n    def inner():\n        return a\n    return [inner]\nz = keep(v)",
    ],
)  # fmt: skip
def test_an_array_is_not_changed_in_place_where_anything_else_holds_it(other: str) -> None:
    body = f"v = obs[:3] * 2\n{other}\nv += 1.0\nreturn v.sum()"
    assert "used elsewhere" in str(refusal(body))
    same(body.replace("v += 1.0", "v = v + 1.0"))


def test_what_holds_no_array_of_the_same_memory_does_not_hinder() -> None:
    same(
        "v = obs[:3] * 2\nw = [v.sum(), v[0] + 1.0, v * 2.0]\nf = lambda a: a * 2\nx = f(v)\n"
        "v += 1.0\nreturn v.sum() + w[0] + x[1]"
    )
    deep = "v = obs[:3] * 2\nt = (1.0,)\n" + "t = (t, t)\n" * 60 + "v += 1.0\nreturn v.sum()"
    assert "too much" in str(refusal(deep))


@pytest.mark.parametrize("other", ["A", "f()", "g()[0]", "T[0]"])
def test_constants_of_the_program_are_not_changed_in_place(other: str) -> None:
    head = "A = np.zeros(3)\nT = [A]\n\ndef f(a=A):\n    return a\n\ndef g():\n    return T\n\n"
    with pytest.raises(BadProgram, match="used elsewhere"):
        compile_program(f"{head}{HEAD}    v = {other}\n    v += 1.0\n    return v.sum() + A.sum()\n", SIGNATURE)
    compile_program(f"{head}{HEAD}    v = {other}\n    v = v + 1.0\n    return v.sum() + A.sum()\n", SIGNATURE)


def test_names_outside_of_the_function() -> None:
    source = f"K = 2.0\nT = [K, K * 2]\n\ndef f(x, k=K):\n    return k * x + T[1]\n\n{HEAD}    return f(obs[0]) + K\n"
    found = compile_program(source, SIGNATURE)(BATCH)
    assert abs(found - pays(source, BATCH)[0]).max() < 1e-12
    with pytest.raises(BadProgram, match="code outside of a function"):
        compile_program(f"K = 1\nK += 1\n{HEAD}    return K\n", SIGNATURE)
