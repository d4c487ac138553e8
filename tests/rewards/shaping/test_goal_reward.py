import numpy as np
import pytest
from steps import steps

from rewardlab.core.errors import BadOption, MissingColumn
from rewardlab.rewards import Distance, GoalReward


def test_it_pays_at_the_goal_and_nowhere_else():
    batch = steps(4, distance=[0.0, 0.5, 0.51, 9.0])
    assert GoalReward()(batch).tolist() == [1.0, 1.0, 0.0, 0.0]
    assert GoalReward(radius=0.0, pay=-3.0)(batch).tolist() == [-3.0, 0.0, 0.0, 0.0]


def test_a_distance_of_the_state_that_was_reached():
    far = Distance(slice(0, 2), (3.0, 4.0))
    batch = steps(2, obs=np.array([[3.0, 4.0], [0.0, 0.0]]), next_obs=np.array([[0.0, 0.0], [3.0, 4.4]]))
    assert GoalReward(lambda s: -far(s))(batch).tolist() == [0.0, 1.0]


def test_nan_shows_and_mistakes_are_named():
    assert np.isnan(GoalReward()(steps(2, distance=[np.nan, 0.0]))).tolist() == [True, False]
    with pytest.raises(BadOption, match="radius"):
        GoalReward(radius=-0.1)
    with pytest.raises(MissingColumn, match="distance"):
        GoalReward()(steps(1))
