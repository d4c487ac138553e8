"""Rewards fused with those of neighbours."""

import numpy as np
import pytest

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.rewards import fused_reward

RNG = np.random.default_rng(0)
REWARD, SIMILARITY, KNOWN = RNG.normal(size=20), RNG.uniform(-1, 1, (20, 30)), 3 * RNG.normal(size=30)


def test_the_mean_is_weighted_by_similarity():
    fused = fused_reward(np.array([1.0]), np.array([[0.9, 0.95, 0.89, 1.0]]), np.array([2.0, 4.0, 100.0, -1.0]), k=2)
    np.testing.assert_allclose(fused, [(1 + 0.95 * 4 - 1.0) / 2.95])


def test_above_one_nothing_is_a_neighbour_and_the_reward_is_itself():
    np.testing.assert_array_equal(fused_reward(REWARD, SIMILARITY, KNOWN, least=1.01), REWARD)


@pytest.mark.parametrize("k", [1, 5, 100])
@pytest.mark.parametrize("least", [0.05, 0.5, 0.9])
def test_it_stays_between_the_rewards_that_it_averages(k, least):
    for r, s, f in zip(REWARD, SIMILARITY, fused_reward(REWARD, SIMILARITY, KNOWN, k=k, least=least), strict=True):
        near = [j for j in np.argsort(-s)[:k] if s[j] >= least]
        averaged = [r, *KNOWN[near]]
        assert min(averaged) - 1e-12 <= f <= max(averaged) + 1e-12
        np.testing.assert_allclose(f, np.average(averaged, weights=[1, *s[near]]))


def test_what_is_far_does_not_matter_and_what_is_near_shows():
    s, known = np.array([[0.95, 0.1]]), np.array([1.0, np.nan])
    np.testing.assert_allclose(fused_reward(np.zeros(1), s, known), [0.95 / 1.95])
    assert np.isnan(fused_reward(np.zeros(1), s[:, ::-1], known)).all()
    assert np.isnan(fused_reward(np.zeros(1), np.array([[np.nan]]), np.ones(1))).all()


def test_senseless_input_is_refused():
    with pytest.raises(BadBatch, match="fused_reward"):
        fused_reward(REWARD, SIMILARITY.T, KNOWN)
    for options in ({"k": 0}, {"least": 0.0}):
        with pytest.raises(BadOption, match="least"):
            fused_reward(REWARD, SIMILARITY, KNOWN, **options)
