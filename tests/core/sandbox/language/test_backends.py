"""A single step and a batch in torch give what a batch in NumPy gives, operation by operation."""

import math
import subprocess
import sys

import numpy as np
import pytest
import torch

from rewardlab.core.sandbox.language.backends import over_batch, over_one, over_tensors
from rewardlab.core.sandbox.language.graph import Graph

MANY, ONE = over_batch({}), over_one({})
NAN = math.nan


@pytest.mark.parametrize("op", ["f_maximum", "f_minimum"])
def test_extremes_pass_nan_on(op: str) -> None:
    for a in (1.0, -2.0, NAN, math.inf):
        for b in (0.5, NAN, -math.inf):
            true = MANY[op](np.array([a]), b)[0]
            for x, y in ((np.float64(a), b), (np.float64(a), np.float64(b))):
                found = ONE[op](x, y)
                assert isinstance(found, np.generic)
                assert found == true or (found != found and true != true)


def test_choices() -> None:
    assert ONE["f_where"](np.bool_(True), 1.0, 2.0) == 1.0
    assert isinstance(ONE["f_where"](np.bool_(False), True, False), np.bool_)  # ~ of it is not -1
    assert isinstance(ONE["f_where"](np.bool_(False), 1, 2), np.int64)
    assert ONE["f_where"](np.array([True, False]), 1.0, 2.0).tolist() == [1.0, 2.0]


@pytest.mark.parametrize("shape", [(3,), (8,), (40,), (2, 3)])
def test_sums_and_norms(shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).normal(size=shape)
    for op in ("f_sum", "f_norm"):
        one, many = ONE[op](x, 0), MANY[op](x[..., None], 0)[..., 0]
        assert np.allclose(one, many, rtol=1e-15)
        assert np.allclose(MANY[op](np.repeat(x[..., None], 300, -1), 0)[..., 7], one, rtol=1e-15)


def test_take() -> None:
    x = np.array([1.0, 2.0])
    assert [ONE["f_take"](x, i) for i in (0, 1, -1, -2)] == [1.0, 2.0, 2.0, 1.0]
    assert math.isnan(ONE["f_take"](x, 2))
    assert np.isnan(ONE["f_take"](np.ones((2, 3)), -3)).tolist() == [True] * 3


def test_types_of_torch() -> None:
    g = Graph()
    c = g.constant(np.array([1.0, 2.0]))
    names = over_tensors({"c0": c}, torch.zeros(1, dtype=torch.float32))
    assert names["c0"].dtype == torch.float32
    assert names["f_load_float"](torch.zeros(2, dtype=torch.float64)).dtype == torch.float32
    assert names["f_cast_float"](torch.tensor([1, 2])).dtype == torch.float32
    assert names["f_where"](torch.tensor([True]), 1.0, 2.0).dtype == torch.float32
    assert over_tensors({"c0": c}, torch.zeros(1, dtype=torch.int64))["c0"].dtype == torch.float64


def test_floats_of_the_right_type_are_not_copied() -> None:
    x = np.zeros(3)
    assert MANY["f_load_float"](x) is x
    assert MANY["f_load_float"](x.astype(np.float32)).dtype == np.float64


def test_the_first_comparison_of_a_process_may_be_that_of_a_program_in_torch() -> None:
    """torch imports parts of itself then, which a scope without builtins cannot."""
    pay = "float(obs[0] < 1.0) + float(obs[1] == 2.0) + obs[2] % 2.0 + (1 if obs[0] > 0 else 2)"
    source = f"def reward(obs):\n    return {pay}\n"
    code = f"""
import numpy as np, torch
from rewardlab.core.batch import Transitions
from rewardlab.core.sandbox.language import Signature, compile_program
x = np.array([[0.5, 2.0, 3.0], [2.0, 1.0, 1.0]])
no = np.zeros(2, bool)
batch = Transitions(x, x, np.zeros(2), x, no, no, {{}})
program = compile_program({source!r}, Signature.of_batch(batch))
print(program(batch.map(torch.as_tensor)).tolist(), program(batch).tolist())
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert found.stdout.strip() == "[4.0, 2.0] [4.0, 2.0]", found.stderr[-2000:]
