"""Deep sea: its table, its known returns, and a slow simulation of the rules as the paper words them."""

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env
from stable_baselines3.common.env_checker import check_env as sb3_check_env

import rewardlab  # noqa: F401
from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.mdps import DeepSea


def uniform(mdp):
    return np.full((mdp.num_states, 2), 0.5)


@pytest.mark.parametrize("size,cost,code", [(2, 0.01, 0), (3, 0.3, 1), (5, 0.01, 7), (10, 0.01, 0), (20, 0.5, 3)])
def test_the_known_returns_are_those_of_the_table(size, cost, code):
    rules = DeepSea(size=size, cost=cost, code=code)
    mdp, card = rules.to_mdp(), rules.card()
    best = mdp.solve()
    assert (mdp.num_states, mdp.num_actions, mdp.gamma) == (size**2 + 1, 2, 1.0)
    np.testing.assert_allclose(best.value, card.optimal_return, atol=1e-12)
    np.testing.assert_allclose(mdp.evaluate(uniform(mdp)).value, card.random_return, atol=1e-12)
    np.testing.assert_allclose(mdp.solve(horizon=size).value, best.value, atol=1e-12)
    np.testing.assert_allclose(mdp.occupancy(best.policy).sum(), size, atol=1e-12)  # N steps, whatever one does
    diagonal = np.arange(size) * (size + 1)
    np.testing.assert_array_equal(best.policy[diagonal], rules.right[diagonal])


@pytest.mark.parametrize("size,code", [(2, 0), (6, 4)])
def test_rows_move_as_a_slow_simulation_does(size, code):
    rules = DeepSea(size=size, code=code, cost=0.02)
    envs = WorldVectorEnv(rules, 7)
    obs, _ = envs.reset(seed=0)
    rng = np.random.default_rng(1)
    where, returns = [(0, 0)] * 7, []
    total = np.zeros(7)
    for _ in range(6 * size):
        action = rng.integers(0, 2, 7)
        if rng.random() < 0.5:  # else the treasure would hardly ever be seen
            action[:3] = rules.right[np.minimum(obs[:3], size**2 - 1)]
        obs, reward, terminated, truncated, info = envs.step(action)
        for i in range(7):
            r, c = where[i]
            goes = action[i] == rules.right[r * size + c]
            pay = (-0.02 / size if goes else 0.0) + (1.0 if goes and (r, c) == (size - 1, size - 1) else 0.0)
            assert reward[i] == pay
            where[i] = (r + 1, min(c + 1, size - 1) if goes else max(c - 1, 0))
            assert terminated[i] == (where[i][0] == size) and not truncated[i]
            total[i] += pay
            if terminated[i]:
                assert info["final_obs"][i] == size**2
                assert info["final_info"]["success"][i] == (pay > 0.5)
                returns.append(total[i])
                where[i], total[i] = (0, 0), 0.0
            assert obs[i] == where[i][0] * size + where[i][1]
    assert max(returns) > 0.9 and min(returns) < 0.1


@pytest.mark.parametrize("size,cost", [(2, 0.01), (6, 0.3), (5, 1.5)])  # the third treasure is not worth its way
def test_regret_is_what_a_step_loses_and_an_episode_is_short_of(size, cost):
    rules = DeepSea(size=size, cost=cost, code=3, regret=True)
    best = rules.to_mdp().solve()
    plain, told = WorldVectorEnv(DeepSea(size=size, cost=cost, code=3), 50), WorldVectorEnv(rules, 50)
    obs, _ = told.reset(seed=0)
    plain.reset(seed=0)
    rng, paid, lost = np.random.default_rng(0), np.zeros(50), np.zeros(50)
    for step in range(size):
        action = np.where(rng.random(50) < 0.7, rules.right[obs], 1 - rules.right[obs])
        expected = best.V[obs] - best.Q[obs, action]
        for a, b in zip(plain.step(action)[:2], (found := told.step(action))[:2], strict=True):
            np.testing.assert_array_equal(a, b)
        obs, info = found[0], found[-1] if step < size - 1 else found[-1]["final_info"]
        np.testing.assert_allclose(info["pseudo_regret"], expected, atol=1e-12)
        assert (info["pseudo_regret"] >= 0).all() and set(rules.card().info) <= info.keys()
        paid, lost = paid + found[1], lost + info["pseudo_regret"]
    np.testing.assert_allclose(lost, best.value - paid, atol=1e-12)
    assert lost.max() > 0.01


def test_one_hot_shows_the_index():
    index, picture = (WorldVectorEnv(DeepSea(size=4, observation=view), 5) for view in ("index", "one_hot"))
    a, b = index.reset(seed=3)[0], picture.reset(seed=3)[0]
    rng = np.random.default_rng(0)
    for _ in range(11):
        np.testing.assert_array_equal(b.reshape(5, 16), np.eye(17, dtype=np.float32)[a][:, :16])
        action = rng.integers(0, 2, 5)
        (a, *x, first), (b, *y, second) = index.step(action), picture.step(action)
        for left, right in zip(x, y, strict=True):
            np.testing.assert_array_equal(left, right)
        if "final_obs" in second:
            assert all((last == 0).all() for last in second["final_obs"]) and (first["final_obs"] == 16).all()


@pytest.mark.parametrize("view", ["index", "one_hot"])
def test_torch_steps_as_numpy_does(view):
    numpy_envs = WorldVectorEnv(DeepSea(size=5, observation=view, regret=True), 6)
    torch_envs = WorldVectorEnv(DeepSea(size=5, observation=view, regret=True), 6, device="cpu")
    a, b = numpy_envs.reset(seed=1)[0], torch_envs.reset(seed=1)[0]
    rng = np.random.default_rng(2)
    for _ in range(12):
        np.testing.assert_array_equal(a, b.numpy())
        assert a.dtype == b.numpy().dtype
        action = rng.integers(0, 2, 6)
        (a, *x, first), (b, *y, second) = numpy_envs.step(action), torch_envs.step(torch.as_tensor(action))
        for left, right in zip(x, y, strict=True):
            np.testing.assert_array_equal(left, right.numpy())
        for key in {"pseudo_regret"} & first.keys():
            np.testing.assert_array_equal(first[key], second[key].numpy())


def test_the_registered_id_passes_both_checkers(recwarn):
    for kwargs in ({}, {"observation": "one_hot", "size": 40}):
        env = gym.make("rewardlab/DeepSea-v0", render_mode="rgb_array", **kwargs)
        check_env(env.unwrapped)
        if not kwargs:
            sb3_check_env(env.unwrapped)
    assert [str(w.message) for w in recwarn] == []


def test_what_is_drawn_is_where_the_diver_is():
    env = gym.make("rewardlab/DeepSea-v0", size=3, render_mode="ansi").unwrapped
    env.reset(seed=0)
    assert env.render() == "o..\n...\n..$"
    env.step(int(env.rules.right[0]))
    assert env.render() == "...\n.o.\n..$"
    env = gym.make("rewardlab/DeepSea-v0", size=4, render_mode="rgb_array").unwrapped
    env.reset(seed=0)
    for k in range(4):
        frame = env.render()
        assert frame.shape == (400, 400, 3)
        red = (frame == (210, 60, 50)).all(-1).reshape(4, 100, 4, 100).any((1, 3))
        assert np.argwhere(red).tolist() == [[k, k]]
        env.step(int(env.rules.right[4 * k + k]))
    assert not (env.render() == (210, 60, 50)).all(-1).any()  # at the bottom nobody is seen
    assert gym.make("rewardlab/DeepSea-v0", size=120, render_mode="rgb_array").unwrapped.rules.draw(
        {"cell": np.array([7])}, 0
    ).shape == (480, 480, 3)


def test_mistakes_are_named():
    with pytest.raises(BadOption, match="size=1"):
        DeepSea(size=1)
    with pytest.raises(BadOption, match="observation='picture'"):
        DeepSea(observation="picture")
