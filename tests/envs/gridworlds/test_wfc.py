"""WFC tasks, with pattern images in place of those that MiniGrid's wheel leaves out: in lockstep with MiniGrid."""

import dataclasses

import gymnasium as gym
import numpy as np
import pytest
from contracts.chosen import WITHOUT_PATTERNS
from minigrid.envs.wfc import config
from PIL import Image

import rewardlab  # noqa: F401
from rewardlab.core.testing import check_env, check_vector_env

SIZE = {"size": 9}  # of the levels: small ones are found at once


@pytest.fixture
def patterns(tmp_path, monkeypatch):
    """A folder of black and white images of our own under the names of the presets."""
    picture = np.full((9, 9, 3), 255, dtype=np.uint8)
    picture[2:4, 2:4] = picture[6, 5:8] = 0
    monkeypatch.setattr(config, "PATTERN_PATH", tmp_path)
    for name, preset in config.WFC_PRESETS.items():
        place = tmp_path / preset.pattern_path.name
        Image.fromarray(picture).save(place)
        mine = dataclasses.replace(preset, pattern_path=place)
        monkeypatch.setitem(config.WFC_PRESETS, name, mine)
        monkeypatch.setitem(config.WFC_PRESETS_ALL, name, mine)
    return tmp_path


@pytest.mark.parametrize("name", WITHOUT_PATTERNS)
def test_lockstep_with_minigrid(patterns, name):
    reference = gym.make(name.removeprefix("rewardlab/"), **SIZE)
    env = gym.make(name, options=SIZE, levels=4)
    rng, walls = np.random.default_rng(0), set()
    for seed in range(2):
        (obs, info), (other, _) = env.reset(seed=seed), reference.reset(seed=seed)
        walls.add(int((reference.unwrapped.grid.encode()[..., 0] == 2).sum()))
        assert info["mission"] == other["mission"]
        for action in rng.choice(7, size=150, p=[0.2, 0.2, 0.5, 0.03, 0.02, 0.03, 0.02]):
            np.testing.assert_array_equal(obs["image"], other["image"])
            assert obs["direction"] == other["direction"]
            (obs, *mine, _), (other, *theirs, _) = env.step(int(action)), reference.step(int(action))
            assert mine == theirs
            if mine[1] or mine[2]:
                break
    assert len(walls) == 2 or min(walls) > 32  # something of the pattern is inside the border


def test_the_laws_hold_with_patterns(patterns):
    name = WITHOUT_PATTERNS[0]
    assert check_env(lambda: gym.make(name, options=SIZE, levels=3), steps=16, processes=False)
    assert check_vector_env(name, num_envs=2, steps=16, options=SIZE, levels=3)
