"""Rows: states that can be copied, handed over and taken up again."""

import copy
import pickle

import numpy as np
import pytest
import torch
from core.walk import Drift, assert_same, drawn, vector

from rewardlab.core.errors import BadOption
from rewardlab.envs.rows import Rows, apart, blank, take


@pytest.mark.parametrize("copier", [copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))], ids=["deepcopy", "pickle"])
@pytest.mark.parametrize("mode", ["SameStep", "NextStep"])
def test_a_copy_goes_on_alike(copier, mode):
    envs = vector(4, mode)
    envs.reset(seed=0)
    for action in drawn(envs, steps=17):
        envs.step(action)
    twin = copier(envs)
    for action in drawn(envs, seed=1, steps=100):
        assert_same(envs.step(action), twin.step(action))


def test_a_state_can_be_taken_up_by_another_instance_again_and_again():
    envs, other = vector(), vector()
    envs.reset(seed=0)
    saved = envs.get_state()
    runs = []
    for e in (envs, other, envs):
        e.set_state(saved)
        runs.append([e.step(action) for action in drawn(e)])
    for run in runs[1:]:
        assert_same(tuple(runs[0]), tuple(run))


def test_a_state_of_something_else_is_named():
    for bad in (None, {}, {"state": {}}, vector(3).get_state()):
        with pytest.raises(BadOption, match=r"Drift x 4: .*\n  expected: "):
            vector(4).set_state(bad)


def test_rows_begin_and_step_where_the_mask_is_set():
    rows = Rows(Drift(), 4)
    rows.rng.reseed(np.ones(4, dtype=bool), [0, 1, 2, 3])
    rows.begin(np.ones(4, dtype=bool))
    before = rows.get_state()["state"]
    moving = np.array([True, False, True, False])
    reward, terminated, _ = rows.step(np.ones((4, 2), np.float32), moving)
    assert (rows.state["at"][~moving] == before["at"][~moving]).all()
    assert (rows.state["at"][moving] != before["at"][moving]).any(axis=1).all()
    assert reward[~moving].tobytes() == np.zeros(2).tobytes()
    assert not terminated[~moving].any()
    assert rows.clock.tolist() == [1, 0, 1, 0]
    rows.begin(moving)
    assert rows.clock.tolist() == [0, 0, 0, 0]
    assert rows.rng.episode.tolist() == [1, 0, 1, 0]


def test_take_gives_a_row_in_memory_of_its_own():
    batch = {"a": np.arange(6.0).reshape(3, 2), "b": np.array([True, False, True])}
    row = take(batch, 1)
    row["a"][:] = 9
    assert batch["a"][1].tolist() == [2.0, 3.0]
    assert row["b"] is False


def test_apart_holds_single_observations_where_the_mask_is_set():
    mask = np.array([True, False, True])
    kept = apart({"a": np.arange(6).reshape(3, 2)}, mask)
    assert kept[1] is None
    assert kept[2]["a"].tolist() == [4, 5]
    assert [None if k is None else k.tolist() for k in apart(np.eye(3), mask)] == [[1, 0, 0], None, [0, 0, 1]]
    assert apart(np.array([7, 8, 9]), mask).tolist() == [7, None, 9]


def test_blank_leaves_true_zeros():
    mask = np.array([True, False])
    column = np.array([[np.nan, 1.0], [np.nan, -1.0]])
    assert blank(column, mask, None)[1].tobytes() == np.zeros(2).tobytes()
    assert np.isnan(blank(column, mask, None)[0, 0])
    shown = blank(torch.as_tensor(column), mask, "cpu")
    assert shown[1].numpy().tobytes() == np.zeros(2).tobytes()
    assert blank(np.array([True, True]), mask, None).tolist() == [True, False]
    assert blank(np.array([True, True]), mask, None).dtype == bool
    assert blank(np.array(["x", "y"], dtype=object), mask, None).tolist() == ["x", None]
