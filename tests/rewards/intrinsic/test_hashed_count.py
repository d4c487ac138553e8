from collections import Counter

import numpy as np
import pytest
from gymnasium import spaces
from novelty_worlds import dives, visits_of
from scipy.stats import spearmanr
from steps import steps

from rewardlab.core import checkpoint
from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption
from rewardlab.rewards import CountBonus, HashedCount


def test_a_code_is_the_signs_of_a_projection():
    reward, x = (
        HashedCount(bits=7, space=spaces.Box(-9.0, 9.0, (3,)), seed=3),
        np.random.default_rng(0).normal(size=(50, 3)),
    )
    A = np.random.default_rng(3).normal(size=(3, 7))
    signs = x @ A >= 0
    expected = (signs * 2 ** np.arange(7)).sum(1) + 1
    assert reward.codes(x, (50,)).tolist() == expected.tolist()


def test_what_one_code_was_counted_pays_one_over_the_root():
    rng, reward, plain = (
        np.random.default_rng(1),
        HashedCount(beta=0.5, bits=5, space=spaces.Box(-9.0, 9.0, (2,))),
        Counter(),
    )
    for _ in range(10):
        x = rng.normal(size=(6, 2))
        code = reward.codes(x, (6,)).tolist()
        np.testing.assert_allclose(reward(steps(6, obs=x)), [0.5 / np.sqrt(plain[c] + 1) for c in code], rtol=1e-15)
        logs = reward.update(steps(6, obs=x))
        plain.update(code)
    assert logs == {"hashed_count/codes": len(plain)}


def test_near_directions_share_a_code_as_often_as_their_angle_says():
    angle, rng = 0.3, np.random.default_rng(2)
    x = rng.normal(size=(4000, 2))
    turned = x @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    reward = HashedCount(bits=1, space=spaces.Box(-9.0, 9.0, (2,)))
    same = (reward.codes(x, (4000,)) == reward.codes(turned, (4000,))).mean()
    assert same == pytest.approx(1 - angle / np.pi, abs=0.02)  # Charikar's collision probability, sd 0.005
    assert (reward.codes(x, (4000,)) == reward.codes(7 * x, (4000,))).all()


@pytest.mark.parametrize("space", [spaces.Discrete(26), None], ids=["one-hot", "codes"])
def test_in_the_deep_sea_it_ranks_the_states_as_exact_counts_do(space):
    hashed, exact, cells = HashedCount(space=space), CountBonus(), np.arange(26)
    for u in range(30):
        batch = visits_of(dives(5, 10, 8, seed=u))
        hashed.update(batch)
        exact.update(batch)
    paid, expected = hashed(visits_of(cells)), exact(visits_of(cells))
    np.testing.assert_allclose(paid, expected)  # 32 bits tell 26 states apart
    assert spearmanr(paid, expected).statistic == pytest.approx(1.0, abs=1e-12)
    assert len(np.unique(expected)) > 8


def test_few_bits_join_and_a_key_centres():
    lumped = HashedCount(bits=1, space=spaces.Discrete(26))
    lumped.update(visits_of(np.arange(26)))
    assert len(np.unique(lumped.codes(np.arange(26), (26,)))) == 2
    far, near = np.array([[1.0], [100.0]]), HashedCount(bits=20, key=lambda o: np.concatenate([o, np.ones_like(o)], -1))
    plain = HashedCount(bits=20, space=spaces.Box(0.0, 200.0, (1,)))
    assert len(set(plain.codes(far, (2,)).tolist())) == 1 and len(set(near.codes(far, (2,)).tolist())) == 2


def test_memory_is_bounded_and_what_has_no_room_pays_nothing():
    reward = HashedCount(space=spaces.Discrete(26), most=3)
    reward.update(visits_of(np.arange(26)))
    paid = reward(visits_of(np.arange(26)))
    assert sorted(np.unique(paid).tolist()) == [0.0, 1 / np.sqrt(2)] and (paid > 0).sum() == 3


def test_state_survives_a_checkpoint_with_its_projection(tmp_path):
    reward, rng = HashedCount(bits=6, seed=1), np.random.default_rng(3)
    reward.update(steps(30, obs=rng.normal(size=(30, 4))))
    checkpoint.save(tmp_path / "c", "reward", {}, reward.state_dict())
    other = HashedCount(bits=6, seed=2)
    other.load_state_dict(checkpoint.load(tmp_path / "c", "reward")[1])
    for _ in range(10):
        batch = steps(100, obs=rng.normal(size=(100, 4)))
        np.testing.assert_array_equal(reward(batch), other(batch))
        assert reward.update(batch) == other.update(batch)
    with pytest.raises(BadCheckpoint, match="A of shape"):
        HashedCount(bits=7).load_state_dict(reward.state_dict())


def test_bad_options_and_nan():
    for bits in (0, 53, 2.0, True):
        with pytest.raises(BadOption, match="bits="):
            HashedCount(bits=bits)
    reward, batch = HashedCount(), steps(2, obs=np.array([[np.nan], [1.0]]))
    assert np.isnan(reward(batch)).tolist() == [True, False]
    with pytest.raises(BadBatch, match="1 observations with NaN"):
        reward.update(batch)
