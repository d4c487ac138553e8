"""The tabular kernel: joined updates against one after the other, and the behaviour's frequencies."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rewardlab.agents.loops.tabular import blend, epsilon_greedy, linear, visits


@given(st.lists(st.integers(0, 4), min_size=1, max_size=40), st.integers(0, 10**6), st.booleans())
def test_a_batch_counts_as_its_visits_one_after_the_other(index, seed, harmonic):
    rng = np.random.default_rng(seed)
    table, count = rng.normal(size=5), rng.integers(0, 3, 5)
    slow, times = table.copy(), count.copy()
    index = np.array(index)
    target = rng.normal(size=len(index))
    for i, y in zip(index, target, strict=True):
        times[i] += 1
        rate = 1 / times[i] if harmonic else 0.3 / times[i] ** 0.6
        slow[i] += rate * (y - slow[i])
    number = visits(count, index)
    np.testing.assert_array_equal(count, times)
    blend(table, index, target, 1 / number if harmonic else 0.3 / number**0.6)
    np.testing.assert_allclose(table, slow, atol=1e-12)


def test_harmonic_rates_give_the_plain_mean():
    table, count, target = np.array([7.0]), np.zeros(1, dtype=int), np.arange(1000.0)
    index = np.zeros(1000, dtype=int)
    blend(table, index, target, 1 / visits(count, index))
    assert table[0] == pytest.approx(499.5, abs=1e-10)


def test_epsilon_greedy_draws_each_of_equals_alike():
    values = np.tile([1.0, 3.0, 3.0, 2.0], (40_000, 1))
    seen = np.bincount(epsilon_greedy(values, 0.2, np.random.default_rng(0)), minlength=4)
    assert stats.chisquare(seen, np.array([0.05, 0.45, 0.45, 0.05]) * 40_000).pvalue > 0.001
    sure = np.bincount(epsilon_greedy(values, 0.0, np.random.default_rng(0)), minlength=4)
    assert sure[[0, 3]].sum() == 0


def test_a_straight_line():
    assert [linear(1.0, 0.2, 4, t) for t in (0, 1, 2, 4, 9)] == pytest.approx([1.0, 0.8, 0.6, 0.2, 0.2])
