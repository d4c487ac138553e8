"""E3B: elliptical counts within the episode."""

import numpy as np
import pytest
import torch
from contracts.row import sample
from gymnasium import spaces

from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.rewards import E3B


def one_hot(obs):
    return np.eye(5)[obs]


def at(states):
    states = np.asarray(states)
    over = np.zeros(len(states), dtype=bool)
    return Transitions(states, states, states * 1.0, states, over, over, {})


def test_with_one_hot_features_it_is_one_over_lambda_plus_the_count():
    bonus, count = E3B(phi=one_hot, features=5, ridge=0.3), np.zeros((3, 5))
    bonus.reset(np.ones(3, bool))
    rng = np.random.default_rng(0)
    for _ in range(40):
        states = rng.integers(0, 5, 3)
        np.testing.assert_allclose(bonus(at(states)), 1 / (0.3 + count[np.arange(3), states]), rtol=1e-12)
        count[np.arange(3), states] += 1


def test_the_inverse_is_that_of_the_ellipse():
    rng = np.random.default_rng(1)
    features = rng.normal(size=(30, 2, 4))
    bonus = E3B(phi=lambda obs: features[obs[0], np.arange(2)], features=4, ridge=0.5)
    bonus.reset(np.ones(2, bool))
    C = np.stack([0.5 * np.eye(4)] * 2)
    for t in range(30):
        f = features[t]
        expected = np.einsum("ni,nij,nj->n", f, np.linalg.inv(C), f)
        np.testing.assert_allclose(bonus(at([t, t])), expected, rtol=1e-9)
        C += f[:, :, None] * f[:, None]


def test_episodes_are_forgotten_row_by_row():
    bonus = E3B(phi=one_hot, features=5, ridge=1.0)
    bonus.reset(np.ones(2, bool))
    bonus(at([3, 3]))
    bonus(at([3, 3]))
    bonus.reset(np.array([False, True]))
    np.testing.assert_allclose(bonus(at([3, 3])), [1 / 3, 1.0])


def test_given_features_are_not_learned_and_learned_ones_are():
    assert not E3B(phi=one_hot).learns
    bonus = E3B(space=spaces.Box(-50, 50, (3,)), action_space=spaces.Discrete(4), features=6)
    assert bonus.learns
    bonus.update(sample(8))
    batch = sample(4, seed=3)
    _, _, y = bonus.raw(batch)
    with torch.no_grad():
        phi = bonus.model.phi(bonus._norm(y)).numpy()
    np.testing.assert_allclose(bonus(batch), (phi**2).sum(-1) / 0.1, rtol=1e-5)


def test_mistakes_are_named():
    for options in ({"ridge": 0.0}, {"ridge": -1.0}, {"beta": 1.0}):
        with pytest.raises(BadOption, match="E3B"):
            E3B(**options)
    with pytest.raises(BadOption, match="phi gives shape"):
        E3B(phi=one_hot, features=4)(at([1, 2]))
