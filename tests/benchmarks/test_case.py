"""Cases: what they refuse, what their keys depend on, how far apart their seeds are."""

import dataclasses
import functools
import pickle
import subprocess
import sys
from pathlib import Path

import fake_jobs
import numpy as np
import pytest

from rewardlab.benchmarks import suites
from rewardlab.benchmarks.case import EVALUATION, Case, base_seed
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.mdps import DeepSea

CASE = fake_jobs.make("double", seeds=3)


def test_rows_of_different_runs_never_share_a_stream():
    case = dataclasses.replace(CASE, seeds=tuple(range(20)), num_envs=64, episodes=50)
    rows = [
        base_seed(k) + start + i
        for k in case.seeds
        for start, n in ((0, case.num_envs), (EVALUATION, case.episodes))
        for i in range(n)
    ]
    assert len(set(rows)) == len(rows) == 20 * 114
    draws = Streams(rows).bits((2,))
    assert len({tuple(d) for d in draws.tolist()}) == len(rows)
    # The largest that a case may ask for still fits between two base seeds.
    assert base_seed(0) + EVALUATION <= base_seed(1) - EVALUATION
    with pytest.raises(BadOption, match="num_envs=500001"):
        dataclasses.replace(CASE, num_envs=EVALUATION + 1)


def test_a_key_changes_with_everything_that_decides_the_result():
    key = CASE.key(0)
    others = [CASE.key(1)] + [
        dataclasses.replace(CASE, **{name: value}).key(0)
        for name, value in {
            "env": "rewardlab/BernoulliBandit-v0",
            "method": "other",
            "reward": fake_jobs.none,
            "budget": 101,
            "num_envs": 3,
            "env_kwargs": {"size": 7},
            "evaluations": 5,
            "episodes": 11,
            "agent_name": "x",
            "update_every": 2,
            "scale": (0.0, 2.0),
        }.items()
    ]
    others += [
        dataclasses.replace(CASE, reward=functools.partial(fake_jobs.doubled, weight=w)).key(0) for w in (3, 4.0)
    ]
    assert len({key, *others}) == len(others) + 1
    assert dataclasses.replace(CASE, seeds=(0, 7)).key(0) == key  # other seeds do not


def test_a_key_changes_with_the_version(monkeypatch):
    import rewardlab

    key = CASE.key(0)
    monkeypatch.setattr(rewardlab, "__version__", "0.0.0")
    assert CASE.key(0) != key


def test_a_key_is_the_same_in_every_process():
    code = "import fake_jobs; print(fake_jobs.make('double', seeds=3).key(2))"
    here = Path(fake_jobs.__file__).parent
    got = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=here)
    assert got.stdout.strip() == CASE.key(2)


def test_keys_name_functions_classes_arrays_and_dataclasses():
    reward = functools.partial(fake_jobs.doubled, np.arange(3), np.float32(0.5), DeepSea, other=[(1, None)])
    spec = dataclasses.replace(CASE, reward=reward).spec(0)["reward"]
    assert spec == {
        "call": "fake_jobs:doubled",
        "args": [{"array": [0, 1, 2]}, 0.5, "rewardlab.envs.mdps.deep_sea:DeepSea"],
        "keywords": {"other": [[1, None]]},
    }
    kwargs = dataclasses.replace(CASE, env_kwargs={"goal": DeepSea(size=3)}).spec(0)["env_kwargs"]
    assert kwargs["goal"]["class"].endswith(":DeepSea") and kwargs["goal"]["fields"]["size"] == 3


def test_a_case_comes_back_from_a_pickle():
    copy = pickle.loads(pickle.dumps(CASE))
    assert copy.spec(0) == CASE.spec(0) and copy.key(2) == CASE.key(2) and copy.seeds == CASE.seeds


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"reward": lambda envs, seed: None}, "no name that a worker could import"),
        ({"reward": functools.partial(lambda envs, seed, x: None, x=1)}, "no name that a worker could import"),
        ({"env_kwargs": {"x": object()}}, "no name that a worker could import"),
        ({"budget": 0}, "budget=0"),
        ({"budget": 1e6}, "budget=1000000.0"),
        ({"num_envs": True}, "num_envs=True"),
        ({"seeds": ()}, "seeds="),
        ({"seeds": (1, 1)}, "seeds="),
        ({"seeds": (-1,)}, "seed -1"),
        ({"seeds": (2**32,)}, "seed 4294967296"),
        ({"method": ""}, "an empty name"),
        ({"scale": (1.0, 1.0)}, "scale="),
    ],
)
def test_what_cannot_be_run_is_refused_when_it_is_made(change, words):
    with pytest.raises(BadOption, match=words) as e:
        dataclasses.replace(CASE, **change)
    assert "Case(rewardlab/DeepSea-v0" in str(e.value)


def test_every_suite_loads_and_its_cells_are_different():
    assert "smoke" in suites.names()
    for name in suites.names():
        suite = suites.load(name)
        cells = [(c.env, c.method) for c in suite.cases]
        assert len(set(cells)) == len(cells) > 0
        assert suite.text and all(isinstance(c, Case) for c in suite.cases)
