import numpy as np
import pytest
from steps import as_torch, random_steps, steps

from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Task
from rewardlab.core.testing.reward import check_reward
from rewardlab.rewards import Clip


def test_it_bounds_what_the_stage_below_paid():
    batch = steps(5, reward=[-np.inf, -2.0, 0.25, 3.0, np.nan])
    np.testing.assert_array_equal(Task().then(Clip(-1, 1))(batch), [-1, -1, 0.25, 1, np.nan])
    np.testing.assert_array_equal((10 * Task()).then(Clip(0, 1))(batch), [0, 0, 1, 1, np.nan])


def test_laws_and_torch():
    batch = random_steps(8, np.random.default_rng(0))
    check_reward(Clip(-0.5, 0.5), batch)
    assert (Clip(-0.5, 0.5)(batch) == Clip(-0.5, 0.5)(as_torch(batch)).numpy()).all()


@pytest.mark.parametrize("bounds", [(1.0, 1.0), (1.0, -1.0), (float("nan"), 1.0)])
def test_bounds_in_the_wrong_order_are_refused(bounds):
    with pytest.raises(BadOption, match="low="):
        Clip(*bounds)
