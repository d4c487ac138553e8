import functools

import numpy as np
import pytest
from scipy import stats

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.rewards import clopper_pearson, empirical_bernstein, hoeffding, student_t

RNG = np.random.default_rng(0)
DRAWS = 2000


def missed(bound, samples, mean, delta):
    """How often the bound lies below the true mean, and what is allowed."""
    allowed = delta + 2 * np.sqrt(delta * (1 - delta) / len(samples))
    return (bound(samples, delta) < mean).mean(), allowed


@pytest.mark.parametrize("delta", [0.1, 0.05])
def test_students_bound_is_exact_for_normal_samples(delta):
    rate, allowed = missed(student_t, RNG.normal(0.3, 2.0, (DRAWS, 8)), 0.3, delta)
    assert 2 * delta - allowed <= rate <= allowed  # neither too often nor too rarely


@pytest.mark.parametrize("bound", [hoeffding, empirical_bernstein, clopper_pearson])
@pytest.mark.parametrize("p", [0.03, 0.3, 0.9])
def test_bounds_for_bounded_samples_hold(bound, p):
    rate, allowed = missed(bound, (RNG.random((DRAWS, 40)) < p).astype(float), p, 0.1)
    assert rate <= allowed


def test_closed_forms():
    x = RNG.random((3, 20))
    n, s = 20, x.std(-1, ddof=1)
    np.testing.assert_allclose(student_t(x, 0.1), x.mean(-1) + s / np.sqrt(n) * stats.t.ppf(0.9, 19))
    np.testing.assert_allclose(hoeffding(x, 0.1), x.mean(-1) + np.sqrt(np.log(10) / 40))
    np.testing.assert_allclose(hoeffding(4 * x, 0.1, high=4.0), 4 * hoeffding(x, 0.1))
    np.testing.assert_allclose(
        empirical_bernstein(3 * x - 1, 0.1, low=-1.0, high=2.0), 3 * empirical_bernstein(x, 0.1) - 1
    )
    flags = np.array([[0] * 10, [1] * 10, [1] * 3 + [0] * 7])
    exact = clopper_pearson(flags, 0.05)
    assert exact[0] == pytest.approx(1 - 0.05 ** (1 / 10)) and exact[1] == 1.0
    assert stats.binom.cdf(3, 10, exact[2]) == pytest.approx(0.05)


def test_the_variance_pays_where_it_is_small():
    x = np.clip(RNG.normal(0.5, 0.01, 2000), 0, 1)
    assert empirical_bernstein(x, 0.1) < hoeffding(x, 0.1)


def test_samples_and_deltas_that_no_bound_holds_for_are_refused():
    for bound, x in (
        (student_t, [1.0]),
        (hoeffding, [1.5]),
        (empirical_bernstein, [-0.5, 0.5]),
        (clopper_pearson, [0.5]),
        (student_t, [np.nan, 1.0]),
        (functools.partial(hoeffding, high=0.5), [0.7]),
    ):
        with pytest.raises(BadBatch):
            bound(np.array(x), 0.1)
    with pytest.raises(BadOption, match="delta"):
        student_t(np.zeros(3), 1.5)
