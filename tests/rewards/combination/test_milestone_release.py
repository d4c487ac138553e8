import math

import numpy as np
import pytest
from steps import online, random_steps, steps

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.reward import Task, add
from rewardlab.core.tabulate import strays, tabulate
from rewardlab.rewards import CountBonus, MilestoneRelease


def test_it_pays_from_the_milestone_to_the_end_of_the_episode():
    ends = np.array([[False], [False], [False], [True], [False], [False]])
    batch = steps((6, 1), reward=np.arange(1.0, 7.0)[:, None], terminated=ends, near=[[0], [2], [0], [0], [0], [1]])
    paid = online(MilestoneRelease(Task(), "near"), batch)["task"]
    assert paid[:, 0].tolist() == [0, 2, 3, 4, 0, 6]  # forgotten at the border
    assert add(MilestoneRelease(Task(), "near").recorded(batch))[:, 0].tolist() == [0, 2, 3, 4, 0, 6]
    close = MilestoneRelease(Task(), "near", -math.inf, 0.0)
    assert online(close, batch)["task"][:, 0].tolist() == [1, 2, 3, 4, 5, 6]


def test_the_flag_is_the_running_maximum_for_any_episodes():
    batch = random_steps((40, 6), np.random.default_rng(2), end=0.2)
    paid = online(MilestoneRelease(Task(), "stage", 3.0), batch)["task"]
    for n in range(6):
        open_ = False
        for t in range(40):
            open_ |= bool(batch.info["stage"][t, n] >= 3)
            assert paid[t, n] == (batch.reward[t, n] if open_ else 0.0)
            open_ &= not batch.done[t, n]


def test_a_nan_milestone_shows_until_the_end():
    batch = steps((3, 1), reward=np.ones((3, 1)), near=[[np.nan], [1.0], [0.0]], terminated=[[False], [True], [False]])
    paid = online(MilestoneRelease(Task(), "near"), batch)["task"][:, 0]
    assert np.isnan(paid[:2]).all() and paid[2] == 0


def test_released_later_the_term_does_not_hold_the_agent_back():
    """Stay at 0 and be paid for tidiness, or fetch the key in 1 and finish in 2, tidy on the way."""
    P = np.zeros((3, 2, 3))
    P[0, 0, 0] = P[0, 1, 1] = P[1, :, 2] = P[2, :, 2] = 1.0
    R = np.zeros((3, 2, 3))
    R[1, :, 2] = 1.0
    mdp = TabularMDP(P, R, gamma=0.95, terminal=np.array([False, False, True]))
    columns = {"tidy": np.array([0.2, 0.2, 0.2]), "key": np.array([False, True, False])}

    class Tidy(Task):
        def __call__(self, batch):
            return batch.column("tidy")

    assert strays(tabulate(mdp, Task() + Tidy(), columns=columns)).any()
    table = tabulate(mdp, Task() + MilestoneRelease(Tidy(), "key"), columns=columns)
    assert not strays(table).any()
    assert table.mdp.solve().value == pytest.approx(0.2 + 0.95 * 1.2)


def test_state_and_learning_are_those_of_the_reward():
    release = MilestoneRelease(CountBonus(), "near")
    release.update(steps(2, next_obs=np.array([3, 3])))
    release.reset(np.ones(2, dtype=bool))
    release(steps(2, near=[1, 0]))
    other = MilestoneRelease(CountBonus(), "near")
    other.load_state_dict(release.state_dict())
    later = steps(2, next_obs=np.array([3, 3]), near=[0, 0])
    np.testing.assert_allclose(other(later), [1 / math.sqrt(3), 0.0])
    np.testing.assert_array_equal(other(later), release(later))


def test_a_milestone_that_every_value_reaches_is_refused():
    with pytest.raises(BadOption, match="MilestoneRelease"):
        MilestoneRelease(Task(), "near", -math.inf)
