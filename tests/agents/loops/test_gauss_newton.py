"""Networks of tasks: gradients by differences, ridge regression in one step, and fits that never get worse."""

import numpy as np
import pytest

from rewardlab.agents.loops.gauss_newton import Network, fitted


@pytest.mark.parametrize("hidden", [(), (4,), (6, 3), (5, 4, 2)])
def test_gradients_are_those_of_differences(hidden):
    rng, net = np.random.default_rng(0), Network(3, hidden, 2)
    theta = net.drawn(rng)
    theta += rng.normal(scale=0.2, size=theta.shape)
    x, task = rng.normal(size=(7, 3)), rng.integers(2, size=7)
    found = net.gradient(theta, x, task)
    assert found.shape == (7, net.count)
    for p in range(net.count):
        step = 1e-6 * np.eye(net.count)[p]
        slope = (net.value(theta + step, x, task) - net.value(theta - step, x, task)) / 2e-6
        np.testing.assert_allclose(found[:, p], slope, atol=1e-8)


def test_the_value_is_that_of_its_layers():
    net, rng = Network(2, (3,), 2), np.random.default_rng(1)
    theta = rng.normal(size=net.count)
    B, c, heads = net.parts(theta)
    assert net.features == 3 and (B.shape, c.shape, heads.shape) == ((3, 2), (3,), (2, 3))
    x = np.array([0.3, -2.0])
    by_hand = [sum(heads[i, j] * np.tanh(B[j] @ x + c[j]) for j in range(3)) for i in range(2)]
    np.testing.assert_allclose(net.value(theta, np.tile(x, (2, 1)), np.arange(2)), by_hand)


def test_a_linear_network_is_fitted_by_one_step_of_ridge_regression():
    rng, net = np.random.default_rng(2), Network(3, (), 2)
    first = net.drawn(rng)
    x, task, pay = rng.normal(size=(20, 3)), np.arange(20) % 2, rng.normal(size=20)
    theta = fitted(net, first, first, x, task, pay, 0.7, 1)
    for i in range(2):
        own = x[task == i]
        w = np.linalg.solve(own.T @ own + 0.7 * np.eye(3), own.T @ pay[task == i])
        np.testing.assert_allclose(net.parts(theta - first)[0][i], w, rtol=1e-10)


def test_a_fit_is_stationary_and_no_step_makes_it_worse():
    rng, net, lam = np.random.default_rng(3), Network(2, (8, 3), 1), 0.05
    first, x = net.drawn(rng), rng.uniform(-1, 1, size=(120, 2))
    task, pay = np.zeros(120, dtype=int), 2.0 * (x[:, 0] * x[:, 1])

    def loss(theta):
        told = net.value(theta, x, task) - net.value(first, x, task)
        return ((told - pay) ** 2).sum() + lam * ((theta - first) ** 2).sum()

    losses = [loss(fitted(net, first, first, x, task, pay, lam, steps)) for steps in range(25)]
    assert (np.diff(losses) <= 0).all() and losses[-1] < 0.15 * losses[0]
    theta = fitted(net, first, first, x, task, pay, lam, 200)
    told = net.value(theta, x, task) - net.value(first, x, task)
    slope = net.gradient(theta, x, task).T @ (told - pay) + lam * (theta - first)
    start = net.gradient(first, x, task).T @ -pay
    assert np.abs(slope).max() < 0.02 * np.abs(start).max()
