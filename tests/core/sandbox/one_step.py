"""Small programs against their Python, and what refusals say: the tools of the language's tests."""

import numpy as np
import pytest
from core.sandbox.honest_rewards import steps
from core.sandbox.plain_python import pays

from rewardlab.core.errors import BadProgram
from rewardlab.core.sandbox.language import RewardProgram, Signature, compile_program

_RNG = np.random.default_rng(11)
BATCH = steps(lambda shape: _RNG.normal(size=shape), 12)
SIGNATURE = Signature.of_batch(BATCH)
HEAD = "def reward(obs, action, next_obs, info):\n"


def text(body: str) -> str:
    """A program with this body; a single expression is returned."""
    lines = body.split("\n")
    if len(lines) == 1 and not body.startswith("return"):
        lines = [f"return {body}"]
    return HEAD + "".join(f"    {line}\n" for line in lines)


def compiled(body: str) -> RewardProgram:
    """It, compiled."""
    return compile_program(text(body), SIGNATURE)


def same(body: str) -> None:
    """The program pays what its Python pays: over the batch, and for the first step alone."""
    program = compiled(body)
    true, _ = pays(text(body), BATCH)
    assert np.allclose(program(BATCH), true, rtol=1e-12, atol=1e-12), body
    assert np.allclose(program(BATCH.rows(slice(0, 1))), true[:1], rtol=1e-12, atol=1e-12), body


def refusal(body: str) -> BadProgram:
    """The error of a body that is refused."""
    with pytest.raises(BadProgram) as found:
        compiled(body)
    return found.value
