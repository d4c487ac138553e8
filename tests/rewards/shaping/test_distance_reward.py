import numpy as np
import pytest
from steps import online, steps

from rewardlab.core.errors import BadOption
from rewardlab.rewards import DistanceReward, Progress


def test_it_pays_minus_the_distance_of_what_was_reached():
    assert DistanceReward(scale=0.5)(steps(2, distance=[3.0, 0.0])).tolist() == [-1.5, 0.0]
    batch = steps(1, obs=np.array([9.0]), next_obs=np.array([2.0]))
    assert DistanceReward(abs)(batch).tolist() == [-2.0]


def test_its_running_sum_is_what_the_potential_pays_as_a_difference():
    """With γ = 1 a sum of `Progress` up to a step is the `DistanceReward` of that step."""
    far = np.random.default_rng(0).uniform(0, 5, (9, 2))
    batch = steps((9, 2), distance=far)
    summed = np.cumsum(online(Progress("distance", gamma=1.0), batch)["progress"], axis=0)
    np.testing.assert_allclose(summed, DistanceReward()(batch), atol=1e-12)


def test_a_scale_is_a_number():
    with pytest.raises(BadOption, match="scale"):
        DistanceReward(scale=float("nan"))
