"""`CudaBatch` in Numba's simulator, where a kernel's threads are threads of Python, against `Batch` on the CPU.

Run as a program, this file plays in whatever the environment says and prints what it saw.
"""

import hashlib
import importlib.util
import json
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.kernel.batch import Batch
from rewardlab.envs.gridworlds.minigrid import MiniGridTask

TASKS = ("MiniGrid-DoorKey-5x5-v0", "MiniGrid-Dynamic-Obstacles-5x5-v0", "BabyAI-GoToLocal-v0")
ROWS, STEPS, SEED = 4, 100, 3  # a seed with which each task is solved at least once
ACTIONS = np.array([0.2, 0.2, 0.35, 0.1, 0.02, 0.1, 0.03])


def play(task, batch_of):
    """Hashes of everything that 100 steps of 4 rows show, and what happened in them."""
    rules = MiniGridTask(task=task)
    batch = batch_of(rules.const, ROWS)
    rng = Streams(ROWS * SEED + np.arange(ROWS))
    chances = ACTIONS[: rules.action_space.n] / ACTIONS[: rules.action_space.n].sum()
    seen = {name: hashlib.sha256() for name in ("image", "reward", "ended", "cut", "columns", "state")}
    won = lost = ends = 0
    rows, draws = np.arange(ROWS), np.random.default_rng(SEED)
    for t in range(STEPS):
        if len(rows):
            rng.begin(rows)
            part = rng.rows(rows)
            levels, which = rules.deal(part)
            rng.put(rows, part)
            batch.begin(rows, levels, which)
            seen["image"].update(np.asarray(batch.image).tobytes())
        active = None if t % 10 else draws.random(ROWS) < 0.5
        batch.step(draws.choice(rules.action_space.n, size=ROWS, p=chances), active)
        for name in ("image", "reward", "ended", "cut"):
            seen[name].update(np.asarray(getattr(batch, name)).tobytes())
        if t % 5 == 0:
            for x in batch.columns().values():
                seen["columns"].update(np.asarray(x).tobytes())
            for key, x in batch.get_state().items():
                seen["state"].update(f"{key} {x.shape} {x.dtype}".encode() + x.tobytes())
        reward, done = np.asarray(batch.reward), np.asarray(batch.ended) | np.asarray(batch.cut)
        won, lost, ends = won + int((reward > 0).sum()), lost + int((reward < 0).sum()), ends + int(done.sum())
        rows = np.flatnonzero(done)
    state = batch.get_state()
    return {
        **{name: digest.hexdigest() for name, digest in seen.items()},
        "won": won, "lost": lost, "ends": ends,
        "returns": _returns(rules, batch_of, batch, state), "grids": np.asarray(batch.grids()).tolist(),
        "widest": _widest(batch_of),
    }  # fmt: skip


def _returns(rules, batch_of, batch, state):
    """Is a state the same by way of another batch, and of a pickle; and stays what was handed out as it is?"""
    other = batch_of(rules.const, ROWS)
    other.set_state(state)
    copied, image, before = pickle.loads(pickle.dumps(batch)), batch.image, np.array(batch.image)
    batch.fresh(keep=True)
    for b in (batch, other, copied):
        b.step(np.zeros(ROWS, dtype=np.int64))
    same = [np.array_equal(np.asarray(batch.image), np.asarray(b.image)) for b in (other, copied)]
    kept = np.array_equal(image, before) and not np.array_equal(before, np.asarray(batch.image))
    return [*same, kept, all(np.array_equal(batch.get_state()[k], other.get_state()[k]) for k in state)]


def _widest(batch_of):
    """A view of another size, through walls or not."""
    rules = MiniGridTask(task="MiniGrid-DoorKey-5x5-v0", view=9)
    batch, rng = batch_of(rules.const, 2), Streams([3, 4])
    rng.begin(slice(None))
    batch.begin(np.arange(2), *rules.deal(rng))
    batch.step(np.array([0, 2]))
    return hashlib.sha256(np.asarray(batch.image).tobytes()).hexdigest()


@pytest.fixture(scope="module")
def simulated():
    """What the simulator shows, in a process of its own."""
    how = {"NUMBA_ENABLE_CUDASIM": "1", "NUMBA_DISABLE_JIT": "1", "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, __file__]
    done = subprocess.run(command, env=os.environ | how, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("task", TASKS)
def test_every_bit_is_the_cpus(simulated, task):
    mine = play(task, Batch)
    assert simulated[task] == mine
    assert mine["returns"] == [True] * 4
    assert mine["ends"] > 0 and mine["won"] > 0  # there is something to be equal in
    assert (mine["lost"] > 0) == ("Obstacles" in task)


def test_without_the_package_the_message_names_it(monkeypatch):
    from rewardlab.envs.gridworlds.kernel.cuda import CudaBatch

    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "numba_cuda" else find(name))
    with pytest.raises(BadOption, match=r"numba-cuda") as e:
        CudaBatch(MiniGridTask().const, 2, where="DoorKey x 2")
    assert 'pip install "rewardlab[gpu]"' in str(e.value)
    assert str(e.value).startswith("DoorKey x 2: device='cuda'")


def test_without_a_device_the_message_says_what_is_lacking(monkeypatch):
    from rewardlab.envs.gridworlds.kernel.cuda import CudaBatch
    from rewardlab.envs.gridworlds.kernel.cuda_drivers import cuda

    monkeypatch.setattr(cuda, "is_available", lambda: False)
    with pytest.raises(BadOption, match="a CUDA device with its driver") as e:
        CudaBatch(MiniGridTask().const, 2)
    assert "leave device out" in str(e.value) and "rewardlab[gpu]" in str(e.value)


@pytest.mark.parametrize("device", ["cpu", "mps", "cooda", 1.5])
def test_other_devices_are_refused(device):
    from rewardlab.envs.gridworlds.kernel.cuda import CudaBatch

    with pytest.raises(BadOption, match="device="):
        CudaBatch(MiniGridTask().const, 2, device=device)


if __name__ == "__main__":
    from rewardlab.envs.gridworlds.kernel.cuda import CudaBatch

    print(json.dumps({task: play(task, CudaBatch) for task in TASKS}))
