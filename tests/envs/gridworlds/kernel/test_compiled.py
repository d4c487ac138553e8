"""Compilation: a message when it is slow, a fingerprint of the sources, and the same bits without any compiler."""

import importlib
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

import rewardlab  # noqa: F401
from rewardlab.core.testing import trace_hash
from rewardlab.envs.gridworlds.kernel import compiled
from rewardlab.envs.gridworlds.kernel.drivers import begin_rows, look_rows, step_rows

TASKS = ("MiniGrid-DoorKey-5x5-v0", "MiniGrid-Dynamic-Obstacles-5x5-v0", "BabyAI-GoToSeqS5R2-v0")


@pytest.mark.parametrize(("seconds", "told"), [(1.3, True), (0.0, False)])
def test_a_slow_first_compilation_says_so_once(monkeypatch, caplog, seconds, told):
    def slow_compiler(function, **options):
        def first_call(*args):
            time.sleep(seconds)
            return function(*args)

        return first_call

    monkeypatch.setattr(compiled, "njit", slow_compiler)
    with caplog.at_level(logging.WARNING, logger="rewardlab"):
        driver = compiled.Driver(lambda a, b: a + b, "the test kernel")
        assert driver.run(2, 3) == 5
        assert driver.run(3, 4) == 7  # as slow, but compiled by then
        time.sleep(0.05)
    said = [r.getMessage() for r in caplog.records if "compiling" in r.getMessage()]
    assert said == (["compiling the test kernel: once on this machine, some seconds"] if told else [])


def test_a_driver_that_fails_at_first_says_nothing_later(monkeypatch, caplog):
    def failing_compiler(function, **options):
        def call(*args):
            raise TypeError("no")

        return call

    monkeypatch.setattr(compiled, "njit", failing_compiler)
    driver = compiled.Driver(lambda: None, "the test kernel")
    with caplog.at_level(logging.WARNING, logger="rewardlab"):
        with pytest.raises(TypeError):
            driver.run()
        time.sleep(1.2)
    assert not caplog.records


def test_the_fingerprint_changes_with_what_is_compiled_and_with_nothing_else(tmp_path, monkeypatch):
    folder = tmp_path / "gridworlds"
    here = Path(compiled.__file__).parents[1]
    shutil.copytree(here, folder, ignore=shutil.ignore_patterns("__pycache__", "*.nb*"))
    monkeypatch.setattr(compiled, "__file__", str(folder / "kernel" / "compiled.py"))
    first, generators = compiled.fingerprint(), compiled.fingerprint(folder / "generators")
    assert first == compiled.fingerprint()
    assert 0 < first < 2**48
    assert first != generators

    def change(name):
        with open(folder / name, "a", encoding="utf-8") as source:
            source.write("# \n")

    change("kernel/missions.py")
    change("generators/table.py")
    assert (compiled.fingerprint(), compiled.fingerprint(folder / "generators")) == (first, generators)
    change("generators/door_key.py")
    assert compiled.fingerprint() == first
    assert compiled.fingerprint(folder / "generators") != generators
    seen = {first}
    for name in ("step.py", "view.py", "codes.py", "instructions.py", "pcg.py"):
        change(f"kernel/{name}")
        seen.add(compiled.fingerprint())
    assert len(seen) == 6


_CHILD = """
import json, warnings
warnings.simplefilter("error")
import gymnasium, rewardlab
from rewardlab.core.testing import trace_hash
from rewardlab.envs.gridworlds.kernel import compiled
assert compiled.INTERPRETED
print(json.dumps([trace_hash(gymnasium.make(f"rewardlab/{task}"), 3, 60) for task in TASKS]))
"""


def test_without_numba_the_same_source_gives_the_same_bits():
    child = subprocess.run(
        [sys.executable, "-c", _CHILD.replace("TASKS", repr(TASKS))],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert child.returncode == 0, child.stderr[-2000:]
    assert child.stderr == ""
    assert json.loads(child.stdout) == [trace_hash(gym.make(f"rewardlab/{task}"), 3, 60) for task in TASKS]


_COUNTING = """
from numba import njit
@njit(cache=True)
def sliced(x):
    total = 0.0
    for i in range(x.shape[0]):
        total += x[i:][0]
    return total
"""


def symbols(function, name):
    """The functions of Numba's runtime that the machine code of a compiled function knows, as its cache file has it."""
    files = Path(function.stats.cache_path).glob(f"{name}*.nbc")
    newest = max(files, key=lambda path: path.stat().st_mtime)
    return set(re.findall(rb"NRT_[a-z]+", newest.read_bytes()))


def test_compiled_loops_count_no_references_and_allocate_nothing(tmp_path, monkeypatch):
    envs = gym.make_vec("rewardlab/MiniGrid-DoorKey-5x5-v0", num_envs=2)
    envs.reset(seed=0)
    envs.step(np.zeros(2, dtype=np.int64))
    envs.set_state(envs.get_state())
    for driver in (step_rows, begin_rows, look_rows):
        assert symbols(driver().run, f"drivers.{driver.__name__}") == set()
    # what such a loop looks like that does count references
    (tmp_path / "counting.py").write_text(_COUNTING)
    monkeypatch.syspath_prepend(str(tmp_path))
    sliced = importlib.import_module("counting").sliced
    assert sliced(np.ones(3)) == 3.0
    assert b"NRT_decref" in symbols(sliced, "counting.sliced")
