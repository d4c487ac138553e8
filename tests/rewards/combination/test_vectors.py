import numpy as np
import pytest
import torch
from steps import as_torch, steps

from rewardlab.core.errors import BadBatch, BadOption, MissingColumn
from rewardlab.rewards.combination.vectors import checked_numbers, checked_simplex, dot, objectives

BATCH = steps((2, 3), vector=np.arange(12).reshape(2, 3, 2))


def test_components_come_in_the_type_of_the_reward_on_any_axes():
    for batch in (BATCH, as_torch(BATCH)):
        first, second = objectives(batch, "vector", 2, by="it")
        assert first.dtype == batch.reward.dtype and tuple(first.shape) == (2, 3)
        assert first[1, 2] == 10 and second[1, 2] == 11


def test_a_wrong_width_and_a_missing_column_are_named():
    with pytest.raises(BadBatch, match="as many weights"):
        objectives(BATCH, "vector", 3, by="it")
    with pytest.raises(MissingColumn, match="victor"):
        objectives(BATCH, "victor", 2, by="it")


def test_the_sum_has_the_same_bits_in_both_libraries():
    x = np.random.default_rng(0).normal(size=(4, 50)).astype(np.float32)
    w = (0.1, 0.2, 0.3, 0.4)
    ours, theirs = dot(w, list(x)), dot(w, list(torch.as_tensor(x)))
    assert ours.dtype == np.float32
    np.testing.assert_array_equal(theirs.numpy(), ours)


def test_weights_are_shares():
    assert checked_simplex([0.25, 0.75], where="it") == (0.25, 0.75)
    with pytest.raises(BadOption, match=r"weights=\(0.25, 0.75\)"):  # the mend
        checked_simplex((1, 3), where="it")
    for bad in ((-0.5, 1.5), (np.nan, 1.0), (), "ab", None, (0.0, 0.0)):
        with pytest.raises(BadOption, match="weights"):
            checked_simplex(bad, where="it")
    with pytest.raises(BadOption, match="at least 2"):
        checked_numbers((1.0,), least=2, where="it", name="v")
