"""The hostile corpus: each program is refused in a second and few megabytes, or harmless and pays what it says."""

import os
import random
import resource
import sys
import time

import numpy as np
import pytest
from core.sandbox.honest_rewards import steps
from core.sandbox.hostile_rewards import HARMLESS, REFUSED

from rewardlab.core.errors import BadProgram
from rewardlab.core.sandbox.language import Signature, compile_program

RNG = np.random.default_rng(1)
BATCH = steps(lambda shape: RNG.normal(size=shape), 5)
SIGNATURE = Signature.of_batch(BATCH)


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


def largest() -> int:
    """The most memory that this process ever had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def test_the_corpus_is_wide() -> None:
    assert sum(map(len, REFUSED.values())) >= 450
    assert len({p for programs in REFUSED.values() for p in programs}) == sum(map(len, REFUSED.values()))


@pytest.mark.parametrize("family", REFUSED)
def test_hostile_programs_are_refused(family: str) -> None:
    before, memory = state(), largest()
    for source in REFUSED[family]:
        began = time.process_time()
        with pytest.raises(BadProgram) as found:
            print(source[:300], compile_program(source, SIGNATURE).code[:500])
        assert time.process_time() - began < 1.0, source[:300]
        said = str(found.value)
        assert len(said) < 3000
        assert said.startswith("reward program")
        assert all(c.isprintable() for line in said.split("\n") for c in line), source[:300]
    assert largest() - memory < 50e6
    assert state() == before


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_programs_pay_what_they_say(name: str) -> None:
    source, pays = HARMLESS[name]
    before = state()
    assert np.array_equal(compile_program(source, SIGNATURE)(BATCH), np.full(5, pays))
    assert state() == before
