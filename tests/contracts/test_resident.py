"""Laws over every id whose rules are written for torch: rows that live on a device whole play the same bits, and in no
step does the host wait for the device or send it anything but actions.
"""

import importlib

import gymnasium as gym
import numpy as np
import pytest
import torch
from asked import Asked, carried
from contracts.chosen import PLAYABLE, TABLES, kept, short

from rewardlab.core.arrays import array, tree_leaves

STEPS, WARM = 40, 3


def written_for_torch(name):
    module, _, kind = TABLES[name]["rules"].partition(":")
    return getattr(importlib.import_module(module), kind).torch


SHORT = short()
IDS = [name for name in PLAYABLE if written_for_torch(name)]


def same_bits(ours, theirs):
    pairs = zip(tree_leaves(ours), tree_leaves(theirs), strict=True)
    return all(array(a).tobytes() == array(b).tobytes() for a, b in pairs)


@pytest.mark.parametrize("name", kept([pytest.param(n, marks=() if n in SHORT else pytest.mark.slow) for n in IDS]))
def test_resident_rows_play_the_same_bits_and_nobody_waits(name):
    plain, ours = (gym.make_vec(name, num_envs=4, device="cpu", **more) for more in ({}, {"resident": True}))
    assert same_bits(plain.reset(seed=3)[0], ours.reset(seed=3)[0])
    plain.action_space.seed(0)
    asked = Asked()
    for t in range(STEPS):
        actions = torch.as_tensor(np.asarray(plain.action_space.sample()))
        obs, *rest, info = plain.step(actions)
        if t < WARM:  # tables are brought to the device once
            seen, *own, told = ours.step(actions)
        else:
            with asked, carried() as moved:
                seen, *own, told = ours.step(actions)
            assert not moved, (t, moved)
        assert same_bits(obs, seen) and same_bits(rest, own), t
        if "final_obs" in info:
            for row in np.flatnonzero(info["_final_obs"]):
                assert same_bits(
                    info["final_obs"][row],
                    {k: v[row] for k, v in told["final_obs"].items()}
                    if isinstance(told["final_obs"], dict)
                    else told["final_obs"][row],
                )
            for key in info["final_info"]:
                assert same_bits(info["final_info"][key], told["final_info"][key]), key
    assert not asked.names
