"""Predictability: log-probabilities under learned models, highest for a team that one can foresee."""

import math

import numpy as np
import pytest
from steps import steps

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.rewards import Predictability


def team(rows, seed, *, random_mate):
    """Two agents on a line: the first goes towards 0; the second does as it does, or anything."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 1))
    first = (x[:, 0] < 0).astype(np.int64)
    second = rng.integers(0, 3, rows) if random_mate else first
    return steps(rows, obs=x, action=np.stack([first, second], axis=1))


def taught(random_mate):
    reward = Predictability(actions=(2, 3))
    for k in range(150):
        reward.update(team(128, k, random_mate=random_mate))
    return reward


def test_a_team_without_surprises_is_paid_nearly_nothing_less():
    assert taught(False)(team(500, 999, random_mate=False)).mean() > -0.1


def test_a_mate_who_does_anything_costs_the_entropy_of_what_it_does():
    paid = taught(True)(team(4000, 999, random_mate=True))
    assert paid.mean() == pytest.approx(-math.log(3) / 2, abs=0.06) and (paid <= 0).all()


def test_views_hide_what_mates_do_not_see():
    def nothing(obs):
        return 0.0 * obs

    reward = Predictability(actions=(2, 3), views=(nothing, nothing))
    for k in range(150):
        reward.update(team(128, k, random_mate=False))
    assert reward(team(2000, 999, random_mate=False)).mean() == pytest.approx(-math.log(2), abs=0.05)


def test_mistakes_are_named():
    for options in ({"actions": ()}, {"actions": (1,)}, {"actions": (2, 2), "views": (abs,)}):
        with pytest.raises(BadOption, match="Predictability"):
            Predictability(**options)
    with pytest.raises(BadBatch, match="actions of shape"):
        Predictability(actions=(2, 2))(steps(3, obs=np.zeros((3, 1))))
    with pytest.raises(BadBatch, match="out of range"):
        Predictability(actions=(2,))(steps(3, obs=np.zeros((3, 1)), action=np.array([0, 1, 2])))
