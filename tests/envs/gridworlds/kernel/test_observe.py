"""Observations: each kind beside the wrapper of MiniGrid that gives the same."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from minigrid.wrappers import FullyObsWrapper, OneHotPartialObsWrapper, RGBImgObsWrapper, RGBImgPartialObsWrapper

import rewardlab  # noqa: F401
from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.kernel import codes, observe
from rewardlab.envs.gridworlds.kernel.missions import Missions

DOORKEY = "rewardlab/MiniGrid-DoorKey-5x5-v0"
TASKS = (
    "MiniGrid-DoorKey-5x5-v0", "MiniGrid-LavaCrossingS9N2-v0", "MiniGrid-Fetch-5x5-N2-v0", "BabyAI-PutNextS5N1-v0",
    "MiniGrid-Dynamic-Obstacles-5x5-v0", "MiniGrid-Empty-8x8-v0",
)  # fmt: skip


def beside(name, wrapped, steps=60, seed=3, **options):
    """Our environment and a wrapped one of MiniGrid's, step by step."""
    mine = gym.make(f"rewardlab/{name}", disable_env_checker=True, **options)
    shape = mine.observation_space["image"]
    a, b = mine.reset(seed=seed)[0], wrapped.reset(seed=seed)[0]
    rng, few = np.random.default_rng(0), mine.action_space.n == 3
    for _ in range(steps):
        np.testing.assert_array_equal(a["image"], b["image"])
        assert a["image"].dtype == shape.dtype == np.uint8
        assert a in mine.observation_space
        assert a["direction"] == b["direction"]
        action = int(rng.choice(3 if few else 6, p=None if few else [0.2, 0.2, 0.3, 0.1, 0.1, 0.1]))
        (a, _, end, cut, _), (b, _, over, late, _) = mine.step(action), wrapped.step(action)
        assert (end, cut) == (over, late)
        if end or cut:
            seed += 1
            a, b = mine.reset(seed=seed)[0], wrapped.reset(seed=seed)[0]


@pytest.mark.parametrize("task", TASKS)
def test_one_hot_is_the_wrapper(task):
    beside(task, OneHotPartialObsWrapper(gym.make(task)), observation="one_hot")


@pytest.mark.parametrize("task", TASKS)
def test_full_is_the_wrapper(task):
    beside(task, FullyObsWrapper(gym.make(task)), observation="full")


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("tile", [8, 5])
def test_rgb_is_the_wrapper(task, tile):
    beside(task, RGBImgObsWrapper(gym.make(task), tile_size=tile), steps=25, observation="rgb", tile=tile)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("view", [7, 3])
def test_rgb_partial_is_the_wrapper(task, view):
    peer = RGBImgPartialObsWrapper(gym.make(task, agent_view_size=view), tile_size=8)
    beside(task, peer, steps=25, observation="rgb_partial", tile=8, view=view)


@pytest.mark.parametrize("view", [3, 9, 15])
def test_views_are_minigrids(view):
    task = "MiniGrid-FourRooms-v0"
    beside(task, gym.make(task, agent_view_size=view), view=view)
    beside(
        task, OneHotPartialObsWrapper(gym.make(task, agent_view_size=view)), steps=20, view=view, observation="one_hot"
    )


def test_flat_is_the_dict_in_one_hot():
    for view in (7, 5):
        plain, flat = (
            gym.make_vec("rewardlab/MiniGrid-DoorKey-5x5-v0", num_envs=3, view=view, **o)
            for o in ({}, {"observation": "flat"})
        )
        cells, rng = view * view * 20, np.random.default_rng(0)
        assert flat.single_observation_space == spaces.Box(0, 1, (cells + 4,), np.float32)
        (a, _), (b, _) = plain.reset(seed=0), flat.reset(seed=0)
        for _ in range(50):
            assert b.dtype == np.float32
            parts = np.split(b[:, :cells].reshape(3, view, view, 20), [11, 17], axis=-1)
            assert all((p.sum(-1) == 1).all() for p in parts)
            np.testing.assert_array_equal(np.stack([p.argmax(-1) for p in parts], axis=-1), a["image"])
            assert (b[:, cells:].sum(-1) == 1).all()
            np.testing.assert_array_equal(b[:, cells:].argmax(-1), a["direction"])
            action = rng.integers(0, 7, 3)
            a, b = plain.step(action)[0], flat.step(action)[0]


def test_the_default_image_is_no_picture():
    """With a bound of 255, agents would take the codes for brightness, and divide them by it."""
    image = gym.make(DOORKEY).observation_space["image"]
    assert image == spaces.Box(0, 10, (7, 7, 3), np.uint8)
    pixels = gym.make(DOORKEY, observation="rgb").observation_space["image"]
    assert pixels == spaces.Box(0, 255, (40, 40, 3), np.uint8)


def test_an_unknown_kind_offers_the_nearest():
    with pytest.raises(BadOption, match="one_hot"):
        observe.space("onehot", view=7, width=5, height=5, tile=8, missions=Missions(["go"], 1))
    assert codes.AGENT == 10
