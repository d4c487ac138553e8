"""The hostile corpus: each program is refused within a second and few megabytes, or is harmless and pays what it says."""

import gc
import os
import random
import time
import tracemalloc

import numpy as np
import pytest
from core.sandbox.hostile_rewards import HARMLESS, REFUSED
from core.sandbox.honest_rewards import steps

from rewardlab.core.errors import BadProgram
from rewardlab.core.sandbox.language import Signature, compile_program

RNG = np.random.default_rng(1)
BATCH = steps(lambda shape: RNG.normal(size=shape), 5)
SIGNATURE = Signature.of_batch(BATCH)
CASES = [(family, i) for family, programs in REFUSED.items() for i in range(len(programs))]


def state() -> list[object]:
    """What a program might change: files, environment, error handling, random numbers, functions, inputs."""
    return [
        sorted(os.listdir(".")),
        dict(os.environ),
        np.geterr(),
        random.getstate(),
        str(np.random.get_state()),  # noqa: NPY002
        np.exp(1.0),
        np.pi,
        BATCH.obs.tobytes(),
        BATCH.info["contact"].tobytes(),
    ]


@pytest.mark.parametrize(("family", "i"), CASES)
def test_hostile_programs_are_refused(family: str, i: int) -> None:
    source = REFUSED[family][i]
    before = state()
    tracemalloc.start()
    began = time.process_time()
    try:
        with pytest.raises(BadProgram) as found:
            program = compile_program(source, SIGNATURE)
            print(source[:300], program.code[:500])
        took = time.process_time() - began
        grown = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert took < 1.0 * 4, f"{took:.2f} s"  # tracing memory slows it down several times
    assert grown < 50e6, f"{grown / 1e6:.0f} MB"
    assert len(str(found.value)) < 3000
    assert str(found.value).isprintable() or "\n" in str(found.value)
    assert state() == before


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_programs_pay_what_they_say(name: str) -> None:
    source, pays = HARMLESS[name]
    before = state()
    assert np.array_equal(compile_program(source, SIGNATURE)(BATCH), np.full(5, pays))
    assert state() == before


def test_refusals_are_quick() -> None:
    """Without tracing: the whole corpus, and the slowest of it."""
    gc.collect()
    slowest = 0.0
    for programs in REFUSED.values():
        for source in programs:
            began = time.process_time()
            with pytest.raises(BadProgram):
                compile_program(source, SIGNATURE)
            slowest = max(slowest, time.process_time() - began)
    assert slowest < 1.0
