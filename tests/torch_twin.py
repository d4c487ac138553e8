"""What rules for both libraries must do: on the CPU, torch shows to the bit what NumPy shows."""

import numpy as np
import torch
from core.walk import assert_same

from rewardlab.envs.world import WorldVectorEnv


def leaves(tree):
    """All arrays of observations and infos, texts and numbers aside."""
    if isinstance(tree, dict):
        return [leaf for key, value in tree.items() if not key.startswith("_") for leaf in leaves(value)]
    return [] if isinstance(tree, np.ndarray) else [tree]


def torch_is_numpy(rules, act, *, n=5, steps=14, limit=None):
    """Play both alike, `act(generator, n)` draws their actions; returns how many episodes ended."""
    ours = WorldVectorEnv(rules, n, max_episode_steps=limit)
    theirs = WorldVectorEnv(rules, n, max_episode_steps=limit, device="cpu")
    a, b = ours.reset(seed=1), theirs.reset(seed=1)
    assert_same(a, b)
    dice, ended = np.random.default_rng(2), 0
    for _ in range(steps):
        action = act(dice, n)
        a, b = ours.step(action), theirs.step(torch.as_tensor(action))
        assert_same(a, b)
        shown = [*leaves(b[0]), b[1], b[2], b[3], *leaves(b[4])]
        assert all(isinstance(x, torch.Tensor) for x in shown)
        ended += int((a[2] | a[3]).sum())
    return ended
