import numpy as np
import pytest
from steps import as_torch, online, random_steps, steps

from rewardlab.core.errors import BadOption, MissingColumn
from rewardlab.core.testing.reward import check_reward
from rewardlab.rewards import Milestones


def test_a_flag_pays_once_per_episode_and_losing_it_costs_nothing():
    key = np.array([[0, 1, 0, 1, 1, 0, 1]], dtype=bool).T
    ends = np.array([[0, 0, 0, 0, 1, 0, 0]], dtype=bool).T
    paid = online(Milestones({"key": 0.25}), steps((7, 1), key=key, terminated=ends))["milestones"]
    assert paid.ravel().tolist() == [0, 0.25, 0, 0, 0, 0, 0.25]


def test_a_counter_pays_for_each_new_stage():
    stage = np.array([[0, 2, 1, 2, 5]]).T
    paid = online(Milestones({"stage": 0.1}), steps((5, 1), stage=stage))["milestones"]
    np.testing.assert_allclose(paid.ravel(), [0, 0.2, 0, 0, 0.3])


def test_an_episode_is_never_paid_more_than_its_weights():
    batch = random_steps((200, 3), np.random.default_rng(0), end=0.0)
    paid = online(Milestones({"flag": 0.5, "stage": 0.1}), batch)["milestones"]
    np.testing.assert_allclose(paid.sum(0), 0.5 + 0.1 * 3)


def test_nan_shows():
    assert np.isnan(Milestones({"x": 1.0})(steps(2, x=[np.nan, 0.0]))).tolist() == [True, False]


def test_laws_and_torch():
    batch = random_steps(8, np.random.default_rng(1))
    reward = Milestones({"flag": 0.5, "stage": 0.1})
    check_reward(reward, batch)
    reward.reset(np.ones(8, dtype=bool))
    a = reward(batch)
    reward.reset(as_torch(batch).terminated | True)
    np.testing.assert_allclose(a, reward(as_torch(batch)).numpy(), atol=1e-12)


def test_mistakes_are_named():
    with pytest.raises(BadOption, match="no columns"):
        Milestones({})
    with pytest.raises(MissingColumn, match="flag"):
        Milestones({"flagg": 1.0})(random_steps(2, np.random.default_rng(0)))
