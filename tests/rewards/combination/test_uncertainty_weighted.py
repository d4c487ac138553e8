import numpy as np
import pytest
from steps import as_torch, random_steps, steps

from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Task
from rewardlab.rewards import UncertaintyWeighted


class Head(Task):
    def __init__(self, i):
        self.i = i

    def __call__(self, batch):
        return batch.column("heads")[..., self.i]


def heads(values):
    values = np.asarray(values, dtype=float)
    return steps(values.shape[:-1], heads=values)


def test_mean_less_variance_by_hand():
    batch = heads([[1.0, 3.0], [2.0, 2.0], [0.0, 4.0]])
    assert UncertaintyWeighted((Head(0), Head(1)))(batch).tolist() == [1.5, 2.0, 0.0]
    assert UncertaintyWeighted((Head(0), Head(1)), penalty=0.1)(batch) == pytest.approx([1.9, 2.0, 1.6])
    values = np.random.default_rng(0).normal(size=(3, 4, 6))
    paid = UncertaintyWeighted(tuple(map(Head, range(6))), penalty=0.7)(heads(values))
    np.testing.assert_allclose(paid, values.mean(-1) - 0.7 * values.var(-1), rtol=1e-12, atol=1e-14)


def test_one_member_is_the_single_model_bit_for_bit_and_no_penalty_is_the_mean():
    batch = random_steps(9, np.random.default_rng(1))
    for penalty in (0.0, 0.5, 10.0):
        single = UncertaintyWeighted((Task(),), penalty=penalty)
        np.testing.assert_array_equal(single(batch), batch.reward)
        np.testing.assert_array_equal(single(as_torch(batch)).numpy(), batch.reward)
    values = np.random.default_rng(2).normal(size=(5, 3))
    paid = UncertaintyWeighted(tuple(map(Head, range(3))), penalty=0.0)(heads(values))
    np.testing.assert_allclose(paid, values.mean(-1), rtol=1e-15)


def test_a_large_common_offset_does_not_drown_the_variance():
    values = np.array([[1e6 + 1, 1e6 + 3], [1e6 + 2, 1e6 + 2]])
    paid = UncertaintyWeighted((Head(0), Head(1)))(heads(values))
    assert paid[1] - paid[0] == pytest.approx(0.5)


def test_a_nan_member_shows_and_mistakes_are_named():
    assert np.isnan(UncertaintyWeighted((Head(0), Head(1)))(heads([[1.0, np.nan]]))).all()
    for penalty in (-0.1, float("nan")):
        with pytest.raises(BadOption, match="penalty"):
            UncertaintyWeighted((Task(),), penalty=penalty)
