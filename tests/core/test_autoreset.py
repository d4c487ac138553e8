"""What a vector environment says of its resets: modes, masks, and the last observations of its ended rows."""

import numpy as np
import pytest
import torch
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from support_rewards import Walk

from rewardlab.core.autoreset import check_kept, check_mode, last_obs, replaced, reset_rows, stacked
from rewardlab.core.errors import BadOption, FaultyEnvironment


@pytest.mark.parametrize("mode", [AutoresetMode.SAME_STEP, "SameStep", AutoresetMode.NEXT_STEP, "NextStep"])
def test_modes_are_read_as_objects_and_as_words(mode):
    envs = SyncVectorEnv([Walk])
    envs.metadata = {"autoreset_mode": mode}
    assert check_mode(envs, "here") is AutoresetMode(mode)


@pytest.mark.parametrize("mode", [AutoresetMode.DISABLED, "Disabled", "sometimes", None, 3])
def test_other_modes_are_refused(mode):
    envs = SyncVectorEnv([Walk])
    envs.metadata = {} if mode is None else {"autoreset_mode": mode}
    with pytest.raises(BadOption, match=r"here: (no declared )?autoreset mode"):
        check_mode(envs, "here")


def test_observations_that_are_written_over_are_refused_by_those_who_keep_none():
    envs = SyncVectorEnv([Walk])
    check_kept(envs, "here")
    envs.metadata = {**envs.metadata, "overwrites": True}
    with pytest.raises(BadOption, match=r"here: an environment that writes(.|\n)*copy=True"):
        check_kept(envs, "here")


def test_a_reset_begins_all_rows_unless_it_says_which():
    for options in (None, {}, {"reset_mask": None}, {"other": 1}):
        assert reset_rows(options, 3).tolist() == [True] * 3
    given = np.array([True, False, True])
    mask = reset_rows({"reset_mask": given}, 3)
    assert mask.tolist() == given.tolist() and mask is not given
    assert reset_rows({"reset_mask": torch.tensor([False, True])}, 2).tolist() == [False, True]


def rows_of(tree, i):
    if isinstance(tree, dict):
        return {k: rows_of(v, i) for k, v in tree.items()}
    return tuple(rows_of(v, i) for v in tree) if isinstance(tree, tuple) else tree[i]


TREES = {
    "numbers": np.arange(4, dtype=np.int64),
    "vectors": np.arange(12, dtype=np.float32).reshape(4, 3),
    "empty": np.zeros((4, 0), dtype=np.float32),
    "texts": np.array(["a", "bb", "", "c"], dtype=object),
    "tensors": torch.arange(8.0).reshape(4, 2),
    "nested": {"a": (np.arange(4), np.ones((4, 2, 2))), "b": np.array(["x", "y", "z", "w"], dtype=object)},
}


@pytest.mark.parametrize("name", TREES)
def test_last_observations_take_the_places_of_the_ended_rows(name):
    tree, done = TREES[name], np.array([False, True, False, True])
    final = np.full(4, None, dtype=object)
    for i, j in ((1, 0), (3, 2)):  # row 1 showed last what row 0 shows, row 3 what row 2 shows
        final[i] = rows_of(tree, j)
    out = replaced(tree, last_obs({"final_obs": final}, done, tree, "here"), done)
    for i, j in enumerate((0, 0, 2, 2)):
        same(rows_of(out, i), rows_of(tree, j))
    same(rows_of(stacked([rows_of(tree, 2)], tree), 0), rows_of(tree, 2))


def same(a, b):
    if isinstance(a, dict):
        assert a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    elif isinstance(a, tuple):
        assert len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    else:
        assert type(a) is type(b) and np.array_equal(np.asarray(a), np.asarray(b))
    return True


def test_an_environment_that_keeps_the_last_observation_is_named():
    done = np.array([True, False])
    for info in ({}, {"final_obs": np.array([None, None], dtype=object)}):
        with pytest.raises(FaultyEnvironment, match="final_obs"):
            last_obs(info, done, np.zeros((2, 3)), "here")
