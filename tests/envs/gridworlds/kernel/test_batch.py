"""Batches: the same bits whatever the number of threads and rows, and states that can be taken out and put back."""

import copy
import pickle

import numpy as np
import pytest

from rewardlab.envs.gridworlds.generators.minigrid_levels import MiniGridLevels
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.kernel.batch import Batch, constants
from rewardlab.envs.gridworlds.minigrid import MiniGridTask

TASKS = ("MiniGrid-DoorKey-5x5-v0", "MiniGrid-Dynamic-Obstacles-6x6-v0", "BabyAI-GoToSeqS5R2-v0")


def levels_of(rules, seeds):
    return MiniGridLevels(rules.task, {})(np.array(seeds, dtype=np.uint64))


def batch(rules, n, *, threads=None, begun=True):
    out = Batch(rules.const, n, threads=threads)
    if begun:
        levels = levels_of(rules, range(min(n, 40)))
        out.begin(np.arange(n), levels, np.arange(n) % len(levels))
    return out


def seen(b):
    shown = {"image": b.image, "reward": b.reward, "ended": b.ended, "cut": b.cut}
    return {**{k: v.copy() for k, v in shown.items()}, **b.get_state()}


def equal(a, b):
    return a.keys() == b.keys() and all(np.array_equal(a[k], b[k]) for k in a)


@pytest.mark.parametrize("task", TASKS)
def test_threads_change_nothing(task):
    rules, rng = MiniGridTask(task=task), np.random.default_rng(0)
    several = [batch(rules, 101, threads=k) for k in (1, 2, 3, 7)]
    for _ in range(60):
        actions, active = rng.integers(0, rules.action_space.n, 101), rng.random(101) < 0.9
        counts = {b.step(actions, active) for b in several}
        first = seen(several[0])
        assert counts == {int((first["ended"] | first["cut"]).sum())}
        assert all(equal(first, seen(b)) for b in several[1:])


def test_a_large_batch_is_its_rows_alone():
    rules, rng, n = MiniGridTask(task=TASKS[0]), np.random.default_rng(1), 4096
    large = batch(rules, n)
    rows = [0, 1, 63, 2047, 2048, 4000, 4095]
    levels = levels_of(rules, range(40))
    alone = [Batch(rules.const, 1) for _ in rows]
    for b, row in zip(alone, rows, strict=True):
        b.begin(np.zeros(1, np.int64), levels, np.array([row % 40]))
    for _ in range(80):
        actions = rng.integers(0, 7, n)
        large.step(actions)
        whole = seen(large)
        for b, row in zip(alone, rows, strict=True):
            b.step(actions[row : row + 1])
            assert equal({k: v[row : row + 1] for k, v in whole.items()}, seen(b))


@pytest.mark.parametrize("task", TASKS)
def test_states_copies_and_pickles_go_on_alike(task):
    rules, rng = MiniGridTask(task=task), np.random.default_rng(2)
    b = batch(rules, 9)
    for _ in range(10):
        b.step(rng.integers(0, rules.action_space.n, 9))
    saved, picture = b.get_state(), b.image.copy()
    twins = [copy.deepcopy(b), pickle.loads(pickle.dumps(b)), batch(rules, 9, begun=False)]
    twins[2].set_state(saved)
    assert all(np.array_equal(twin.image, picture) for twin in twins)
    actions = rng.integers(0, rules.action_space.n, (20, 9))
    for action in actions:
        b.step(action)
        for twin in twins:
            twin.step(action)
            assert equal(seen(b), seen(twin))
    late = seen(b)
    assert not np.array_equal(late["field"], saved["field"])  # what was saved has not moved with it
    b.set_state(saved)
    for action in actions:
        b.step(action)
    assert equal(seen(b), late)


def test_rows_that_are_not_active_stay():
    rules = MiniGridTask(task=TASKS[0])
    b = batch(rules, 4)
    before, active = seen(b), np.array([True, False, True, False])
    b.step(np.full(4, codes.RIGHT), active)
    after = seen(b)
    for key in ("field", "lines", "wide", "image"):
        assert np.array_equal(after[key][~active], before[key][~active]), key
    assert (after["field"][active, codes.HEADING] == (before["field"][active, codes.HEADING] + 1) % 4).all()
    assert (after["reward"][~active] == 0).all()
    assert not after["ended"].any()


def test_beginning_a_row_leaves_the_others():
    rules, rng = MiniGridTask(task=TASKS[2]), np.random.default_rng(0)
    b = batch(rules, 5)
    for _ in range(7):
        b.step(rng.integers(0, 7, 5))
    before = seen(b)
    b.begin(np.array([3]), levels_of(rules, [77]), np.zeros(1, np.int64))
    after = seen(b)
    others = np.array([0, 1, 2, 4])
    for key in ("field", "lines", "wide", "image", "tags", "places"):
        assert np.array_equal(after[key][others], before[key][others])
    assert after["wide"][3, codes.LEVEL_SEED] == 77
    assert after["field"][3, codes.STEPS] == 0


def test_fresh_memory_leaves_what_was_handed_out():
    rules = MiniGridTask(task=TASKS[0])
    b = batch(rules, 3)
    picture, kept = b.image, b.image.copy()
    b.fresh(keep=True)
    assert np.array_equal(b.image, kept)
    b.step(np.full(3, codes.LEFT))
    assert np.array_equal(picture, kept)
    assert not np.shares_memory(picture, b.image)


def test_memory_of_an_environment_stays_below_a_kibibyte():
    rules = MiniGridTask(task="MiniGrid-DoorKey-8x8-v0")
    b = Batch(rules.const, 100)
    arrays = {id(x.base if x.base is not None else x): x for x in vars(b).values() if isinstance(x, np.ndarray)}
    assert sum(x.nbytes for x in arrays.values()) / 100 < 1024


def test_constants_say_what_a_task_is():
    const = constants(6, 9, view=5, through=True, rule=codes.FETCH, inside=True, balls=3)
    assert const.dtype == np.int64
    named = {
        codes.C_WIDTH: 6, codes.C_HEIGHT: 9, codes.C_SIZE: 54, codes.C_VIEW: 5, codes.C_THROUGH: 1,
        codes.C_RULE: codes.FETCH, codes.C_INSIDE: 1, codes.C_BALLS: 3, codes.C_FLAT_PAY: 0,
    }  # fmt: skip
    assert {k: int(const[k]) for k in named} == named
    assert const[codes.C_WORDS] * 8 >= 5 * 5 * 3
    assert Batch(const, 2).image.shape == (2, 5, 5, 3)
    assert Batch(const, 2).field.shape == (2, codes.FIELDS + 3)
