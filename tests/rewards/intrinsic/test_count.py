import time

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from steps import as_torch, steps

from rewardlab.core import checkpoint
from rewardlab.core.errors import BadBatch, BadCheckpoint, MissingColumn
from rewardlab.core.testing.reward import check_reward
from rewardlab.rewards import CountBonus
from rewardlab.rewards.drivers.vector import PaidVector


def visits(obs):
    lead = obs.shape[:1] if isinstance(obs, np.ndarray) else next(iter(obs.values())).shape[:1]
    return steps(lead, obs=obs)


KINDS = {
    "discrete": lambda s: s,
    "negative and large": lambda s: s - 2 + 10**12 * (s == 3),
    "vector": lambda s: np.stack([s, s // 2], -1).astype(np.float32),
    "picture": lambda s: (s[:, None, None, None] + np.zeros((1, 2, 2, 3))).astype(np.uint8),
    "dict": lambda s: {"place": s // 2, "rest": np.stack([s % 2, s * 0], -1)},
    "text": lambda s: np.array(["", "a", "b", "ab", "abc", "c"], dtype=object)[s],
}


@pytest.mark.parametrize("kind", KINDS)
def test_counts_are_those_of_plain_python(kind):
    rng, reward, seen = np.random.default_rng(0), CountBonus(beta=2.0), dict.fromkeys(range(6), 0)
    for _ in range(20):
        states = rng.integers(0, 6, 7)
        expected = [2.0 / np.sqrt(seen[s] + 1) for s in states.tolist()]
        np.testing.assert_allclose(reward(visits(KINDS[kind](states))), expected, rtol=1e-15)
        logs = reward.update(visits(KINDS[kind](states)))
        for s in states.tolist():
            seen[s] += 1
    assert logs == {"count_bonus/states": sum(n > 0 for n in seen.values())}


def test_one_state_visited_again_and_again_pays_one_over_the_root_of_the_visit():
    reward, paid = CountBonus(beta=0.5), []
    for _ in range(4):
        batch = steps(1, obs=np.array([7]))
        paid.append(reward(batch)[0])
        reward.update(batch)
    assert paid == [0.5 / np.sqrt(n) for n in (1, 2, 3, 4)]


def test_it_counts_the_state_that_was_reached():
    reward = CountBonus()
    reward.update(steps(1, obs=np.array([0]), next_obs=np.array([1])))
    paid = reward(steps(2, obs=np.array([1, 1]), next_obs=np.array([0, 1])))
    np.testing.assert_allclose(paid, [1.0, 1 / np.sqrt(2)])


def test_a_key_says_what_is_counted():
    reward = CountBonus(key=lambda o: np.floor(o["position"]).astype(np.int64))
    reward.update(visits({"position": np.array([[0.2, 0.7]]), "goal": np.zeros((1, 2))}))
    paid = reward(visits({"position": np.array([[0.9, 0.1], [1.1, 0.1]]), "goal": np.ones((2, 2))}))
    np.testing.assert_allclose(paid, [1 / np.sqrt(2), 1.0])


def test_a_name_counts_a_column_of_info():
    reward, obs = CountBonus(key="agent_pos"), np.arange(6)[:, None] + np.zeros((6, 3))
    place = np.array([[0, 0], [0, 1], [0, 1], [5, 5], [0, 1], [0, 0]])
    reward.update(steps(6, obs=obs, agent_pos=place))
    paid = reward(steps(3, obs=obs[:3], agent_pos=np.array([[0, 1], [0, 0], [1, 0]])))
    np.testing.assert_allclose(paid, 1 / np.sqrt([4, 3, 1]))
    again = CountBonus(key="agent_pos")
    again.load_state_dict(reward.state_dict())
    torch_ = as_torch(steps(1, obs=obs[:1], agent_pos=np.array([[0, 1]])))
    assert float(again(torch_)) == 0.5
    with pytest.raises(MissingColumn, match=r"count_bonus: .*'agent_dir'(?s:.*)'agent_pos'"):
        CountBonus(key="agent_dir")(steps(1, agent_pos=place[:1]))


def test_a_driver_gives_it_the_column_of_the_state_that_was_reached():
    envs = PaidVector(gym.make_vec("rewardlab/MiniGrid-Empty-5x5-v0", num_envs=2), CountBonus(key="agent_pos"))
    envs.reset(seed=0)
    forward = np.full(2, 2)
    assert [envs.step(forward)[1].tolist() for _ in range(3)] == [
        [1.0, 1.0],  # the second cell is new to both rows
        [1.0, 1.0],
        pytest.approx([1 / np.sqrt(3)] * 2),  # the wall holds them where two have been
    ]
    envs.close()


def test_a_call_counts_nothing_and_any_leading_axes_do():
    reward, states = CountBonus(), np.arange(6).reshape(2, 3)
    before = reward(steps((2, 3), obs=states))
    assert (reward(steps((2, 3), obs=states)) == before).all() and before.shape == (2, 3)
    reward.update(steps((2, 3), obs=states))
    np.testing.assert_allclose(reward(steps((2, 3), obs=states)), 1 / np.sqrt(2))


@given(st.lists(st.floats(-2, 2, width=32), min_size=1, max_size=20))
def test_floats_are_told_apart_exactly_and_the_two_zeros_are_one(values):
    reward = CountBonus()
    obs = np.array(values, dtype=np.float32)[:, None]
    reward.update(visits(obs))
    np.testing.assert_allclose(reward(visits(obs)), [1 / np.sqrt(values.count(v) + 1) for v in values])
    assert reward(visits(-np.zeros((1, 1), np.float32))) == reward(visits(np.zeros((1, 1), np.float32)))


@pytest.mark.parametrize("kind", KINDS)
def test_state_survives_a_checkpoint(kind, tmp_path):
    rng, reward = np.random.default_rng(1), CountBonus()
    for _ in range(5):
        reward.update(visits(KINDS[kind](rng.integers(0, 6, 9))))
    checkpoint.save(tmp_path / "c", "reward", {}, reward.state_dict())
    other = CountBonus()
    other.load_state_dict(checkpoint.load(tmp_path / "c", "reward")[1])
    for _ in range(10):
        batch = visits(KINDS[kind](rng.integers(0, 6, 100)))
        assert (reward(batch) == other(batch)).all()
        assert reward.update(batch) == other.update(batch)


def test_nan_shows_and_is_not_counted():
    reward, batch = CountBonus(), visits(np.array([[np.nan, 0.0], [1.0, 0.0]]))
    assert np.isnan(reward(batch)).tolist() == [True, False]
    with pytest.raises(BadBatch, match="1 observations with NaN"):
        reward.update(batch)


def test_4096_discrete_rows_take_less_than_a_millisecond():
    reward, batch = CountBonus(), visits(np.random.default_rng(0).integers(0, 1000, 4096))
    seconds = []
    for _ in range(20):
        begun = time.perf_counter()
        reward(batch)
        reward.update(batch)
        seconds.append(time.perf_counter() - begun)
    assert min(seconds) < 1e-3


def test_laws_and_torch():
    rng = np.random.default_rng(2)
    for obs in (rng.integers(0, 5, 12), rng.integers(0, 3, (12, 2)).astype(np.float64)):
        reward, batch = CountBonus(), visits(obs)
        reward.update(batch)
        check_reward(reward, batch)
        np.testing.assert_allclose(reward(batch), reward(as_torch(batch)).numpy(), atol=1e-12)


def test_a_strange_state_is_refused():
    with pytest.raises(BadCheckpoint, match="table"):
        CountBonus().load_state_dict({"n": 3})
