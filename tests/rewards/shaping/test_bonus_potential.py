import numpy as np
import pytest
from steps import steps

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.reward import Task
from rewardlab.core.tabulate import strays, tabulate
from rewardlab.rewards import BonusPotential, CountBonus, Milestones, as_potential


def test_as_potential_makes_one_and_it_pays_the_change_of_the_bonus():
    reward = as_potential(CountBonus(beta=2.0), 0.5)
    assert isinstance(reward, BonusPotential) and reward.memory and reward.learns
    reward.update(steps(3, next_obs=np.array([7, 7, 7])))
    reward.reset(np.array([True]))

    def pay(after, **flags):
        return float(reward(steps(1, next_obs=np.array([after]), **flags))[0])

    assert pay(8) == pytest.approx(0.5 * 2)  # unseen: 2
    assert pay(7) == pytest.approx(0.5 * 1 - 2)  # seen three times: 2 / √4
    assert pay(8, truncated=[True]) == pytest.approx(0.5 * 2 - 1)
    assert pay(8, terminated=[True]) == pytest.approx(-2)


def test_an_episode_sums_to_nothing_while_the_bonus_learns():
    rng, gamma = np.random.default_rng(0), 0.9
    reward = as_potential(CountBonus(beta=3.0) + Milestones({"stage": 1.0}), gamma)
    for length in (1, 4, 9):
        reward.reset(np.ones(3, dtype=bool))
        total = np.zeros(3)
        for t in range(length):
            batch = steps(
                3,
                next_obs=rng.integers(0, 4, 3),
                terminated=np.full(3, t == length - 1),
                stage=rng.integers(0, 3, 3),
            )
            total += gamma**t * reward(batch)
            reward.update(batch)
        np.testing.assert_allclose(total, 0.0, atol=1e-12)


def test_the_plain_bonus_leads_astray_where_its_potential_does_not():
    """A corridor with a goal at the right and a new place at the left, to be visited for ever."""
    P = np.zeros((3, 2, 3))
    P[0, 0, 1] = P[0, 1, 2] = P[1, :, 0] = P[2, :, 2] = 1.0
    R = np.array([[0.0, 1.0], [0.0, 0.0], [0.0, 0.0]])
    mdp = TabularMDP(P, R, gamma=0.9, terminal=np.array([False, False, True]))
    bonus = CountBonus()
    bonus.update(steps(40, next_obs=np.array([0] * 20 + [2] * 20)))
    assert strays(tabulate(mdp, Task() + bonus)).any()
    assert not strays(tabulate(mdp, Task() + as_potential(bonus, 0.9))).any()


def test_only_rewards_can_be_potentials():
    with pytest.raises(BadOption, match="no reward"):
        as_potential(lambda batch: batch.reward)
    with pytest.raises(BadOption, match="gamma"):
        as_potential(CountBonus(), 1.01)
