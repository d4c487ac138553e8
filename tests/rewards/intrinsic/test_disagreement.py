"""Disagreement: models agree where they have seen much, even of noise."""

import numpy as np
import pytest
import torch
from noisy_walk import ACTIONS, SPACE, walk

from rewardlab.core.errors import BadOption
from rewardlab.rewards import Disagreement


def made(rounds, **options):
    bonus = Disagreement(space=SPACE, action_space=ACTIONS, hidden=(32,), lr=3e-3, **options)
    for k in range(rounds):
        bonus.update(walk(256, seed=k))
    return bonus


def variance(bonus, batch):
    x, a, y = bonus.raw(batch)
    with torch.no_grad():
        return bonus.bonus(bonus._norm(x), a, bonus._norm(y)).numpy()


def test_it_is_the_variance_of_the_members():
    bonus, batch = made(2), walk(16, seed=99)
    x, a, _ = bonus.raw(batch)
    with torch.no_grad():
        guesses = bonus.model(torch.cat([bonus._norm(x), a], -1)).numpy()
    assert guesses.shape[0] == 5
    np.testing.assert_allclose(bonus(batch), guesses.var(0).mean(-1) / bonus.scale, rtol=1e-5)


def test_on_pure_noise_disagreement_fades_and_the_error_of_prediction_does_not():
    young, old = made(2), made(250)
    batch = walk(500, seed=777)

    def error(bonus):
        x, a, y = bonus.raw(batch)
        with torch.no_grad():
            guess = bonus.model(torch.cat([bonus._norm(x), a], -1)).mean(0)
        return float(((guess - bonus._norm(y)) ** 2)[:, 2:].mean())

    assert variance(old, batch).mean() < 0.25 * variance(young, batch).mean()
    assert error(old) > 0.8 * error(young) > 0.5  # the screen is as surprising as ever


def test_it_stays_where_nobody_has_been():
    bonus = made(250)
    near, far = variance(bonus, walk(500, seed=901)), variance(bonus, walk(500, seed=902, far=True))
    assert np.median(far) > 3 * np.median(near)


def test_two_members_are_the_least():
    with pytest.raises(BadOption, match="members=1"):
        Disagreement(members=1)
