"""Generalised advantages against their definition, and against Stable-Baselines3's buffer."""

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.buffers import RolloutBuffer

from rewardlab.agents.loops.gae import gae, gae_of_tensors


def rollout(steps=12, rows=3, streams=2, seed=0):
    draw = np.random.default_rng(seed)
    reward, value, beyond = (draw.normal(size=(steps, rows, streams)).astype(np.float32) for _ in range(3))
    goes_on = (draw.random((steps, rows, streams)) > 0.3).astype(np.float32)
    discount, decay = np.array([0.9, 0.99], np.float32), np.array([0.8, 0.5], np.float32)
    return [torch.from_numpy(x) for x in (reward, value, beyond, goes_on, discount, decay)]


def test_it_is_the_discounted_sum_of_the_errors_of_an_episode():
    reward, value, beyond, goes_on, discount, decay = given = rollout()
    found = gae(*given)
    delta = reward + discount * beyond - value
    for t in range(len(reward)):
        for n in range(3):
            for k in range(2):
                total, factor = 0.0, 1.0
                for later in range(t, len(reward)):
                    total += factor * float(delta[later, n, k])
                    factor *= float(decay[k] * goes_on[later, n, k])
                assert abs(total - float(found[t, n, k])) < 1e-5


def test_both_ways_of_computing_it_agree():
    given = rollout(steps=40, seed=1)
    torch.testing.assert_close(gae(*given), gae_of_tensors(*given), atol=1e-5, rtol=1e-5)
    double = [x.double() for x in given]
    torch.testing.assert_close(gae(*double).float(), gae(*given), atol=1e-5, rtol=1e-5)


def test_numbers_are_those_of_stable_baselines():
    steps, rows, gamma, decay = 10, 4, 0.97, 0.9
    draw = np.random.default_rng(3)
    reward, value = (draw.normal(size=(steps, rows)).astype(np.float32) for _ in range(2))
    done = draw.random((steps, rows)) < 0.3
    last = draw.normal(size=rows).astype(np.float32)
    theirs = RolloutBuffer(
        steps, spaces.Box(0, 1, (1,)), spaces.Discrete(2), gae_lambda=decay, gamma=gamma, n_envs=rows
    )
    begun = np.ones(rows, dtype=bool)
    for t in range(steps):
        theirs.add(
            np.zeros((rows, 1)), np.zeros((rows, 1)), reward[t], begun, torch.from_numpy(value[t]), torch.zeros(rows)
        )
        begun = done[t]
    theirs.compute_returns_and_advantage(torch.from_numpy(last), done[-1])
    beyond = np.concatenate([value[1:], last[None]]) * ~done
    mine = gae(
        *(torch.from_numpy(x[..., None].astype(np.float32)) for x in (reward, value, beyond, ~done)),
        torch.tensor([gamma]),
        torch.tensor([gamma * decay]),
    )
    np.testing.assert_allclose(mine[..., 0].numpy(), theirs.advantages, atol=1e-5)
