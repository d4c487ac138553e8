"""Levels by the second: new ones each time, ours and not MiniGrid's, and the same as MiniGrid's."""

import numpy as np
import pytest

from rewardlab.benchmarks import throughput_levels as bench
from rewardlab.benchmarks.throughput_turns import Size
from rewardlab.envs.gridworlds.generators import engine
from rewardlab.envs.gridworlds.generators.minigrid_levels import MiniGridLevels
from rewardlab.envs.gridworlds.kernel.batch import Batch

TASK = "MiniGrid-DoorKey-5x5-v0"


@pytest.fixture
def drawn(monkeypatch) -> list[tuple[np.ndarray, np.ndarray]]:
    """The seeds and cells of all levels that are drawn."""
    found: list[tuple[np.ndarray, np.ndarray]] = []
    call = MiniGridLevels.__call__

    def draw(self: MiniGridLevels, seeds: np.ndarray):
        levels = call(self, seeds)
        found.append((seeds.copy(), levels.cells.copy()))
        return levels

    monkeypatch.setattr(MiniGridLevels, "__call__", draw)
    return found


def test_each_step_draws_new_levels_and_they_are_minigrids(drawn) -> None:
    case = bench.drawn(TASK, 8)
    drawn.clear()
    case.run(2)
    case.run(1)
    assert case.rows == 8 and np.concatenate([seeds for seeds, _ in drawn]).tolist() == list(range(10**6, 10**6 + 24))
    world = engine.load(TASK, {})
    for seeds, cells in drawn:
        levels = MiniGridLevels(TASK, {})._room(8)
        for row, seed in enumerate(seeds):
            engine.draw(world, int(seed), levels, row)
        assert np.array_equal(levels.cells & 0x7F, cells & 0x7F)


def test_levels_are_begun_where_that_is_asked(drawn, monkeypatch) -> None:
    begun = []
    begin = Batch.begin
    monkeypatch.setattr(Batch, "begin", lambda self, *of: begun.append(self) or begin(self, *of))
    bench.drawn(TASK, 8).run(2)
    assert not begun
    bench.drawn(TASK, 8, begun=True).run(2)
    assert len(begun) == 2 and np.array_equal(begun[-1].grids().reshape(8, -1), drawn[-1][1] & 0x7F)
    assert begun[-1].image.any(axis=(1, 2, 3)).all()  # every row has seen its level


def test_a_task_without_a_generator_of_ours_is_no_case() -> None:
    with pytest.raises(RuntimeError, match="BabyAI-GoToObj-v0"):
        bench.drawn("BabyAI-GoToObj-v0", 2)


def test_minigrid_resets_once_a_step(monkeypatch) -> None:
    from minigrid.minigrid_env import MiniGridEnv

    count = []
    reset = MiniGridEnv.reset
    monkeypatch.setattr(MiniGridEnv, "reset", lambda self, **k: count.append(k) or reset(self, **k))
    case = bench.resets(TASK)
    count.clear()
    case.run(3)
    assert count == [{}] * 3 and case.rows == 1


def test_scores_are_against_the_reset_of_the_same_task() -> None:
    tasks = (TASK, "MiniGrid-Empty-5x5-v0")
    found = bench.levels(Size(seconds=0.002, rounds=2, levels=4), tasks)
    assert len({s.name for s in found}) == len(found) == 6
    for own, task in zip((found[:3], found[3:]), tasks, strict=True):
        assert all(s.name.startswith(task) and s.value > 0 for s in own)
        assert [s.peer_value for s in own] == [None, own[0].value, own[0].value]
        assert [s.floor for s in own] == [None, 50, 50] and [s.moonshot for s in own] == [None, 500, 500]


def test_the_tasks_have_generators_of_ours() -> None:
    assert all(MiniGridLevels(task, {}).cheap for task in bench.TASKS)
