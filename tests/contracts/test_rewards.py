"""The laws of rewards, over every reward that the catalogue finds.

A new reward needs one row in `contracts.rows.ROWS`; the laws themselves are `rewardlab.testing.check_reward` and those
of this file, which need an environment, another library or a file.
"""

import importlib

import numpy as np
import pytest
import torch
from contracts.chosen import has_turn, kept
from contracts.row import Row
from contracts.rows import ROWS, TABLES
from gymnasium.wrappers import TimeLimit

from rewardlab.core import catalogue, checkpoint
from rewardlab.core.arrays import array
from rewardlab.core.batch import Transitions
from rewardlab.core.bridge import ToVecEnv
from rewardlab.core.errors import BadCheckpoint
from rewardlab.core.reward import add
from rewardlab.envs.world import WorldEnv, WorldVectorEnv
from rewardlab.rewards import Paid, PaidVecEnv, PaidVector, Task, relabel
from rewardlab.testing import check_reward


def rows_for(*values, teachable=False, law=""):
    """(row, value) for every row of every reward and each of `values`; a short run takes one of each reward's, and of a
    dear law one of every second reward's."""
    cases = []
    for name, rows in ROWS.items():
        able = [(i, row) for i, row in enumerate(rows) if row.teach() or not teachable]
        alike = [(f"{name}-{i}", row, v) for i, row in able for v in values or (None,)]
        for k, (label, row, value) in enumerate(alike):
            given, called = ((row, value), f"{value}-{label}") if values else ((row,), label)
            turn = has_turn(k, len(alike), name) and (not law or has_turn(0, 2, f"{law} {name}"))
            marks = () if turn else pytest.mark.slow
            cases.append(pytest.param(*given, id=called, marks=marks))
    return kept(cases)


EVERY = pytest.mark.parametrize("row", rows_for())
TEACHABLE = pytest.mark.parametrize("row", rows_for(teachable=True))
LATER = 10**9  # an update_every that never comes: what was learned stays as it is
N, T, LIMIT = 3, 30, 7


def test_every_reward_of_the_catalogue_has_a_row_and_every_row_its_reward():
    found = {e.name: e.module for e in catalogue.entries("reward")}
    assert set(ROWS) == set(found)
    for name, rows in ROWS.items():
        cls = getattr(importlib.import_module(found[name]), name)
        assert rows and all(type(row.make()) is cls for row in rows), name


def test_no_reward_has_rows_in_two_files():
    assert sum(map(len, TABLES.values())) == len(ROWS)


def test_what_learns_is_taught():
    for name, rows in ROWS.items():
        if any(row.make().learns for row in rows):
            assert any(row.teach() for row in rows), f"{name} learns: its row needs `teach`"


@pytest.mark.parametrize(("row", "taught"), rows_for("untaught", "taught", law="check_reward"))
def test_the_laws_of_check_reward(row, taught):
    check_reward(row.taught() if taught == "taught" else row.make(), row.sample(12, seed=9), skip=row.skip)


def begun(reward, rows, make=np.asarray):
    reward.reset(make(np.ones(rows, dtype=bool)))
    return reward


@EVERY
def test_numpy_and_torch_pay_the_same(row):
    batch = row.sample(12, seed=9)
    paid = begun(row.taught(), 12)(batch)
    other = begun(row.taught(), 12, torch.as_tensor)(batch.map(torch.as_tensor))
    assert isinstance(paid, np.ndarray) and isinstance(other, torch.Tensor)
    np.testing.assert_allclose(other.numpy(), paid, rtol=row.digits, atol=row.digits)


@TEACHABLE
def test_torch_teaches_what_numpy_teaches(row):
    ours, theirs, batch = row.make(), row.make(), row.sample(12, seed=9)
    for lesson in row.teach():
        ours.update(lesson)
        theirs.update(lesson.map(torch.as_tensor))
    untaught = begun(row.make(), 12)(batch)
    learned = begun(ours, 12)(batch)
    np.testing.assert_allclose(array(begun(theirs, 12)(batch)), learned, rtol=1e-4, atol=1e-5)
    assert not np.allclose(learned, untaught), "the lessons of this row teach nothing"


@EVERY
def test_a_file_keeps_what_was_learned(row, tmp_path):
    taught, batch = row.taught(), row.sample(12, seed=9)
    begun(taught, 12)(row.sample(12, seed=8))
    checkpoint.save(tmp_path / "reward", "reward", {}, taught.state_dict())
    fresh = row.make()
    fresh.load_state_dict(checkpoint.load(tmp_path / "reward", "reward")[1])
    np.testing.assert_array_equal(fresh(batch), taught(batch))  # in the middle of the episodes of `taught`


@EVERY
def test_a_state_of_something_else_is_refused(row):
    with pytest.raises(BadCheckpoint):
        row.make().load_state_dict({"no such key": np.zeros(3)})


@EVERY
def test_a_state_that_lacks_a_part_is_refused(row):
    state = row.taught().state_dict()
    for key in state:
        with pytest.raises(BadCheckpoint):
            row.make().load_state_dict({k: v for k, v in state.items() if k != key})


@EVERY
def test_a_call_learns_nothing(row):
    taught = row.taught()
    lessons = row.sample(12, seed=5)
    before = array(begun(taught, 12)(row.sample(12, seed=9)))
    for _ in range(3):
        taught(lessons)
    np.testing.assert_array_equal(begun(taught, 12)(row.sample(12, seed=9)), before)


# -- the drivers -----------------------------------------------------------------------------------------------------


def columns_of(row):
    """The info columns of a row's world."""
    return tuple(k for k in row.sample(4, seed=0).info)


_PLAYED: dict[int, tuple] = {}  # rows live as long as the module


def played(row):
    """[T, N] pays of a vector environment, and the steps as they were recorded: own rewards, true successors."""
    if id(row) not in _PLAYED:
        _PLAYED[id(row)] = _play(row)
    return _PLAYED[id(row)]


def _play(row):
    reward, columns_shown = row.taught(), columns_of(row)
    envs = PaidVector(WorldVectorEnv(row.world(), N, max_episode_steps=LIMIT), reward, update_every=LATER)
    obs, _ = envs.reset(seed=0)
    paid, steps = [], []
    for action in actions():
        seen, pay, terminated, truncated, info = envs.step(action)
        after, done = seen.copy(), terminated | truncated
        for i in np.flatnonzero(done):
            after[i] = info["final_obs"][i]
        columns = {"task_reward": info["task_reward"]}
        for k in columns_shown:  # of rows that ended, the last step's info says what it was
            last = info["final_info"][k] if done.any() else info[k]
            wide = done.reshape(done.shape + (1,) * (np.ndim(last) - 1))
            columns[k] = np.where(wide, last, info[k]) if k in info else last
        own = columns.pop("task_reward")
        np.testing.assert_allclose(add(info["reward_parts"]), pay, rtol=1e-9, atol=1e-12)
        paid.append(pay)
        steps.append(Transitions(obs, action, own, after, terminated, truncated, columns))
        obs = seen
    return np.stack(paid), Transitions.stack(steps)


def actions():
    return np.random.default_rng(1).integers(0, 4, (T, N))


def test_the_world_of_these_laws_has_ends_of_both_kinds_and_every_column_moves():
    _, steps = _play(Row(Task))
    assert steps.terminated.sum() > 2 and (steps.truncated & ~steps.terminated).sum() > 2
    assert steps.info["success"].any() and len(np.unique(steps.info["stage"])) == 3
    assert len(np.unique(steps.info["distance"])) > T


@pytest.mark.parametrize("row", rows_for(law="singles"))
def test_single_environments_pay_what_the_vector_pays(row):
    together, _ = played(row)
    for i in range(N):
        env = Paid(TimeLimit(WorldEnv(row.world()), LIMIT), row.taught(), update_every=LATER)
        env.reset(seed=i)
        alone = []
        for action in actions()[:, i]:
            _, pay, terminated, truncated, _ = env.step(action)
            alone.append(pay)
            if terminated or truncated:
                env.reset()
        np.testing.assert_allclose(alone, together[:, i], rtol=max(row.digits, 1e-12), atol=max(row.digits, 1e-12))


@pytest.mark.parametrize("row", rows_for(law="VecEnv"))
def test_a_vec_env_pays_what_the_vector_pays(row):
    together, _ = played(row)
    below = ToVecEnv(WorldVectorEnv(row.world(), N, max_episode_steps=LIMIT), info_keys=columns_of(row))
    venv = PaidVecEnv(below, row.taught(), update_every=LATER)
    venv.seed(0)
    venv.reset()
    paid = [venv.step(action)[1] for action in actions()]
    np.testing.assert_allclose(np.stack(paid), together, rtol=1e-5, atol=1e-6)  # a VecEnv's own rewards are float32


@pytest.mark.parametrize("row", rows_for(law="relabel"))
def test_recorded_steps_are_paid_as_they_were_online(row):
    online, steps = played(row)
    recorded = relabel(steps, row.taught()).reward
    if row.in_place:
        np.testing.assert_allclose(recorded, online, rtol=max(row.digits, 1e-12), atol=max(row.digits, 1e-12))
        return
    assert not np.allclose(recorded, online), "this reward is paid in place: say so in its row"
    for i in range(N):
        for episode in np.split(np.arange(T), np.flatnonzero(steps.done[:, i]) + 1)[:-1]:
            np.testing.assert_allclose(recorded[episode, i].sum(), online[episode, i].sum(), rtol=1e-9, atol=1e-9)
