"""What bonuses by learned models share: scale, whitening, state, refusals."""

import numpy as np
import pytest
from contracts.row import sample
from gymnasium import spaces

from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption
from rewardlab.rewards import ICM, Disagreement

BOX, FOUR = spaces.Box(-50, 50, (3,)), spaces.Discrete(4)


def test_the_next_thousand_pays_after_a_load_are_the_same_bits():
    one = ICM(space=BOX, action_space=FOUR)
    for k in range(5):
        one.update(sample(16, seed=k))
    two = ICM(space=BOX, action_space=FOUR, seed=7)
    two.load_state_dict(one.state_dict())
    for k in range(50):
        batch = sample(20, seed=100 + k)
        np.testing.assert_array_equal(one(batch), two(batch))
        one.update(batch)
        two.update(batch)


def test_bonuses_have_about_unit_scale_after_a_while():
    bonus = Disagreement(space=BOX, action_space=FOUR, lr=0.0, gamma=0.0)
    for k in range(30):
        bonus.update(sample(64, seed=k).map(lambda x: x.reshape(8, 8, *x.shape[1:])))
    paid = bonus(sample(2000, seed=99))
    assert 0.8 < np.sqrt((paid**2).mean()) < 1.25  # with gamma 0 the scale is the size of the bonus itself


def test_the_true_successor_is_looked_at():
    bonus = ICM(space=BOX, action_space=FOUR)
    batch = sample(8)
    bonus.update(batch)
    moved = type(batch)(
        batch.obs, batch.action, batch.reward, batch.next_obs + 3, batch.terminated, batch.truncated, batch.info
    )
    assert not np.allclose(bonus(batch), bonus(moved))


def test_integers_need_an_action_space_and_floats_do_not():
    with pytest.raises(BadOption, match="action_space=env"):
        ICM(space=BOX)(sample(4))
    batch = sample(4)
    floats = type(batch)(
        batch.obs, batch.obs[:, :2], batch.reward, batch.next_obs, batch.terminated, batch.truncated, {}
    )
    assert ICM()(floats).shape == (4,)


def test_nan_is_refused_by_update_and_shown_by_a_call():
    batch = sample(4)
    spoilt = batch.next_obs.copy()
    spoilt[2] = np.nan
    bad = type(batch)(batch.obs, batch.action, batch.reward, spoilt, batch.terminated, batch.truncated, {})
    bonus = ICM(space=BOX, action_space=FOUR)
    assert np.isnan(bonus(bad)).tolist() == [False, False, True, False]
    with pytest.raises(BadBatch, match="observation with NaN"):
        bonus.update(bad)


def test_options_and_states_are_checked():
    for options in ({"epochs": 0}, {"features": 0}, {"hidden": ()}):
        with pytest.raises(BadOption, match="ICM"):
            ICM(**options)
    with pytest.raises(BadCheckpoint):
        ICM().load_state_dict({"obs": {}})


def test_an_empty_batch_teaches_nothing():
    assert ICM(space=BOX, action_space=FOUR).update(sample(4).rows(slice(0, 0))) == {}
