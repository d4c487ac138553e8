"""Logistic regression: the minimum by another optimiser, weights as repetitions, and closed forms by Monte Carlo."""

import numpy as np
import pytest
from scipy.optimize import minimize

from rewardlab.core.logistic import draw, expected_gap, fit_logistic, gram


def data(lead=(), n=40, d=3, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(*lead, n, d)) * 2
    return x, (rng.random((*lead, n)) < 1 / (1 + np.exp(-x @ np.array([1.0, -2.0, 0.5])))) * 1.0


@pytest.mark.parametrize("lam", [1e-3, 1.0, 50.0])
def test_it_is_the_minimum(lam):
    x, y = data()
    y[:5] = 0.5  # half a win is one too

    def loss(theta):
        z = x @ theta
        return (np.logaddexp(0, z) - y * z).sum() + 0.5 * lam * theta @ theta

    other = minimize(loss, np.ones(3), tol=1e-12)
    np.testing.assert_allclose(fit_logistic(x, y, lam=lam), other.x, rtol=1e-4, atol=1e-5)


def test_many_sets_are_fitted_as_each_alone_and_from_anywhere():
    x, y = data((2, 3))
    both = fit_logistic(x, y)
    for i in np.ndindex(2, 3):
        np.testing.assert_allclose(both[i], fit_logistic(x[i], y[i]), atol=1e-9)
    far = fit_logistic(x, y, start=np.full((2, 3, 3), 30.0))
    np.testing.assert_allclose(far, both, atol=1e-8)


def test_counts_repeat_and_0_leaves_out():
    x, y = data()
    counts = np.arange(40) % 3
    many = np.repeat(np.arange(40), counts)
    np.testing.assert_allclose(fit_logistic(x, y, counts * 1.0), fit_logistic(x[many], y[many]), atol=1e-9)
    np.testing.assert_allclose(gram(x, counts * 1.0, lam=2.0), x[many].T @ x[many] + 2 * np.eye(3), atol=1e-9)
    assert (fit_logistic(x[:0], y[:0]) == 0).all()


def test_separable_data_stay_finite():
    x = np.array([[1e3, 0.0], [-1e3, 0.0]])
    theta = fit_logistic(x, np.array([1.0, 0.0]), lam=1e-6)
    assert np.isfinite(theta).all() and theta[0] > 0 and theta[1] == 0


def test_draws_have_the_posterior_s_moments():
    x, _ = data(n=5)
    precision, mean = gram(x), np.array([1.0, 2.0, 3.0])
    n = 40_000
    drawn = draw(np.tile(mean, (n, 1)), np.tile(precision, (n, 1, 1)), 1.5, np.random.default_rng(0))
    exact = 1.5**2 * np.linalg.inv(precision)
    se = np.sqrt((exact**2 + np.outer(np.diag(exact), np.diag(exact))) / n)
    assert (np.abs(np.cov(drawn.T) - exact) < 4 * se).all()  # 4 standard errors
    assert (np.abs(drawn.mean(0) - mean) < 4 * np.sqrt(np.diag(exact) / n)).all()


def test_the_expected_gap_is_that_of_monte_carlo():
    x, _ = data(n=6)
    precision, n = gram(x[:4]), 40_000
    rng, zero = np.random.default_rng(1), np.zeros((n, 3))
    one, two = (draw(zero, np.tile(precision, (n, 1, 1)), 0.7, rng) for _ in range(2))
    found = expected_gap(x, precision, 0.7)
    np.testing.assert_allclose(found, np.abs((one - two) @ x.T).mean(0), rtol=0.02)  # 5 standard errors
    np.testing.assert_allclose(expected_gap(x[None], precision[None], 0.7)[0], found)
