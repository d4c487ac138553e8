"""Cliff walk: the book's returns, steps against a slow simulation, learners that fall and learners that do not."""

import numpy as np
import pytest
import torch

from rewardlab.core.errors import BadOption
from rewardlab.core.testing import check_env, check_vector_env
from rewardlab.envs import WorldEnv, WorldVectorEnv
from rewardlab.envs.gridworlds.cliff import Cliff


def follow(rules, actions):
    env = WorldEnv(rules)
    env.reset(seed=0)
    total = 0.0
    for t, action in enumerate(actions):
        _, reward, over, _, info = env.step(action)
        total += reward
        assert over == (t == len(actions) - 1)
        assert not info["fell"]
    return total


def test_the_published_returns():
    rules = Cliff()
    best = rules.to_mdp().solve()
    assert best.value == -13.0 == rules.card().optimal_return
    assert follow(rules, [0] + [1] * 11 + [2]) == -13.0
    assert follow(rules, rules.safe_path()) == -17.0
    assert follow(Cliff(step_reward=0.0, fall_reward=0.0, goal_reward=1.0), rules.safe_path()) == 1.0


def test_who_explores_prefers_the_safe_way():
    """The values of the figure: with epsilon = 0.1 the edge costs more than the detour."""
    mdp, rules = Cliff().to_mdp(), Cliff()
    values = {}
    for name, way in {"edge": [0] + [1] * 11 + [2], "safe": rules.safe_path()}.items():
        policy = np.tile(np.eye(4)[1], (48, 1))
        policy[11::12] = np.eye(4)[2]
        cell = rules.first
        for action in way:
            policy[cell] = np.eye(4)[action]
            cell = rules._tables()["target"][cell * 4 + action]
        values[name] = mdp.evaluate(0.9 * policy + 0.1 / 4).value
    assert values["edge"] < -40 < -30 < values["safe"]


def test_rows_move_as_a_slow_simulation_does():
    envs = WorldVectorEnv(Cliff(height=3, width=5), 8)
    obs, _ = envs.reset(seed=0)
    rng = np.random.default_rng(0)
    falls = ends = 0
    at = [(2, 0)] * 8
    for _ in range(200):
        action = rng.integers(0, 4, 8)
        obs, reward, over, _, info = envs.step(action)
        for i in range(8):
            r, c = np.add(at[i], [(-1, 0), (0, 1), (1, 0), (0, -1)][action[i]])
            r, c = np.clip(r, 0, 2), np.clip(c, 0, 4)
            fell = r == 2 and 0 < c < 4
            assert reward[i] == (-100.0 if fell else -1.0)
            assert over[i] == ((r, c) == (2, 4))
            falls, ends = falls + fell, ends + over[i]
            assert (info["final_info"] if over[i] else info)["fell"][i] == fell
            at[i] = (2, 0) if fell or over[i] else (r, c)
            assert obs[i] == at[i][0] * 5 + at[i][1]
    assert falls > 100 and ends > 3


def test_torch_steps_as_numpy_does():
    a, b = WorldVectorEnv(Cliff(), 6), WorldVectorEnv(Cliff(), 6, device="cpu")
    a.reset(seed=0), b.reset(seed=0)
    rng = np.random.default_rng(0)
    for _ in range(60):
        action = rng.integers(0, 4, 6)
        for left, right in zip(a.step(action)[:4], b.step(torch.as_tensor(action))[:4], strict=True):
            np.testing.assert_array_equal(left, right.numpy())


def test_every_law_of_environments_holds():
    assert check_env(lambda: WorldEnv(Cliff), steps=60, processes=False)
    assert check_vector_env(lambda m: WorldVectorEnv(Cliff, 3, autoreset_mode=m), lambda: WorldEnv(Cliff), steps=60)


def test_the_strip_is_shown():
    rules = Cliff(height=3, width=5)
    assert rules.text({"cell": np.array([3])}, 0) == "...@.\n.....\n.xxxG"
    assert rules.draw({"cell": np.array([3])}, 0).shape == (240, 400, 3)


@pytest.mark.parametrize("name,value", [("height", 1), ("width", 2), ("fall_reward", float("nan")), ("horizon", 0)])
def test_mistakes_are_named(name, value):
    with pytest.raises(BadOption, match=name):
        Cliff(**{name: value})
