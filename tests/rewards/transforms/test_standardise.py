"""Running shapers: what they have seen decides."""

import numpy as np
import pytest
from contracts.row import sample

from rewardlab.core.errors import BadCheckpoint, BadOption
from rewardlab.rewards import ClipBand, MinMax, Standardise


def test_moments_are_those_of_all_rewards_seen():
    shaper, seen = Standardise(), []
    for k in range(4):
        batch = sample(5 + k, seed=k)
        seen.append(batch.reward)
        shaper.update(batch)
    every = np.concatenate(seen)
    batch = sample(6, seed=9)
    np.testing.assert_allclose(shaper(batch), (batch.reward - every.mean()) / every.std(), rtol=1e-6)


def test_before_the_first_update_rewards_pass():
    batch = sample(6)
    for shaper in (Standardise(), ClipBand(), MinMax()):
        np.testing.assert_array_equal(shaper(batch), batch.reward)


def test_a_band_clips_at_so_many_deviations():
    shaper, batch = ClipBand(width=0.5), sample(200)
    shaper.update(batch)
    mean, reach = batch.reward.mean(), 0.5 * batch.reward.std()
    np.testing.assert_allclose(shaper(batch), np.clip(batch.reward, mean - reach, mean + reach), rtol=1e-6)


def test_the_range_is_the_unit_interval_and_what_lies_beyond_is_clipped():
    shaper, batch = MinMax(), sample(50)
    shaper.update(batch)
    paid = shaper(batch)
    assert paid.min() == 0.0 and paid.max() == 1.0
    wide = shaper(batch.paying(batch.reward * 10))
    assert wide.min() == 0.0 and wide.max() == 1.0
    shaper.update(batch.paying(np.full(50, 100.0)))
    assert shaper(batch.paying(np.full(50, 100.0)))[0] == 1.0


def test_equal_rewards_are_not_divided_by_nothing():
    shaper, batch = MinMax(), sample(3).paying(np.ones(3))
    shaper.update(batch)
    np.testing.assert_array_equal(shaper(batch), np.ones(3))


def test_options_and_states_are_checked():
    with pytest.raises(BadOption, match="width"):
        ClipBand(width=0.0)
    with pytest.raises(BadOption, match="epsilon"):
        Standardise(epsilon=-1.0)
    with pytest.raises(BadCheckpoint):
        MinMax().load_state_dict({"low": 0.0})
