"""Whole runs beside Stable-Baselines3's: where both draw the same numbers, they do the same.

Ours runs first and what it draws is written down; Stable-Baselines3's class then draws from that.
"""

from collections import deque

import gymnasium as gym
import numpy as np
import pytest
import stable_baselines3
import torch
from gymnasium.wrappers import TimeLimit
from stable_baselines3.common.buffers import ReplayBuffer
from stable_baselines3.common.env_util import make_vec_env

from rewardlab.agents.deep import DQN, PPO, SAC
from rewardlab.agents.loops import soft

SMALL = {"device": "cpu", "seed": 3}


def short(env_id, limit):
    """Episodes that are cut often: what follows on a cut counts."""
    return lambda: TimeLimit(gym.make(env_id).unwrapped, limit)


def pair(ours, theirs, world, rows, **options):
    agents = [cls("MlpPolicy", make_vec_env(world, rows, seed=0), **SMALL, **options) for cls in (ours, theirs)]
    agents[1].policy.load_state_dict(agents[0].policy.state_dict())
    return agents


def noted(monkeypatch, place, name, keep=lambda x: True):
    """What a function returns from now on, in order."""
    held, function = deque(), getattr(place, name)

    def call(*args, **kwargs):
        out = function(*args, **kwargs)
        if keep(out):
            held.append(out.clone())
        return out

    monkeypatch.setattr(place, name, call)
    return held


def check(mine, theirs, *, within):
    returns = [[e["r"] for e in a.ep_info_buffer] for a in (mine, theirs)]
    assert len(returns[0]) > 5
    np.testing.assert_allclose(*returns, rtol=within)
    for p, q in zip(mine.policy.parameters(), theirs.policy.parameters(), strict=True):
        torch.testing.assert_close(p, q, rtol=0, atol=within)
    assert mine.num_timesteps == theirs.num_timesteps and mine._n_updates == theirs._n_updates


@pytest.mark.parametrize("limit", [17, 500])
def test_ppo(monkeypatch, limit):
    rates = {"learning_rate": lambda left: 1e-3 * left, "clip_range": lambda left: 0.2 * left}
    mine, theirs = pair(
        PPO, stable_baselines3.PPO, short("CartPole-v1", limit), 4, n_steps=32, batch_size=32, n_epochs=4, **rates
    )
    actions, orders = noted(monkeypatch, mine, "_decide"), noted(monkeypatch, torch, "randperm")
    mine.learn(512)
    forward = theirs.policy.forward

    def act(obs, deterministic=False):
        if theirs.num_timesteps >= 512:
            return forward(obs, deterministic)
        action = actions.popleft()
        value, log_prob, _ = theirs.policy.evaluate_actions(obs, action)
        return action, value, log_prob

    def order(n):  # the rows of a step lie side by side here, the steps of a row there
        return (lambda at: at % 4 * 32 + at // 4)(orders.popleft().numpy())

    monkeypatch.setattr(theirs.policy, "forward", act)
    monkeypatch.setattr(np.random, "permutation", order)
    theirs.learn(512)
    assert not actions and not orders
    check(mine, theirs, within=1e-3)


def drawing(monkeypatch, kept):
    monkeypatch.setattr(
        ReplayBuffer, "sample", lambda self, size, env=None: self._get_samples(kept.popleft().numpy(), env=env)
    )


def test_dqn(monkeypatch):
    options = {"learning_starts": 50, "buffer_size": 200, "target_update_interval": 60, "train_freq": 2}
    mine, theirs = pair(DQN, stable_baselines3.DQN, short("CartPole-v1", 17), 1, **options)
    actions = noted(monkeypatch, mine, "_decide")
    drawn = noted(monkeypatch, torch, "randint", lambda x: x.shape == (32,))
    mine.learn(300)
    monkeypatch.setattr(theirs, "_sample_action", lambda *_: (a := actions.popleft().numpy(), a))
    drawing(monkeypatch, drawn)
    theirs.learn(300)
    assert not actions and not drawn
    check(mine, theirs, within=1e-4)


def test_sac(monkeypatch):
    options = {"learning_starts": 50, "buffer_size": 120, "batch_size": 32, "policy_kwargs": {"net_arch": [32, 32]}}
    mine, theirs = pair(SAC, stable_baselines3.SAC, short("Pendulum-v1", 20), 1, **options)
    first, drawn = noted(monkeypatch, mine, "_drawn"), noted(monkeypatch, torch, "randint")
    noise = noted(monkeypatch, soft, "normal")
    mine.learn(190)
    monkeypatch.setattr(
        torch.distributions.normal, "_standard_normal", lambda shape, **_: noise.popleft().reshape(shape)
    )
    monkeypatch.setattr(theirs.action_space, "sample", lambda: 2 * first.popleft().numpy()[0])
    drawing(monkeypatch, drawn)
    theirs.learn(190)
    assert not first and not drawn and not noise
    check(mine, theirs, within=1e-3)
