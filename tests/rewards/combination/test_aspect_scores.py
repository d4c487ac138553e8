"""Aspect scores: every head learns its aspect, and calibration makes its slope 1."""

import numpy as np
import pytest
from contracts.row import sample
from gymnasium import spaces

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.rewards import AspectScores

SPACES = {"space": spaces.Box(-50, 50, (3,)), "action_space": spaces.Discrete(4)}


def truth(batch):
    """Two aspects in [0, 1]: a smooth one of the prompt, and one of the response."""
    return np.stack([0.5 + 0.4 * np.tanh(batch.obs[:, 0]), np.array([0.1, 0.4, 0.6, 0.9])[batch.action]], axis=1)


def rated(rows, seed, *, missing=0.0, shrunk=1.0):
    batch = sample(rows, seed=seed)
    ratings = 0.5 + shrunk * (truth(batch) - 0.5)
    ratings[np.random.default_rng(seed).random(ratings.shape) < missing] = np.nan
    return batch.paying(batch.reward, ratings=ratings)


def taught(**how):
    reward = AspectScores(weights=(0.25, 0.75), **SPACES)
    for k in range(12):
        reward.update(rated(300, k, **how))
    return reward


def fit(x, y):
    slope = np.cov(x, y, bias=True)[0, 1] / x.var()
    return slope, 1 - ((y - y.mean() - slope * (x - x.mean())) ** 2).mean() / y.var()


def test_each_aspect_is_told_also_where_many_ratings_are_missing():
    batch = rated(500, 99)
    for reward in (taught(), taught(missing=0.6)):
        s = reward.scores(batch)
        for k in range(2):
            slope, explained = fit(s[:, k], truth(batch)[:, k])
            assert explained > 0.9 and abs(slope - 1) < 0.15


def test_calibration_mends_a_head_whose_ratings_were_shrunk():
    reward, held_out = taught(shrunk=0.3), rated(500, 98)
    before = fit(reward.scores(held_out)[:, 0], truth(held_out)[:, 0])[0]
    reward.calibrate(held_out)
    after = fit(reward.scores(rated(500, 99))[:, 0], truth(rated(500, 99))[:, 0])[0]
    assert before > 2.0 and abs(after - 1) < 0.1


def test_the_pay_is_the_weighted_sum_and_each_aspect_a_part():
    reward, batch = taught(), sample(20, seed=5)
    parts = reward.parts(batch)
    assert [*parts] == ["aspect_0", "aspect_1"]
    np.testing.assert_allclose(reward(batch), reward.scores(batch) @ np.array([0.25, 0.75]), rtol=1e-5)


def test_steps_without_ratings_teach_nothing():
    reward = taught()
    before = reward(sample(9))
    assert reward.update(sample(9)) == {}
    np.testing.assert_array_equal(reward(sample(9)), before)


def test_mistakes_are_named():
    for weights in ((), (0.5, 0.6), (1.5, -0.5)):
        with pytest.raises(BadOption, match="weights"):
            AspectScores(weights=weights)
    batch = sample(4)
    with pytest.raises(BadBatch, match="ratings of shape"):
        AspectScores(weights=(1.0,), **SPACES).update(batch.paying(batch.reward, ratings=np.full((4, 1), 1.5)))
