"""RE3: distances in the features of a network that never learns."""

import numpy as np
import pytest
import torch
from contracts.row import sample
from gymnasium import spaces
from scipy.stats import spearmanr

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.rewards import RE3, CountBonus

BOX = spaces.Box(-50, 50, (3,))


def test_it_is_the_log_distance_to_the_kth_nearest():
    bonus, lesson, batch = RE3(space=BOX, neighbours=2), sample(30, seed=1), sample(8, seed=2)
    assert not bonus(batch).any()  # nothing remembered yet
    bonus.update(lesson)
    with torch.no_grad():
        old, new = (bonus._net(torch.from_numpy(b.next_obs.astype(np.float32))).numpy() for b in (lesson, batch))
    far = np.sort(np.linalg.norm(new[:, None] - old[None], axis=-1), axis=-1)[:, 1]
    np.testing.assert_allclose(bonus(batch), np.log1p(far), rtol=1e-5)


def test_a_state_that_was_seen_often_enough_pays_nothing():
    bonus, batch = RE3(space=BOX, neighbours=3), sample(4)
    for seen in range(4):
        assert (bonus(batch) > 1e-4).all() or seen in (0, 3)
        bonus.update(batch)
    np.testing.assert_allclose(bonus(batch), 0, atol=1e-6)


def test_it_ranks_places_as_exact_counts_do():
    rng = np.random.default_rng(0)
    places = np.stack(np.meshgrid(np.arange(6.0), np.arange(6.0)), -1).reshape(-1, 2)
    chance = np.exp(-0.5 * places.sum(1))
    batch = sample(4000)
    visits = places[rng.choice(36, 4000, p=chance / chance.sum())] + 0.2 * rng.normal(size=(4000, 2))
    steps = type(batch)(visits, batch.action, batch.reward, visits, batch.terminated, batch.truncated, {})
    bonus, counts = RE3(space=spaces.Box(-10, 10, (2,)), neighbours=5, capacity=4000), CountBonus(key=np.round)
    bonus.update(steps)
    counts.update(steps)
    every = steps.rows(slice(0, 36))
    every = type(every)(places, every.action, every.reward, places, every.terminated, every.truncated, {})
    assert spearmanr(bonus(every), counts(every)).statistic > 0.9


def test_the_oldest_are_forgotten_first():
    bonus = RE3(space=BOX, neighbours=1, capacity=5)
    first, second = sample(5, seed=0), sample(5, seed=1)
    bonus.update(first)
    np.testing.assert_allclose(bonus(first), 0, atol=1e-6)
    bonus.update(second)
    np.testing.assert_allclose(bonus(second), 0, atol=1e-6)
    assert (bonus(first) > 1e-3).all() and len(bonus.state_dict()["seen"]) == 5


def test_mistakes_are_named():
    for options in ({"neighbours": 0}, {"neighbours": 5, "capacity": 4}):
        with pytest.raises(BadOption, match="neighbours"):
            RE3(**options)
    batch = sample(3)
    spoilt = type(batch)(
        batch.obs, batch.action, batch.reward, batch.next_obs * np.nan, batch.terminated, batch.truncated, {}
    )
    with pytest.raises(BadBatch, match="RE3"):
        RE3(space=BOX).update(spoilt)
