import numpy as np
import pytest
from steps import steps

from rewardlab.core.errors import BadOption, BadReward
from rewardlab.rewards import DynamicPotential, Potential


def test_what_was_added_on_entering_is_taken_off_on_leaving():
    reward = DynamicPotential(lambda s, n: s * (1.0 + n), gamma=0.5)
    reward.reset(np.array([True]))

    def step(a, b):
        return steps(1, obs=np.array([a]), next_obs=np.array([b]))

    assert reward(step(2.0, 3.0)).tolist() == [0.5 * 3 - 2]
    reward.update(step(2.0, 3.0))  # from now on potentials are twice as high
    assert reward(step(3.0, 1.0)).tolist() == [0.5 * 2 - 3]  # not − 6
    reward.reset(np.array([True]))
    assert reward(step(3.0, 1.0)).tolist() == [0.5 * 2 - 6]  # a new episode begins with what it says now


def test_the_sum_of_an_episode_does_not_see_how_the_potential_moved():
    rng, gamma, T = np.random.default_rng(0), 0.9, 30
    path, noise = rng.normal(size=(T + 1, 4)), rng.normal(size=1000)
    reward = DynamicPotential(lambda s, n: s * 3 + noise[n], gamma)
    reward.reset(np.ones(4, dtype=bool))
    total = np.zeros(4)
    for t in range(T):
        batch = steps(4, obs=path[t], next_obs=path[t + 1], terminated=np.full(4, t == T - 1))
        total += gamma**t * reward(batch)
        reward.update(batch)
    np.testing.assert_allclose(total, -(path[0] * 3 + noise[0]), atol=1e-9)


def test_one_that_stands_still_is_a_potential():
    rng = np.random.default_rng(1)
    path = rng.normal(size=(6, 3))
    still, plain = DynamicPotential(lambda s, n: s * s, 0.9), Potential(lambda s: s * s, 0.9)
    still.reset(np.ones(3, dtype=bool))
    for t in range(5):
        batch = steps(3, obs=path[t], next_obs=path[t + 1])
        np.testing.assert_array_equal(still(batch), plain(batch))


def test_the_state_holds_the_clock_and_the_memory():
    def make():
        return DynamicPotential(lambda s, n: s + n, 1.0)

    one, other = make(), make()
    one.reset(np.ones(2, dtype=bool))
    one(steps(2, next_obs=np.ones(2), obs=np.zeros(2)))
    one.update(steps((3, 2)))
    other.load_state_dict(one.state_dict())
    batch = steps(2, obs=np.ones(2), next_obs=np.array([5.0, 7.0]))
    assert other(batch).tolist() == one(batch).tolist() == [5 + 6 - 1, 7 + 6 - 1]


def test_bad_options_and_shapes_are_named():
    with pytest.raises(BadOption, match="DynamicPotential: gamma=2"):
        DynamicPotential(lambda s, n: s, 2)
    with pytest.raises(BadReward, match="DynamicPotential: phi gave"):
        DynamicPotential(lambda s, n: s[:, None])(steps(3, obs=np.zeros(3)))
