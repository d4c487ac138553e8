import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.softmax_policy import Episodes, return_gradient, slope, softmax
from rewardlab.core.tabulate import reachable
from rewardlab.core.testing.processes import random_mdp


def world(seed=0):
    rng = np.random.default_rng(seed)
    mdp = random_mdp(rng, states=6, actions=3, gamma=0.9)
    return mdp, rng.normal(size=(6, 3)), rng


def central(f, x, step=1e-6):
    """∂f / ∂x by central differences, [*f, *x]."""
    rows = []
    for i in range(x.size):
        move = np.zeros(x.size)
        move[i] = step
        rows.append((f(x + move.reshape(x.shape)) - f(x - move.reshape(x.shape))) / (2 * step))
    return np.stack(rows, -1).reshape(*np.shape(rows[0]), *x.shape)


def test_probabilities_hold_for_large_preferences():
    np.testing.assert_allclose(softmax(np.array([[1e6, 1e6, -1e6]])), [[0.5, 0.5, 0.0]])


def test_the_slope_is_that_of_finite_differences():
    theta = np.random.default_rng(0).normal(size=(1, 4))
    np.testing.assert_allclose(slope(softmax(theta))[0], central(softmax, theta)[0, :, 0], atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_the_gradient_of_the_return_is_that_of_finite_differences(seed):
    mdp, theta, _ = world(seed)
    expected = central(lambda t: np.array(mdp.evaluate(softmax(t)).value), theta)
    np.testing.assert_allclose(return_gradient(mdp, theta), expected, atol=1e-8)


def test_reinforce_on_its_own_episodes_with_one_discount_follows_the_gradient():
    mdp, theta, _ = world()
    own = softmax(theta)
    found = Episodes(mdp, own, mdp.R, gamma=0.9, counting=0.9).update(own)
    np.testing.assert_allclose(found, return_gradient(mdp, theta), atol=1e-12)


def test_values_and_visits_are_those_of_the_process():
    mdp, theta, _ = world()
    own = softmax(theta)
    got, exact = Episodes(mdp, own, mdp.R, gamma=0.9, counting=0.9), mdp.evaluate(own)
    seen = reachable(mdp)
    np.testing.assert_allclose(got.V[seen], exact.V[seen], atol=1e-12)
    np.testing.assert_allclose(got.visits, mdp.occupancy(own).sum(1), atol=1e-12)


@pytest.mark.parametrize("counting", (1.0, 0.8))
@pytest.mark.parametrize("seed", range(3))
def test_derivatives_are_those_of_finite_differences(seed, counting):
    mdp, theta, rng = world(seed)
    data, reward, weight = rng.normal(size=(6, 3)), rng.normal(size=(6, 3)), rng.normal(size=(6, 3))

    def update(by, to, r=reward, gamma=0.7):
        return Episodes(mdp, softmax(by), r, gamma=gamma, counting=counting).update(softmax(to))

    held = Episodes(mdp, softmax(data), reward, gamma=0.7, counting=counting)
    own = softmax(theta)
    np.testing.assert_allclose(held.by_target(own), central(lambda t: update(data, t), theta), atol=1e-7)
    np.testing.assert_allclose(held.by_episodes(own), central(lambda t: update(t, theta), data), atol=1e-7)
    by_reward = central(lambda r: (weight * update(data, theta, r)).sum(), reward)
    np.testing.assert_allclose(held.by_reward(own, weight), by_reward, atol=1e-7)
    by_gamma = central(lambda g: update(data, theta, gamma=g[0]), np.array([0.7]))[..., 0]
    np.testing.assert_allclose(held.by_gamma(own), by_gamma, atol=1e-7)


def test_an_endless_process_cannot_be_counted_without_a_discount():
    mdp = TabularMDP(np.ones((1, 2, 1)), np.zeros((1, 2)), gamma=0.9)
    policy = np.full((1, 2), 0.5)
    with pytest.raises(BadOption, match="counting=1, and episodes may never end"):
        Episodes(mdp, policy, mdp.R, gamma=0.9)
    assert Episodes(mdp, policy, mdp.R, gamma=0.9, counting=0.5).visits[0] == 2.0


def test_a_discount_outside_the_unit_interval_is_refused():
    mdp, theta, _ = world()
    with pytest.raises(BadOption, match=r"gamma=1\.5"):
        Episodes(mdp, softmax(theta), mdp.R, gamma=1.5)
