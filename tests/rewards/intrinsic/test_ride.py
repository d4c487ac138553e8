"""RIDE: how far a step moves the world, less where the episode has been."""

import numpy as np
import pytest
import torch
from contracts.row import sample
from gymnasium import spaces

from rewardlab.core.errors import BadOption
from rewardlab.rewards import RIDE
from rewardlab.rewards.intrinsic.ride import _keys

SPACES = {"space": spaces.Box(-50, 50, (3,)), "action_space": spaces.Discrete(4)}


def made(**options):
    return RIDE(**{**SPACES, "features": 8, "hidden": (16,), **options})


def moved(bonus, batch):
    x, _, y = bonus.raw(batch)
    with torch.no_grad():
        return (bonus.model.phi(bonus._norm(y)) - bonus.model.phi(bonus._norm(x))).norm(dim=-1).numpy() / bonus.scale


def test_by_hand():
    bonus, batch = made(), sample(3)
    bonus.reset(np.ones(3, bool))
    base = moved(bonus, batch)
    for n in (1, 2, 3, 4):
        np.testing.assert_allclose(bonus(batch), base / np.sqrt(n), rtol=1e-6)
    bonus.reset(np.array([True, False, False]))
    np.testing.assert_allclose(bonus(batch), base / np.sqrt([1, 5, 5]), rtol=1e-6)


def test_other_states_do_not_count():
    bonus = made()
    bonus.reset(np.ones(4, bool))
    for k in range(6):
        bonus(sample(4, seed=k))
    batch = sample(4, seed=77)
    np.testing.assert_allclose(bonus(batch), moved(bonus, batch), rtol=1e-6)


def test_what_is_longer_ago_than_its_memory_is_forgotten():
    bonus = made(longest=3)
    bonus.reset(np.ones(2, bool))
    batch = sample(2, seed=0)
    base = moved(bonus, batch)
    bonus(batch)
    for k in range(3):
        bonus(sample(2, seed=10 + k))
    np.testing.assert_allclose(bonus(batch), base, rtol=1e-6)


def test_keys_tell_states_apart_and_zero_has_one_sign():
    x = torch.randn(2000, 5, generator=torch.Generator().manual_seed(0))
    keys = _keys(x)
    assert len(keys.unique()) >= 1999 and (keys >= 0).all() and (keys < 2**24).all()
    assert torch.equal(_keys(torch.tensor([[0.0, 1.0]])), _keys(torch.tensor([[-0.0, 1.0]])))
    near = x.clone()
    near[:, 3] += 1e-6
    assert (_keys(near) != keys).float().mean() > 0.9


def test_standing_still_pays_nothing():
    bonus, batch = made(), sample(4)
    still = type(batch)(batch.obs, batch.action, batch.reward, batch.obs, batch.terminated, batch.truncated, {})
    assert not bonus(still).any()


def test_options_are_checked():
    for options in ({"beta": 1.0}, {"longest": 0}):
        with pytest.raises(BadOption, match="RIDE"):
            made(**options)
