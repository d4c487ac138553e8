"""Random play: what the cases step, that their episodes end all the time, and which scores come of their laps."""

import os
from types import SimpleNamespace
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.benchmarks import throughput_steps as steps
from rewardlab.benchmarks.throughput_turns import Laps, Size
from rewardlab.envs.gridworlds.kernel.batch import Batch

TASK, LENGTH = "MiniGrid-Empty-5x5-v0", 100
TINY = Size(seconds=0.002, rounds=2, rows=(2, 3, 4), peers=2)
KINDS = ("make_vec", "copy=False, columns=[]", "the kernel alone")


class Count(gym.Env):
    """Ends after three steps; notes its resets."""

    action_space = gym.spaces.Discrete(2)
    observation_space = gym.spaces.Discrete(1)

    def __init__(self) -> None:
        self.clock = self.resets = self.taken = 0

    def reset(self, **_: Any) -> tuple[int, dict]:
        self.clock, self.resets = 0, self.resets + 1
        return 0, {}

    def step(self, action: int) -> tuple[int, float, bool, bool, dict]:
        assert self.clock < 3 and type(action) is int and self.action_space.contains(action)
        self.clock, self.taken = self.clock + 1, self.taken + 1
        return 0, 0.0, self.clock == 3 and self.resets % 2 == 0, self.clock == 3 and self.resets % 2 == 1, {}


def test_a_single_environment_is_reset_at_each_end_and_goes_on_where_it_stopped(monkeypatch) -> None:
    env = Count()
    monkeypatch.setattr(gym, "make", lambda name: env)
    case = steps.single("Count")
    case.run(4)
    case.run(6)
    assert (env.taken, env.resets, env.clock, case.rows) == (10, 4, 1, 1)


def test_spread_rows_end_one_after_another() -> None:
    envs = gym.make_vec(f"rewardlab/{TASK}", num_envs=50)
    turning = np.zeros((3, 50), dtype=np.int64)  # never reaches the goal
    steps.spread(envs, turning, LENGTH)
    ends = np.array([envs.step(turning[0])[3] for _ in range(LENGTH)])
    assert ends.sum(0).tolist() == [1] * 50 and ends.sum(1).tolist() == [1, 0] * 50


@pytest.mark.parametrize("n", [3, 100, 257])
def test_each_row_begins_anew_once(n: int) -> None:
    spans = steps._spans(n, LENGTH)
    assert len(spans) == LENGTH and np.concatenate(spans).tolist() == list(range(n))
    assert max(map(len, spans)) - min(map(len, spans)) <= 1


def test_minigrids_rows_stand_at_all_times_of_their_episodes(monkeypatch) -> None:
    made = []
    looped = steps.looped
    monkeypatch.setattr(steps, "looped", lambda *of: made.append(looped(*of)) or made[0])
    case = steps.synchronous(TASK, 4)
    case.run(1)
    assert [e.unwrapped.step_count for e in made[0].envs] == [1, 26, 51, 76] and case.rows == 4
    assert made[0].metadata["autoreset_mode"].value == "SameStep"
    case.run(LENGTH - 1)
    assert all(e.unwrapped.step_count < LENGTH for e in made[0].envs)


@pytest.mark.parametrize("keywords", [{}, steps.LEAN])
def test_our_environments_play_with_the_options_that_are_named(monkeypatch, keywords: dict) -> None:
    made: list[Any] = []
    make_vec = gym.make_vec
    monkeypatch.setattr(gym, "make_vec", lambda *a, **k: made.append((k, make_vec(*a, **k))) or made[0][1])
    case = steps.ours(TASK, 5, threads=1, **keywords)
    given, envs = made[0]
    before = envs.unwrapped.get_state()["clock"]
    case.run(1)
    after = envs.unwrapped.get_state()["clock"]
    assert given == {"num_envs": 5, "threads": 1, **keywords} and case.rows == 5
    assert len(set(before.tolist())) > 1 and np.isin(after - before, [1, *-before]).all()


def test_the_kernel_alone_takes_each_step_and_restarts_what_has_ended(monkeypatch) -> None:
    seen, begun = [], []
    step, begin = Batch.step, Batch.begin
    monkeypatch.setattr(Batch, "step", lambda self, a, *r: seen.append(self) or step(self, a, *r))
    monkeypatch.setattr(Batch, "begin", lambda self, rows, *r: begun.append(rows) or begin(self, rows, *r))
    case = steps.kernel(TASK, 6, threads=1)
    seen.clear(), begun.clear()
    case.run(LENGTH)
    (batch,) = set(seen)
    assert len(seen) == LENGTH and set(np.concatenate(begun).tolist()) == set(range(6))
    assert not (batch.ended | batch.cut)[np.setdiff1d(np.arange(6), begun[-1])].any()


def test_actions_are_all_kinds_and_always_the_same() -> None:
    first, again = steps.random_actions(3, 7), steps.random_actions(3, 7)
    assert np.array_equal(first, again) and first.size >= 65_000 and first.dtype == np.int64
    assert np.bincount(first.ravel(), minlength=7).min() > first.size / 8 and first.max() == 6
    assert steps.random_actions(8192, 7).shape == (64, 8192)


def laps(ns: float) -> Laps:
    return Laps([ns * 1e-9] * 3, [ns * 1e-9] * 3)


def planted(**other: float) -> dict[str, Laps]:
    """Laps that meet all floors: MiniGrid takes 100 microseconds, ours 100 ns, the second thread saves 50."""
    found = {"MiniGrid": laps(1e5), "Sync x 64": laps(1e5), "one": laps(2000)}
    for n, threads in ((64, 1), (1024, 1), (8192, 1), (8192, 2)):
        for kind in ("", ", lean", ", kernel"):
            found[steps._name(n, threads) + kind] = laps(100 / threads)
    return found | {name: laps(ns) for name, ns in other.items()}


COUNTS = [(64, 1), (1024, 1), (8192, 1), (8192, 2)]


def test_laps_that_meet_all_floors() -> None:
    found = {s.name: s for s in steps.scores(planted(), Size(), counts=COUNTS)}
    assert [name for name, s in found.items() if s.holds is False] == []
    assert found["x 1024, 1 thread: make_vec"].ratio == pytest.approx(1000)
    assert found["x 8192, 2 threads against 1: the kernel alone"].ratio == pytest.approx(2)
    goals = {name: (s.floor, s.moonshot) for name, s in found.items() if s.floor is not None}
    assert goals == {
        "gymnasium.make": (20, 60),
        "x 1024, 1 thread: make_vec": (500, 2000),
        "x 1024, 1 thread: copy=False, columns=[]": (500, 2000),
        "x 8192, 2 threads: make_vec": (800, 3500),
        "x 8192, 2 threads: copy=False, columns=[]": (800, 3500),
        "x 8192, 2 threads against 1: the kernel alone": (1.3, 1.9),
    }


@pytest.mark.parametrize(
    ("slow", "ns", "fails"),
    [
        ("one", 5001, ["gymnasium.make"]),
        ("x 1024, 1 thread", 201, ["x 1024, 1 thread: make_vec"]),
        ("x 1024, 1 thread, lean", 201, ["x 1024, 1 thread: copy=False, columns=[]"]),
        ("x 8192, 2 threads", 126, ["x 8192, 2 threads: make_vec"]),
        ("x 8192, 2 threads, kernel", 77, ["x 8192, 2 threads against 1: the kernel alone"]),
        ("x 8192, 1 thread", 10_000, []),  # no floor is set for it
        ("one", 4999, []),
    ],
)
def test_a_slow_case_fails_its_floor_and_no_other(slow: str, ns: float, fails: list[str]) -> None:
    found = steps.scores(planted(**{slow: ns}), Size(), counts=COUNTS)
    assert [s.name for s in found if s.holds is False] == fails


def test_all_cases_are_measured_in_one_run() -> None:
    found = steps.stepping(TASK, TINY)
    names = [s.name for s in found]
    threads = [(2, 1), (3, 1), (4, 1)] + [(4, 2)] * (len(os.sched_getaffinity(0)) > 1)
    assert len(set(names)) == len(names)
    assert {f"{steps._name(n, t)}: {kind}" for n, t in threads for kind in KINDS} < set(names)
    assert all(s.value > 0 and np.isfinite([s.value, s.least, s.cpu, s.cpu_least]).all() for s in found)
    sync = next(s for s in found if s.name == "MiniGrid, SyncVectorEnv x 2")
    assert all(s.peer_value == sync.value for s in found if s.peer == "SyncVectorEnv x 2")
    assert not any("EnvPool" in name for name in names)


def test_envpool_is_measured_where_it_is_there_and_knows_the_task() -> None:
    made: list[dict] = []

    def make(task: str, **how: Any) -> Any:
        made.append(how)
        envs = gym.make_vec(f"rewardlab/{task}", num_envs=how["num_envs"])
        return SimpleNamespace(reset=envs.reset, step=envs.step, action_space=envs.single_action_space)

    there = SimpleNamespace(list_all_envs=lambda: [TASK], make=make)
    found = [s for s in steps.stepping(TASK, TINY, envpool=there) if "EnvPool" in s.name]
    assert made == [{"env_type": "gymnasium", "num_envs": n, "num_threads": 1} for n in (2, 3)]
    assert [s.name for s in found if s.peer == "EnvPool" and s.floor == 25] == [
        f"x {n}, 1 thread against EnvPool: copy=False, columns=[]" for n in (2, 3)
    ]
    stranger = SimpleNamespace(list_all_envs=lambda: ["Pong-v5"], make=make)
    assert not any("EnvPool" in s.name for s in steps.stepping(TASK, TINY, envpool=stranger))
