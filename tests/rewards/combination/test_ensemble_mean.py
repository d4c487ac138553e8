import math

import numpy as np
import pytest
from scipy import integrate, stats
from steps import as_torch, random_steps, steps

from rewardlab.core.reward import Task
from rewardlab.rewards import EnsembleMean


class Head(Task):
    def __init__(self, i):
        self.i = i

    def __call__(self, batch):
        return batch.column("heads")[..., self.i]


def heads(values):
    values = np.asarray(values, dtype=float)
    return steps(values.shape[:-1], heads=values)


def largest_of(n):
    """E[max of n standard normals]."""
    return integrate.quad(lambda x: x * n * stats.norm.pdf(x) * stats.norm.cdf(x) ** (n - 1), -9, 9)[0]


def test_it_is_the_mean_and_one_member_is_the_single_model():
    values = np.random.default_rng(0).normal(size=(4, 6, 5))
    np.testing.assert_allclose(EnsembleMean(tuple(map(Head, range(5))))(heads(values)), values.mean(-1), rtol=1e-12)
    np.testing.assert_array_equal(EnsembleMean((Head(0),))(heads(values)), values[..., 0])
    batch = random_steps(8, np.random.default_rng(1))
    np.testing.assert_array_equal(EnsembleMean((Task(),))(as_torch(batch)).numpy(), batch.reward)


def test_best_of_n_by_the_mean_finds_what_the_closed_form_says():
    """Gaussian errors of deviation s on a standard normal gold: E[gold] = E[max of n normals] / √(1 + s²/K)."""
    n, members, s, rounds = 64, 5, 1.5, 6000
    closed = largest_of(n) / math.sqrt(1 + s**2 / members)
    assert closed == pytest.approx(1.9464, abs=1e-4)
    rng = np.random.default_rng(2)
    gold = rng.normal(size=(rounds, n))
    batch = heads(gold[..., None] + s * rng.normal(size=(rounds, n, members)))

    def found(k):
        best = EnsembleMean(tuple(map(Head, range(k))))(batch).argmax(-1)
        return gold[np.arange(rounds), best]

    for k in (1, 2, members):
        chosen = found(k)
        error = chosen.std() / math.sqrt(rounds)
        assert chosen.mean() == pytest.approx(largest_of(n) / math.sqrt(1 + s**2 / k), abs=4 * error)
    assert found(members).mean() > found(1).mean() + 0.5


def test_a_nan_member_shows():
    paid = EnsembleMean((Head(0), Head(1)))(heads([[1.0, np.nan], [1.0, 2.0]]))
    assert np.isnan(paid).tolist() == [True, False]
