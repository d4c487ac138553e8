"""Arithmetic: Python's where numbers are known, NumPy's otherwise."""

import math
import operator
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from core.sandbox import fuzz
from core.sandbox.one_step import HEAD, SIGNATURE, refusal, same

from rewardlab.core.errors import BadProgram
from rewardlab.core.sandbox.language import arithmetic, compile_program
from rewardlab.core.sandbox.language.graph import Graph

OPERATIONS = ["add", "sub", "mul", "div", "floordiv", "mod", "pow", "lt", "le", "gt", "ge", "eq", "ne"]
SIGNS = dict(zip(OPERATIONS, ["+", "-", "*", "/", "//", "%", "**", "<", "<=", ">", ">=", "==", "!="], strict=True))

PYTHON = {k: getattr(operator, {"div": "truediv"}.get(k, k)) for k in OPERATIONS}


@pytest.mark.parametrize("op", OPERATIONS)
def test_known_numbers(op: str) -> None:
    g = Graph()
    for a in (3, -2.5, 0.0, True, 7):
        for b in (2, 0.5, -3, 4.0):
            if a == 0 and b < 0:
                continue
            true = PYTHON[op](a, b)
            if isinstance(true, complex):
                continue
            found = arithmetic.binary(g, op, a, b)
            assert found == true
            assert type(found) is type(true) or op == "pow"
    assert not g.values


@pytest.mark.parametrize("op", OPERATIONS)
def test_numbers_of_the_step(op: str) -> None:
    sign = SIGNS[op]
    x = "abs(obs[0])" if op == "pow" else "obs[0]"
    same(f"1.0 * ({x} {sign} 2) + 1.0 * (3 {sign} {x}) + 1.0 * ({x} {sign} obs[1]) + ({x} {sign} 0.5)")
    same(f"np.sum((action ** 2) {sign} np.abs(obs[:6])) + np.sum(info['stage'] {sign} np.array([1, 2, 3]))")


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, -1, 0.5])
def test_powers(n: float) -> None:
    same(f"np.abs(obs[0]) ** {n} + np.sum(np.abs(action) ** {n}) + (info['stage'] + {1 if n >= 0 else 1.0}) ** {n}")


def test_kinds_are_joined() -> None:
    g = Graph()
    b, k, x = (g.input((n,), (), n) for n in ("bool", "int", "float"))
    assert arithmetic.binary(g, "mul", b, k).kind == "int"
    assert arithmetic.binary(g, "add", k, 0.5).kind == "float"
    assert arithmetic.binary(g, "div", k, k).kind == "float"
    assert arithmetic.binary(g, "floordiv", k, 2).kind == "int"
    assert arithmetic.binary(g, "floordiv", k, k).kind == "float"  # so that a division by zero shows
    assert arithmetic.binary(g, "mul", b, b).kind == "bool"
    assert arithmetic.where(g, b, 1, x).kind == "float"
    assert arithmetic.where(g, b, 1, 2).kind == "int"
    assert arithmetic.where(g, True, x, 2) is x


def test_masks_fold() -> None:
    g = Graph()
    b = g.input(("b",), (), "bool")
    assert arithmetic.both(g, True, b) is b
    assert arithmetic.both(g, b, False) is False
    assert arithmetic.either(g, b, True) is True
    assert arithmetic.either(g, False, b) is b


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("1 / 0", "division by zero"),
        ("10 ** 400", "too large for an integer"),
        ("2.0 ** 5000", "Result too large|out of range"),
        ("(-8) ** 0.5", "complex"),
        ("2 ** 30 * 2 ** 30", "larger than 2\\*\\*53"),
        ("(obs[0] > 0) + (obs[1] > 0)", "adding two truth values"),
        ("(obs[0] > 0) - (obs[1] > 0)", "subtracting two truth values"),
        ("obs[0] & 1", "& of a float"),
        ("1.0 if obs > 0 else 2.0", "neither true nor false"),
        ("int(1e30)", "no integer"),
        ("obs + action", "the shapes do not fit"),
        ("'a' + 'b'", "strings are only keys"),
        ("[1] * 'a'", "strings are only keys|where a number"),
        ("obs - None", "None where a number is needed"),
        ("~5", "truth values"),
    ],
)
def test_what_does_not_fit_is_said(body: str, said: str) -> None:
    assert re.search(said, str(refusal(body))), str(refusal(body))


def test_zeros_keep_their_sign() -> None:
    assert not arithmetic.same(0.0, -0.0)
    assert arithmetic.same(1.0, 1.0)
    assert not arithmetic.same(1, True)
    assert not arithmetic.same(math.nan, math.nan)
    g = Graph()
    assert np.signbit(arithmetic.negative(g, 0.0))
    with pytest.raises(BadProgram):
        arithmetic.known(g, 1j)


def test_a_square_root_as_a_power_is_the_same_alone_in_a_batch_in_torch_and_in_python() -> None:
    edges = np.array([4.0, 0.0, -0.0, np.inf, -np.inf, np.nan, 1e-320, 2.0])
    steps = fuzz.world(0)[1].rows(np.zeros(8, int))
    obs = steps.obs.copy()
    obs[:, 0], obs[:, 1] = edges, 1.0
    batch = replace(steps, obs=obs)
    single = compile_program(f"{HEAD}    return 1.0, {{'k': obs[0] ** 0.5, 'l': 1 / obs[0] ** 0.5}}\n", SIGNATURE)
    parts = single.parts(batch)
    with np.errstate(all="ignore"):
        want = np.array([np.float64(x) ** 0.5 for x in edges])
        assert np.array_equal(parts["k"], want, equal_nan=True) and np.array_equal(parts["l"], 1 / want, equal_nan=True)
    for i in range(8):
        alone = single.parts(batch.rows(slice(i, i + 1)))
        assert all(np.array_equal(alone[k], parts[k][i : i + 1], equal_nan=True) for k in "kl")
    found = single.parts(batch.map(torch.as_tensor))
    assert all(np.allclose(found[k].numpy(), parts[k], rtol=1e-14, atol=0, equal_nan=True) for k in "kl")
    many = compile_program(f"{HEAD}    return 1.0, {{'k': (obs[:2] ** 0.5)[0]}}\n", SIGNATURE)
    with np.errstate(all="ignore"):
        assert np.array_equal(many.parts(batch)["k"], np.sqrt(edges), equal_nan=True)  # as NumPy has it for arrays


@pytest.mark.parametrize("x", ["obs[0]**2 + obs[1]**2", "np.sum(obs**2)", "abs(obs[0])", "np.exp(obs[0])"])
def test_the_root_of_what_is_never_negative_is_one_operation(x: str) -> None:
    assert "where" not in compile_program(f"{HEAD}    return ({x}) ** 0.5\n", SIGNATURE).code
    assert "where" in compile_program(f"{HEAD}    return (obs[2] + {x}) ** 0.5\n", SIGNATURE).code
