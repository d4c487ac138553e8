"""What a start costs: numbers from processes of their own, and arrays counted once."""

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.benchmarks import throughput_start as start
from rewardlab.benchmarks.throughput_turns import Size
from rewardlab.envs.gridworlds.minigrid import MiniGridTask

TASK = "MiniGrid-Empty-5x5-v0"
SMALL = Size(rows=(1, 2, 512), processes=1)


def test_arrays_are_counted_once_wherever_they_are() -> None:
    whole = np.zeros(100, dtype=np.int64)
    other = np.zeros((3, 5), dtype=np.uint8)
    views = [whole, whole[10:], {"x": whole.reshape(10, 10)[2], "y": (other.T, whole.view(np.uint8))}]
    assert start.held(views, whole) == 800 + 15
    assert start.held(np.lib.stride_tricks.as_strided(whole, (5, 5), (8, 8)), whole) == 800
    assert start.held("text", None, 3) == 0


def test_streams_and_spaces_count_and_rules_do_not() -> None:
    from rewardlab.core.rng import Streams

    rng = Streams(range(7))
    own = [x for x in vars(rng).values() if isinstance(x, np.ndarray)]
    assert start.held(rng) == sum(x.nbytes for x in {id(x): x for x in own}.values()) >= 3 * 7 * 8
    box = gym.spaces.Box(0, 1, (4,), np.float64)
    assert start.held(box) >= 2 * 4 * 8
    assert start.held(MiniGridTask(task=TASK)) == 0


@pytest.mark.parametrize("lean", [False, True])
def test_bytes_grow_with_the_environments_alone(lean: bool) -> None:
    one, two = (start.bytes_held(TASK, n, lean=lean) for n in (1000, 2000))
    each = (two["rows"] - one["rows"]) / 1000
    picture, field = 152, 96
    assert two["rows"] - 2 * one["rows"] == pytest.approx(0, abs=4096)  # what there is once is next to nothing
    assert each > picture + field
    assert two["spaces"] - one["spaces"] >= 1000 * 2 * 147  # low and high of the picture alone


def test_a_lean_environment_holds_less() -> None:
    whole, lean = start.bytes_held(TASK, 1000), start.bytes_held(TASK, 1000, lean=True)
    assert lean["rows"] < whole["rows"] and lean["spaces"] == whole["spaces"]


def test_memory_is_measured_in_a_process_of_its_own() -> None:
    found = {s.name: s for s in start.memory(TASK, SMALL)}
    assert len(found) == 5 and all(s.unit == "B" and s.cpu is None for s in found.values())
    whole = found["memory x 512: rows"]
    assert whole.value * 512 == start.bytes_held(TASK, 512)["rows"]
    assert [name for name, s in found.items() if s.floor == 1024] == [
        "memory x 512: rows",
        "memory x 512: rows, copy=False, columns=[]",
    ]


def test_a_first_use_is_timed_in_a_process_of_its_own_with_a_cache_of_its_own(monkeypatch) -> None:
    """Interpreted here: to compile takes too long for a test, and the figures of a test would be none anyway."""
    calls = []
    call = start._call
    monkeypatch.setattr(start, "_call", lambda *of: calls.append(of) or call(*of))
    found = start.starting(TASK, SMALL, variables={"NUMBA_DISABLE_JIT": "1"})
    assert [code for code, _ in calls] == [f"first_use({TASK!r})"] * 2
    caches = [variables["NUMBA_CACHE_DIR"] for _, variables in calls]
    assert caches[0] == caches[1] and all(v["NUMBA_DISABLE_JIT"] == "1" for _, v in calls)
    kernel, cold, warm = found
    assert 0 < kernel.value < cold.value and warm.value > 0 and all(s.unit == "s" for s in found)
    assert (kernel.floor, cold.floor, warm.floor, warm.moonshot) == (10, None, 1, 0.5)


def test_the_kernel_is_compiled_without_moving_anything(monkeypatch) -> None:
    from rewardlab.envs.gridworlds.kernel.batch import Batch

    moved = []
    step = Batch.step

    def note(self: Batch, action: np.ndarray, active: np.ndarray | None = None) -> int:
        before = self.get_state()
        count = step(self, action, active)
        moved.append(any(not np.array_equal(v, before[k]) for k, v in self.get_state().items()))
        return count

    monkeypatch.setattr(Batch, "step", note)
    used = start.first_use(TASK)
    assert moved == [False, True]  # the kernel's own call, and the environment's first step
    assert used.keys() == {"kernel", "all"} and used["kernel"][1] <= used["all"][1]
