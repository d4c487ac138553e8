import numpy as np
import pytest
from steps import as_torch, random_steps, steps

from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Task
from rewardlab.core.testing.reward import check_reward
from rewardlab.rewards import Normalise


def discounted(reward, done, gamma):
    """Every return [T, N], summed anew from the beginning of its episode."""
    out = np.zeros_like(reward)
    for n in range(reward.shape[1]):
        begun = 0
        for t in range(len(reward)):
            out[t, n] = sum(gamma ** (t - k) * reward[k, n] for k in range(begun, t + 1))
            begun = t + 1 if done[t, n] else begun
    return out


def test_it_divides_by_the_deviation_of_the_returns():
    batch = random_steps((40, 3), np.random.default_rng(0))
    reward = Normalise(gamma=0.9, clip=np.inf)
    for part in (slice(0, 7), slice(7, 40)):  # returns flow on from batch to batch
        reward.update(batch.rows(part))
    exact = discounted(batch.reward, batch.done, 0.9).std()
    np.testing.assert_allclose(reward(batch), batch.reward / exact, rtol=1e-12)


def test_the_unit_of_the_reward_does_not_matter():
    batch = random_steps((40, 3), np.random.default_rng(1))
    large = batch.paying(batch.reward * 1000)
    a, b = Task().then(Normalise()), Task().then(Normalise())
    a.update(batch)
    b.update(large)
    np.testing.assert_allclose(a(batch), b(large), rtol=1e-9)


def test_rewards_that_are_all_alike_are_not_blown_up():
    ones = steps((1, 4), reward=np.full((1, 4), 3.0))
    reward = Normalise()
    assert (reward(ones) == 3.0).all()
    reward.update(steps((2, 4)))
    assert (reward(ones) == 3.0).all()  # nothing but zeros was seen
    fresh = Normalise()
    fresh.update(ones)
    np.testing.assert_allclose(fresh(ones), 1.0)


def test_clip_state_laws_and_torch():
    batch = random_steps((20, 3), np.random.default_rng(2))
    reward = Normalise(clip=0.5)
    reward.update(batch)
    assert np.abs(reward(batch)).max() == 0.5
    other = Normalise(clip=0.5)
    other.load_state_dict(reward.state_dict())
    more = random_steps((20, 3), np.random.default_rng(3))
    assert reward.update(more) == other.update(more) and (reward(more) == other(more)).all()
    check_reward(reward, random_steps(8, np.random.default_rng(4)))
    np.testing.assert_allclose(reward(more), reward(as_torch(more)).numpy(), atol=1e-12)


@pytest.mark.parametrize("options", [{"gamma": 1.0}, {"gamma": -0.1}, {"clip": 0.0}])
def test_mistakes_are_named(options):
    with pytest.raises(BadOption, match="Normalise"):
        Normalise(**options)
