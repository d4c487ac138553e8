import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from rewardlab.core.errors import BadOption
from rewardlab.envs import Continuing
from rewardlab.rewards import PaidVector, Remembering, Task


def rows(name="rewardlab/GridWorld-v0", n=5, **options):
    return gym.make_vec(name, num_envs=n, **options)


def test_nothing_ends_but_the_horizon_and_what_is_seen_and_paid_is_the_tasks():
    plain, going = rows(n=50), Continuing(rows(n=50), 30)
    seen, same = plain.reset(seed=3)[0], going.reset(seed=3)[0]
    rng, ended = np.random.default_rng(0), 0
    for t in range(1, 61):
        np.testing.assert_array_equal(seen, same)
        action = rng.integers(0, 4, 50)
        seen, pay, terminated, truncated, _ = plain.step(action)
        same, paid, over, cut, info = going.step(action)
        ended += int(terminated.sum())
        np.testing.assert_array_equal(pay, paid)
        assert not over.any() and cut.all() == (t % 30 == 0) == cut.any()
        told = info["final_info"] if cut.any() else info
        np.testing.assert_array_equal(told["goal_ended"], terminated)
        if cut.any():
            np.testing.assert_array_equal(np.stack(list(info["final_obs"])), seen)
            seen = plain.reset()[0]
        assert not truncated.any()
    assert ended >= 10


def test_the_columns_of_an_ended_row_are_those_of_its_last_step():
    going = Continuing(rows(), 50)
    going.reset(seed=0)
    rng, won = np.random.default_rng(1), 0
    for _ in range(49):
        _, paid, _, _, info = going.step(rng.integers(0, 4, 5))
        np.testing.assert_array_equal(info["success"], paid > 0)
        won += int((paid > 0).sum())
        assert "final_info" not in info and "final_obs" not in info
    assert won > 0


def test_drivers_remember_episodes_as_long_as_the_horizon():
    memory = Remembering(reward=Task())
    envs = PaidVector(Continuing(rows(), 20), memory, update_every=4)
    envs.reset(seed=0)
    for _ in range(40):
        envs.step(np.random.default_rng(0).integers(0, 4, 5))
    assert [len(e) for e in memory.episodes()] == [20] * 10
    assert all(e.truncated[-1] and not e.terminated.any() for e in memory.episodes())


def test_what_it_cannot_go_on_with_is_refused():
    for horizon in (0, 2.5, True):
        with pytest.raises(BadOption, match="horizon="):
            Continuing(rows(), horizon)
    with pytest.raises(BadOption, match="SAME_STEP"):
        Continuing(rows(autoreset_mode=AutoresetMode.NEXT_STEP), 10)
    going = Continuing(rows(), 10)
    going.reset(seed=0)
    with pytest.raises(BadOption, match="one clock"):
        going.reset(options={"reset_mask": np.array([True, False, False, False, False])})
