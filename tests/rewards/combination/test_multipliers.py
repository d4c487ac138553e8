import numpy as np
import pytest
from steps import steps

from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption
from rewardlab.core.reward import Task
from rewardlab.rewards import Column, Lagrangian, Milestones, Normalise
from rewardlab.rewards.combination.multipliers import Multipliers, checked_terms


def made(**options):
    return Multipliers(2, **{"low": -1.0, "high": 1.0, "lr": 0.5, "ema": 0.8, "where": "it"} | options)


def test_the_mean_is_exponential_and_the_first_batch_counts_in_full():
    m = made()
    np.testing.assert_allclose(m.measure(np.array([1.0, 2.0])), [1.0, 2.0])
    np.testing.assert_allclose(m.measure(np.array([0.0, 7.0])), [0.8, 3.0])


def test_free_parameters_move_and_stay_within_their_bounds():
    m = made()
    m.move(np.array([0.5, -0.5]))
    np.testing.assert_allclose(m.free, [0.25, -0.25])
    m.move(np.array([9.0, -9.0]))
    np.testing.assert_allclose(m.free, [1.0, -1.0])
    np.testing.assert_allclose(made(low=0.5).free, 0.5)


def test_nan_is_refused_and_changes_nothing():
    m = made()
    m.measure(np.ones(2))
    with pytest.raises(BadBatch, match="constraint 1"):
        m.measure(np.array([0.0, np.nan]))
    assert m.batches == 1 and (m.means == 1).all()


def test_a_state_goes_on_and_a_strange_one_is_refused():
    one, two = made(), made()
    for _ in range(3):
        one.move(one.measure(np.array([0.1, -0.2])))
    two.load_state_dict(one.state_dict())
    np.testing.assert_array_equal(two.free, one.free)
    np.testing.assert_array_equal(two.measure(np.ones(2)), one.measure(np.ones(2)))
    with pytest.raises(BadCheckpoint, match="per constraint"):
        two.load_state_dict({"free": np.zeros(3), "means": np.zeros(3), "batches": 1})


def test_bad_options_are_refused():
    for options in ({"lr": 0.0}, {"ema": 1.0}, {"ema": -0.1}, {"low": 2.0}, {"lr": np.nan}):
        with pytest.raises(BadOption):
            made(**options)
    with pytest.raises(BadOption, match="memory"):
        checked_terms((Milestones({"stage": 1.0}),), (0.1,), where="it", name="costs")
    with pytest.raises(BadOption, match="2 costs with 1"):
        checked_terms((Task(), Task()), (0.1,), where="it", name="costs")


def test_the_rewards_below_learn_too_and_everything_is_logged():
    reward = Lagrangian(Normalise(), (Column("cost"), Column("cost")), (0.0, 5.0), lr=0.5)
    logs = reward.update(steps((2, 2), reward=np.ones((2, 2)), cost=np.full((2, 2), 4.0)))
    assert logs["lagrangian/mean/cost"] == 4.0 and logs["lagrangian/weight/cost"] == -2.0
    assert logs["lagrangian/weight/cost_2"] == 0.0 and "normalise/scale" in logs
    assert reward.update(steps((0, 2), cost=np.zeros((0, 2)))) == {}
