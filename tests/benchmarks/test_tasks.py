"""The small tasks of the suites: their optima, their traps, and a perfect model's surprise."""

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.benchmarks.tasks import Corners, Repair, Surprise
from rewardlab.envs.world import WorldVectorEnv


def play(envs, policy, episodes_steps):
    obs, _ = envs.reset(seed=0)
    total, tools, ends = 0.0, 0.0, 0
    for _ in range(episodes_steps):
        obs, reward, terminated, truncated, info = envs.step(policy(obs))
        done = terminated | truncated
        total += reward.sum()
        if "tool" in info or done.any():
            tools += float(np.where(done, info["final_info"]["tool"] if done.any() else 0, info.get("tool", 0)).sum())
        ends += int(done.sum())
    return total / ends, tools / ends


def test_repair_pays_solvers_and_tells_of_fillers():
    envs = WorldVectorEnv(Repair(), 500)
    solved, tools = play(envs, lambda obs: (obs % 7 < 6).astype(np.int64), 20)
    assert solved == pytest.approx(0.8, abs=0.05) and tools == pytest.approx(14 * 0.2)
    assert play(WorldVectorEnv(Repair(), 100), lambda obs: np.zeros(100, dtype=np.int64), 20) == (
        0.0,
        pytest.approx(4.0),
    )
    rng = np.random.default_rng(0)
    by_chance = play(WorldVectorEnv(Repair(), 4000), lambda obs: rng.integers(0, 2, 4000), 20)[0]
    assert by_chance == pytest.approx(Repair().card().random_return, abs=0.02)


def test_corners_pay_only_in_order():
    env = gym.make("rewardlab-suites/Corners-v0")
    env.reset(seed=0)
    ways = [*[1] * 4, *[3] * 4, *[2] * 8, *[0] * 8, *[3] * 8]  # to corner a, b, c, d of a 9 x 9 grid
    stages = []
    for k, action in enumerate(ways):
        obs, reward, terminated, _, info = env.step(action)
        stages.append(info["stage"])
        assert (reward == 1.0) == terminated == (k == len(ways) - 1)
        assert obs % 5 == info["stage"]
    assert [stages[i] for i in (7, 15, 23, 31)] == [1, 2, 3, 4]
    wrong = WorldVectorEnv(Corners(), 1)
    wrong.reset(seed=0)
    for action in [*[0] * 4, *[3] * 4]:  # corner d first does not count
        _, _, _, _, info = wrong.step(np.array([action]))
    assert info["d"][0] and info["stage"][0] == 0


def test_surprise_is_looked_up():
    from steps import steps

    table = np.array([[0.0, 1.5], [0.2, 0.0]])
    np.testing.assert_array_equal(
        Surprise(table)(steps(3, obs=np.array([0, 0, 1]), action=np.array([1, 0, 0]))), [1.5, 0, 0.2]
    )
