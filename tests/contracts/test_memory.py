"""Memory, files and threads: flat over long play, over many resets, and over environments that come and go."""

import json
import subprocess
import sys

import pytest

# Some of each kind: the kernel with native levels, with levels from MiniGrid, with its own random numbers.
NAMES = [
    ("rewardlab/MiniGrid-DoorKey-5x5-v0", {}),
    ("rewardlab/BabyAI-GoToSeqS5R2-v0", {"levels": 64}),
    ("rewardlab/MiniGrid-Dynamic-Obstacles-5x5-v0", {"observation": "full"}),
    ("rewardlab/DeepSea-v0", {}),
]
MEGABYTE = 2**20

_CHILD = """
import gc, json, os, resource, sys, threading
import gymnasium, numpy, rewardlab
name, options, steps, makes, threads = json.load(sys.stdin)

def held():
    if os.path.exists("/proc/self/statm"):  # Linux hands the peak of a parent on to its children: no use here
        with open("/proc/self/statm") as pages:
            return int(pages.read().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

def state():
    gc.collect()
    return held(), len(os.listdir("/dev/fd")), threading.active_count()

def make(n):
    own = {"threads": threads} if threads else {}
    return gymnasium.make_vec(name, num_envs=n, max_episode_steps=50, **options, **own)

def play(envs, count):
    actions = numpy.random.default_rng(0).integers(0, envs.single_action_space.n, (97, envs.num_envs))
    for t in range(count // envs.num_envs):
        envs.step(actions[t % 97])

def alone(env, count):
    env.reset(seed=0)
    for t in range(count):
        if any(env.step(t % 2)[2:4]):
            env.reset()

def come_and_go(count):
    for _ in range(count):
        envs, env = make(2), gymnasium.make(name, **options)
        envs.reset(seed=0), env.reset(seed=0)
        envs.step(numpy.zeros(2, dtype=numpy.int64)), env.step(0)
        envs.close(), env.close()
        del envs, env

envs, env = make(64), gymnasium.make(name, **options)
envs.reset(seed=0)
play(envs, max(steps // 5, 20_000)), alone(env, 3_000), come_and_go(max(30, makes // 2))
found = [state()]
play(envs, steps)
found.append(state())
alone(env, steps // 20)
found.append(state())
come_and_go(makes)
found.append(state())
print(json.dumps(found))
"""


def growth(name, options, steps, makes, threads=None):
    """(bytes, files, threads) after a warm-up, then after long play of 64 rows, of one, after makes and closes."""
    child = subprocess.run(
        [sys.executable, "-c", _CHILD],
        input=json.dumps([name, options, steps, makes, threads]),
        capture_output=True, text=True, timeout=3600, check=False,
    )  # fmt: skip
    assert child.returncode == 0, child.stderr[-2000:]
    return json.loads(child.stdout)


@pytest.mark.parametrize(
    ("steps", "makes"),
    [(100_000, 100), pytest.param(10_000_000, 1_000, marks=pytest.mark.slow)],
    ids=["short", "long"],
)
@pytest.mark.parametrize(("name", "options"), NAMES, ids=[name for name, _ in NAMES])
def test_play_and_makes_leave_nothing_behind(name, options, steps, makes):
    first, *later = growth(name, options, steps, makes)
    for held, files, threads in later:
        assert held - first[0] <= 2 * MEGABYTE
        assert (files, threads) == tuple(first[1:])


def test_threads_end_with_their_environment():
    first, *_, last = growth(*NAMES[0], 20_000, 40, threads=2)
    assert last[2] == first[2]
    assert last[0] - first[0] <= 4 * MEGABYTE


def test_a_leak_would_be_seen(monkeypatch):
    """The same measurement with a list that keeps one observation of each step."""
    step = "envs.step(actions[t % 97])"
    leaking = _CHILD.replace(step, f"kept.append({step})").replace("def play", "kept = []\n\ndef play")
    monkeypatch.setitem(globals(), "_CHILD", leaking)
    first, second, *_ = growth("rewardlab/MiniGrid-DoorKey-5x5-v0", {}, 100_000, 1)
    assert second[0] - first[0] > 4 * MEGABYTE
