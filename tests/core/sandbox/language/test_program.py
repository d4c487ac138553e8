"""Compiled programs against the Python that they are, row by row."""

import numpy as np
import pytest
from core.sandbox.honest_rewards import HONEST, steps
from core.sandbox.plain_python import pays

from rewardlab.core.sandbox.language import Signature, compile_program

RNG = np.random.default_rng(0)
BATCH = steps(lambda shape: RNG.normal(size=shape), 40)
SIGNATURE = Signature.of_batch(BATCH)
EXTREME = (0.0, -0.0, 1.0, -1.0, 0.5, 1e-3, 1e6, -1e6)


def close(found: np.ndarray, true: np.ndarray, scale: float = 1.0) -> None:
    """Equal to 1e-12 of the size of the terms that were added."""
    size = np.maximum(np.abs(true), scale)
    assert np.all((np.abs(found - true) <= 1e-12 * size) | (np.isnan(found) & np.isnan(true)) | (found == true)), (
        found[:5],
        true[:5],
    )


@pytest.mark.parametrize("name", HONEST)
def test_a_program_pays_what_its_python_pays(name: str) -> None:
    program = compile_program(HONEST[name], SIGNATURE)
    total, parts = pays(HONEST[name], BATCH)
    close(program(BATCH), total)
    found = program.parts(BATCH)
    for k, v in parts.items():
        if len(v) == len(BATCH):
            close(found[k], v)
