"""Running moments against NumPy's own, and episode sums by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardlab.core.errors import BadCheckpoint
from rewardlab.core.statistics import EpisodeSums, RunningMoments, by_rows, ranks


@given(st.lists(st.integers(0, 70), min_size=1, max_size=6), st.sampled_from([(), (1,), (3,), (2, 5), (130,)]))
def test_moments_equal_those_of_all_rows_at_once(sizes: list[int], shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(sum(sizes))
    x = rng.normal(3.0, 2.0, (sum(sizes), *shape))
    m = RunningMoments(shape)
    for part in np.split(x, np.cumsum(sizes)[:-1]):
        m.update(part)
    assert m.count == len(x)
    if len(x):
        np.testing.assert_allclose(m.mean, x.mean(0), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(m.var, x.var(0), rtol=1e-10, atol=1e-12)
    else:
        assert (m.var == 1.0).all() and (m.mean == 0.0).all()


def test_moments_far_from_zero_keep_their_digits() -> None:
    x = 1e9 + np.random.default_rng(0).normal(0.0, 1.0, (10_000, 2))
    m = RunningMoments((2,))
    for part in np.split(x, 100):
        m.update(part)
    np.testing.assert_allclose(m.var, x.var(0), rtol=1e-6)
    constant = RunningMoments()
    constant.update(np.full(1000, 1e9 + 0.1))
    constant.update(np.full(1000, 1e9 + 0.1))
    assert constant.var == 0.0


def test_merge_equals_one_pass() -> None:
    x = np.random.default_rng(1).normal(size=(90, 4))
    whole, left, right = RunningMoments((4,)), RunningMoments((4,)), RunningMoments((4,))
    whole.update(x)
    left.update(x[:20])
    right.update(x[20:])
    left.merge(right)
    left.merge(RunningMoments((4,)))
    assert left.count == 90
    np.testing.assert_allclose(left.mean, whole.mean, atol=1e-14)
    np.testing.assert_allclose(left.var, whole.var, rtol=1e-13)


def test_moments_of_tensors_equal_those_of_arrays() -> None:
    import torch

    x = np.random.default_rng(2).normal(5.0, 3.0, (64, 3)).astype(np.float32)
    ours, theirs = RunningMoments((3,)), RunningMoments((3,))
    for part in np.split(x, 4):
        ours.update(part)
        theirs.update(torch.as_tensor(part))
    assert isinstance(theirs.mean, torch.Tensor) and theirs.mean.dtype == torch.float64
    np.testing.assert_allclose(theirs.mean.numpy(), ours.mean, rtol=1e-13)
    np.testing.assert_allclose(theirs.var.numpy(), ours.var, rtol=1e-12)
    again = RunningMoments((3,))
    again.update(torch.zeros(1, 3))
    again.load_state_dict(theirs.state_dict())
    assert torch.equal(again.var, theirs.var)


def test_moments_come_back_to_the_bit_and_refuse_others() -> None:
    rng, m, again = np.random.default_rng(3), RunningMoments((2,)), RunningMoments((2,))
    m.update(rng.normal(size=(7, 2)))
    again.load_state_dict(m.state_dict())
    more = rng.normal(size=(5, 2))
    m.update(more)
    again.update(more)
    assert np.array_equal(m.mean, again.mean) and np.array_equal(m.var, again.var) and m.count == again.count
    for bad in ({}, {**m.state_dict(), "mean": np.zeros(3)}, {**m.state_dict(), "count": "many"}):
        with pytest.raises(BadCheckpoint):
            again.load_state_dict(bad)


def test_by_rows_is_broadcasting() -> None:
    rng = np.random.default_rng(4)
    for n, shape in [(1024, (4,)), (1000, (17,)), (7, (3,)), (64, (2, 3)), (64, ()), (128, (200,)), (0, (3,))]:
        x, v = rng.normal(size=(n, *shape)).astype(np.float32), rng.normal(size=shape).astype(np.float32)
        assert np.array_equal(by_rows(np.subtract, x, v), x - v)
        out = x.copy()
        by_rows(np.multiply, out, v, out=out)
        assert np.array_equal(out, x * v)
    turned = rng.normal(size=(4, 512)).T
    assert np.array_equal(by_rows(np.subtract, turned, np.arange(4.0)), turned - np.arange(4.0))


def test_episode_sums_by_hand() -> None:
    sums = EpisodeSums(2)
    sums.begin(np.ones(2, dtype=bool))
    sums.add(np.array([1.0, 2.0]), np.array([10.0, 20.0]))
    sums.add(np.array([0.5, 2.0]), np.array([10.0, 20.0]))
    paid, true = sums.ended(np.array([True, False]))
    assert paid["r"].tolist() == [1.5, 0.0] and paid["l"].tolist() == [2, 0] and true["r"].tolist() == [20.0, 0.0]
    assert paid["t"][0] >= 0.0 and paid["t"][1] == 0.0
    sums.begin(np.array([True, False]))
    again = EpisodeSums(2)
    again.load_state_dict(sums.state_dict())
    for s in (sums, again):
        s.add(np.array([4.0, 1.0]), np.zeros(2))
        paid, true = s.ended(np.ones(2, dtype=bool))
        assert paid["r"].tolist() == [4.0, 5.0] and paid["l"].tolist() == [1, 3] and true["r"].tolist() == [0.0, 40.0]
    with pytest.raises(BadCheckpoint):
        EpisodeSums(3).load_state_dict(sums.state_dict())
    with pytest.raises(BadCheckpoint):
        sums.load_state_dict({"paid": 1})


def test_ranks_count_the_equals_before():
    assert ranks(np.array([3, 1, 3, 3, 1, 0])).tolist() == [0, 0, 1, 2, 1, 0]
    assert ranks(np.zeros(0, dtype=np.int64)).shape == (0,)
