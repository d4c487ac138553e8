"""A whole vector environment whose rows live in `CudaRows`, in Numba's simulator, against the one on the CPU.

Run as a program, this file plays with `CudaRows` and prints what it saw.
"""

import hashlib
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from rewardlab.core.arrays import array
from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.kernel.cuda_rows import CudaRows, on_cuda
from rewardlab.envs.gridworlds.minigrid import MiniGridTask
from rewardlab.envs.world import WorldVectorEnv

TASK = "MiniGrid-DoorKey-5x5-v0"
CASES = {
    "dict": {}, "next step": {"autoreset_mode": "NextStep"}, "own memory": {"copy": False},
    "flat": {"observation": "flat"}, "full": {"observation": "full", "columns": ["door_open"]},
    "pixels": {"observation": "rgb_partial", "columns": []},
}  # fmt: skip


class OnDevice(MiniGridTask):
    """The task with its rows on the device."""

    def rows(self, n, *, device, where, copy=True, threads=None):
        return CudaRows(self, n, device=device, where=where, copy=copy)


def play(rules, device, **how):
    """A hash of each thing that 25 steps of 3 rows give, and what was not as it should be."""
    envs = WorldVectorEnv(rules, 3, task=TASK, options={"max_steps": 9}, device=device, max_episode_steps=8, **how)
    seen: dict[str, list[str]] = {}

    def note(key, x):
        if isinstance(x, dict):
            for k, v in x.items():
                note(f"{key}.{k}", v)
        elif isinstance(x, np.ndarray) and x.dtype == np.object_:
            note(f"{key}.rows", np.array([row is not None for row in x]))
            for row in x:
                if row is not None:
                    note(f"{key}.row", row if isinstance(row, (dict, str)) else array(row))
        else:
            y = np.asarray(array(x) if not isinstance(x, str) else x)
            seen.setdefault(key, []).append(f"{y.dtype} {y.shape} {hashlib.sha256(y.tobytes()).hexdigest()[:12]}")

    def step(t):
        obs, reward, ended, cut, info = envs.step((np.arange(3) * 7 + t * t) % 7)
        for key, x in {"obs": obs, "reward": reward, "ended": ended, "cut": cut, "info": info}.items():
            note(key, x)
        return obs

    first, info = envs.reset(seed=5)
    note("first", first), note("info", info)
    kept = {k: array(v).copy() for k, v in first.items()} if isinstance(first, dict) else {"": array(first).copy()}
    for t in range(20):
        step(t)
    stays = all(np.array_equal(kept[k], array(first[k] if k else first)) for k in kept)
    state = envs.get_state()
    for t in range(20, 25):
        step(t)
    envs.set_state(state)
    again = {k: list(v) for k, v in seen.items()}
    for t in range(20, 25):
        step(t)
    back = all(v[len(again[k]) :] == again[k][len(again[k]) - (len(v) - len(again[k])) :] for k, v in seen.items())
    own = how.get("copy", True)
    return {"seen": seen, "returns": back, "stays": stays or not own, "frames": _frame(envs)}


def _frame(envs):
    return hashlib.sha256(envs.rules.draw(dict(envs._rows.state), 1).tobytes()).hexdigest()


@pytest.fixture(scope="module")
def simulated():
    """What the simulator shows, in a process of its own."""
    how = {"NUMBA_ENABLE_CUDASIM": "1", "NUMBA_DISABLE_JIT": "1", "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, __file__]
    done = subprocess.run(command, env=os.environ | how, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("case", CASES)
def test_everything_a_vector_environment_gives_is_the_cpus(simulated, case):
    mine = play(MiniGridTask, None, **CASES[case])
    assert mine["returns"] and mine["stays"]
    assert simulated[case]["returns"] and simulated[case]["stays"]
    assert simulated[case]["frames"] == mine["frames"]
    assert simulated[case]["seen"].keys() == mine["seen"].keys()
    for key, values in mine["seen"].items():
        assert simulated[case]["seen"][key] == values, key
    assert any(key.startswith("info.final_obs") for key in mine["seen"]) == (case != "next step")


def test_a_state_of_the_cpus_rows_is_a_state_of_the_devices(simulated):
    assert simulated["exchange"] == [True, True]


def exchange():
    """A state that the CPU's rows gave goes into the device's, and one of another task is refused."""
    mine, other = (WorldVectorEnv(rules, 3, task=TASK) for rules in (MiniGridTask, OnDevice))
    small = WorldVectorEnv(OnDevice, 3, task="MiniGrid-DoorKey-6x6-v0")
    for envs in (mine, other, small):
        envs.reset(seed=1)
    mine.step(np.array([1, 2, 2]))
    other.set_state(mine.get_state())
    same = np.array_equal(array(other.step(np.zeros(3, int))[0]["image"]), mine.step(np.zeros(3, int))[0]["image"])
    try:
        small.set_state(mine.get_state())
    except BadOption:
        return [same, True]
    return [same, False]


@pytest.mark.parametrize(
    ("device", "there"),
    [("cuda", True), ("cuda:1", True), (None, False), ("cpu", False), ("mps", False), ("cudax", False)],
)
def test_which_devices_step_rows_themselves(device, there):
    assert on_cuda(device) == there


if __name__ == "__main__":
    found = {case: play(OnDevice, "cpu", **how) for case, how in CASES.items()}
    print(json.dumps(found | {"exchange": exchange()}))
