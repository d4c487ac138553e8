"""Random programs: refused with `BadProgram`, or paying what their Python pays."""

import numpy as np
import pytest
from core.sandbox import fuzz
from core.sandbox.plain_python import accepted

from rewardlab.core.sandbox.language import compile_program


@pytest.mark.parametrize("seed", range(3))
def test_random_programs(seed: int) -> None:
    counts = fuzz.run(1000, seed)
    assert counts["refused"] + counts["accepted"] + counts["compared"] == 1000
    assert counts["compared"] > 350  # the grammar makes programs that are worth comparing
    assert counts["slowest"] < 1.0


def test_only_a_division_by_zero_may_pay_another_number() -> None:
    """NumPy's integers divide by zero and get zero; those of the language are floats, and what they get may be cut."""
    signature, batch = fuzz.world(0)
    zero = "np.maximum(2, int(info['stage'])) // np.minimum(0, int(info['stage']) ** 2)"  # inf here, 0 there
    source = "def reward(obs, action, next_obs, info):\n    return {} + 0.0 * obs[0]\n"
    cut = source.format(f"min({zero}, 5.0)")
    assert compile_program(cut, signature)(batch)[0] == 5.0 and accepted(cut, batch)[0] == 0.0
    assert accepted(cut, batch, by_zero="raise") == [None] * len(batch)
    assert fuzz.check(cut, signature, batch) == "accepted"
    plain = source.format(zero.replace("minimum(0", "maximum(1"))
    assert fuzz.check(plain, signature, batch) == "compared"
    assert accepted(plain, batch, by_zero="raise") == accepted(plain, batch)


def test_integers_that_wrap_are_told_from_wrong_numbers() -> None:
    signature, batch = fuzz.world(0)
    source = "def reward(obs, info):\n    return len(obs) ** np.maximum(17, info['stage']) + 0.0 * obs[0]\n"
    assert accepted(source, batch)[0] == -2863221430593058543.0 and fuzz.check(source, signature, batch) != "refused"
    assert fuzz.wrapped(17.0**17, -2863221430593058543.0)
    assert not fuzz.wrapped(1.001 * 17.0**17, -2863221430593058543.0) and not fuzz.wrapped(1e20, 3.0)
    assert not fuzz.wrapped(5.0, 4.0) and not fuzz.wrapped(np.inf, 4.0)


def test_half_of_a_complex_number_is_no_reward() -> None:
    """A negative number to a broken power is complex in Python, and what comes of that may be cut to its real half."""
    signature, batch = fuzz.world(0)
    source = "def reward(obs, info):\n    return np.clip(min(float(info['success']), -1.0) ** 0.3, -1, 3) + obs[0]\n"
    assert accepted(source, batch) == [None] * len(batch) and fuzz.check(source, signature, batch) == "accepted"
    compared = source.replace("np.clip(", "float(np.clip(").replace("-1, 3)", "-1, 3) > -2.0)")
    assert accepted(compared, batch) == [None] * len(batch) and fuzz.check(compared, signature, batch) == "accepted"
    endless = "def reward(obs):\n    return max(obs[0] * 0, 3) ** (3 ** len(obs)) * 0.0 + obs[0]\n"
    assert accepted(endless, batch) == [None] * len(batch)


@pytest.mark.slow
def test_many_random_programs() -> None:
    counts = fuzz.run(200_000, 1_000)
    assert counts["compared"] > 70_000
    assert counts["slowest"] < 1.0
