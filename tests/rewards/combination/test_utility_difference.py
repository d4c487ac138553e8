import numpy as np
import pytest
from steps import online, random_steps, steps

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.reward import Task, add
from rewardlab.core.tabulate import strays, tabulate
from rewardlab.rewards import KinestheticCombination, UtilityDifference


class Height(Task):
    def __init__(self, feature):
        self.feature = feature

    def __call__(self, batch):
        return batch.next_obs[..., self.feature]


def test_the_sum_of_an_episode_telescopes():
    batch = random_steps((60, 5), np.random.default_rng(0), end=0.1)
    first, second = Height(0), KinestheticCombination((Height(1), Height(2)))
    reward = UtilityDifference(0.7 * first + 0.3 * second, start=0.25)
    paid = add(online(reward, batch))
    utility = 0.7 * first(batch) + 0.3 * second(batch)
    for n in range(5):
        since = 0
        for t in np.flatnonzero(batch.done[:, n]):
            assert paid[since : t + 1, n].sum() == pytest.approx(utility[t, n] - 0.25, abs=1e-6)
            since = t + 1
    np.testing.assert_array_equal(add(reward.recorded(batch)), paid)


def test_staying_in_a_good_place_pays_nothing():
    batch = steps((4, 1), next_obs=np.array([1.0, 1.0, 1.0, 3.0]).reshape(4, 1, 1))
    assert online(UtilityDifference(Height(0)), batch)["utility_difference"][:, 0].tolist() == [1, 0, 0, 2]


def test_without_terminal_correction_a_good_end_may_beat_the_task():
    """Two ends: the task prefers the first, the utility of the second is larger by more."""
    P = np.zeros((3, 2, 3))
    P[0, 0, 1] = P[0, 1, 2] = P[1, :, 1] = P[2, :, 2] = 1.0
    R = np.zeros((3, 2, 3))
    R[0, 0, 1], R[0, 1, 2] = 1.0, 0.5
    mdp = TabularMDP(P, R, gamma=0.9, terminal=np.array([False, True, True]))
    obs = np.array([[0.0], [0.0], [2.0]])
    assert UtilityDifference.invariance == "no"
    assert strays(tabulate(mdp, Task() + UtilityDifference(Height(0)), obs=obs)).any()
    assert not strays(tabulate(mdp, Task() + 0.2 * UtilityDifference(Height(0)), obs=obs)).any()


def test_reset_and_state():
    reward = UtilityDifference(Task(), start=1.0)
    reward.reset(np.ones(2, dtype=bool))
    assert reward(steps(2, reward=[3.0, 4.0])).tolist() == [2.0, 3.0]
    other = UtilityDifference(Task(), start=1.0)
    other.load_state_dict(reward.state_dict())
    other.reset(np.array([True, False]))
    assert other(steps(2, reward=[3.0, 5.0])).tolist() == [2.0, 1.0]
    with pytest.raises(BadOption, match="start"):
        UtilityDifference(Task(), start=float("nan"))
