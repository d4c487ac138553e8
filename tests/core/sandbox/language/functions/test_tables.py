"""The names of the modules: there are enough of them, and they mean what NumPy, math and torch mean."""

import math

import numpy as np
import pytest
import torch
from core.sandbox.one_step import refusal, same

from rewardlab.core.sandbox.language.functions.tables import CONSTANTS, FUNCTIONS, TYPES


def test_every_name_exists_in_its_module() -> None:
    modules = {"np": np, "math": math, "torch": torch}
    gone = {"np.asfarray", "np.round_", "np.float_"}  # of older versions, which models still write
    gone |= {k for k in FUNCTIONS if k.startswith("np.") and k[3:] in ("fabs", "trunc")} - set(dir(np))
    for name in (*FUNCTIONS, *CONSTANTS, *TYPES):
        home, *path = name.split(".")
        found = modules[home]
        for part in path:
            assert hasattr(found, part) or name in gone, name
            found = getattr(found, part, None)
    assert len([k for k in FUNCTIONS if k.startswith(("np.", "math."))]) >= 120


def test_nothing_in_them_draws_reads_or_writes() -> None:
    words = ("random", "rand", "load", "save", "file", "memmap", "frombuffer", "print", "set", "seed", "vectorize")
    assert not [k for k in FUNCTIONS for w in words if w in k.split(".")[-1]]


@pytest.mark.parametrize(
    "expression",
    [
        "math.sqrt(abs(obs[0])) + math.exp(obs[1]) + math.log(2.0"
        " + obs[2] ** 2) + math.log(8.0, 2) + math.pow(obs[0], 2)",
        "math.log(abs(obs[0]) + 1, 3.0) + math.floor(obs[1])"
        " + math.ceil(obs[2]) + math.trunc(obs[3]) + math.fabs(obs[4])",
        "math.fsum([obs[0], 1.0, 2.0]) + math.pi + math.e + math.tau"
        " + math.copysign(1.0, obs[0]) + math.atan2(obs[0], obs[1])",
        "np.pi + np.e + (0.0 if obs[0] < np.inf else 1.0)"
        " + np.float64(obs[0]) + np.float64(2) + float(np.bool_(obs[1]))",
    ],
)
def test_math_and_constants(expression: str) -> None:
    same(expression)


def test_imports_give_only_names_that_are_there() -> None:
    same("from math import exp, pi as half_turn\nimport numpy\nreturn exp(-abs(obs[0])) + half_turn + numpy.sum(obs)")
    same("from numpy.linalg import norm\nfrom numpy import tanh as squash\nreturn norm(obs) + squash(obs[0])")
    assert "np.sume is not part" in refusal("np.sume(obs)").what
    assert "'np.sum'" in refusal("np.sume(obs)").mend
