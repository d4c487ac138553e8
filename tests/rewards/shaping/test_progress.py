import numpy as np
import pytest
from steps import as_torch, online, random_steps, steps

from rewardlab.core.errors import MissingColumn
from rewardlab.core.testing.reward import check_reward
from rewardlab.rewards import Progress


@pytest.mark.parametrize("start", [0.0, -7.0])
def test_the_discounted_sum_of_an_episode_is_minus_the_start_whatever_was_done(start):
    gamma, rng = 0.9, np.random.default_rng(0)
    distance = rng.uniform(0, 5, (6, 4))
    ends = np.arange(6)[:, None] == np.array([5, 2, 0, 3])
    paid = online(Progress("distance", gamma=gamma, start=start), steps((6, 4), distance=distance, terminated=ends))
    for row, last in enumerate([5, 2, 0, 3]):
        total = (gamma ** np.arange(last + 1) * paid["progress"][: last + 1, row]).sum()
        assert total == pytest.approx(-start, abs=1e-12)


def test_each_step_by_hand_and_truncation_keeps_the_potential():
    batch = steps((3, 1), distance=[[4.0], [3.0], [1.0]], truncated=[[False], [False], [True]])
    paid = online(Progress("distance", gamma=0.5, start=-5.0), batch)["progress"].ravel()
    np.testing.assert_allclose(paid, [-0.5 * 4 + 5, -0.5 * 3 + 4, -0.5 * 1 + 3])


def test_coming_nearer_pays_by_either_sign():
    near = steps((2, 1), x=[[2.0], [1.0]])
    assert online(Progress("x", gamma=1.0, start=-3.0), near)["progress"].ravel().tolist() == [1.0, 1.0]
    far = steps((2, 1), x=[[1.0], [2.0]])
    assert online(Progress("x", sign=2.0, gamma=1.0), far)["progress"].ravel().tolist() == [2.0, 2.0]


def test_laws_torch_and_state():
    batch = random_steps(8, np.random.default_rng(1))
    reward = Progress("stage", sign=1.0)
    check_reward(reward, batch)
    a = online(reward, steps((2, 3), stage=np.arange(6).reshape(2, 3)))["progress"]
    b = online(reward, as_torch(steps((2, 3), stage=np.arange(6).reshape(2, 3))))["progress"]
    np.testing.assert_allclose(a, b, atol=1e-12)
    other = Progress("stage", sign=1.0)
    other.load_state_dict(reward.state_dict())
    assert (other(steps(3, stage=np.ones(3))) == reward(steps(3, stage=np.ones(3)))).all()


def test_a_missing_column_is_named():
    with pytest.raises(MissingColumn, match="distance"):
        Progress("distance")(steps(1))
