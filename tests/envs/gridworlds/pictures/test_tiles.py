"""Whole levels and views of them, drawn by us and by MiniGrid while it plays."""

import gymnasium as gym
import minigrid  # noqa: F401
import numpy as np
import pytest
from minigrid.core.world_object import Ball, Box, Key
from minigrid.wrappers import RGBImgObsWrapper, RGBImgPartialObsWrapper

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.pictures.tiles import frame, frames, highlighted, partial_frame, partial_frames

IDS = (
    "MiniGrid-DoorKey-8x8-v0",
    "MiniGrid-ObstructedMaze-2Dlhb-v1",  # boxes with keys, balls, locked doors
    "MiniGrid-LavaCrossingS9N2-v0",
    "MiniGrid-KeyCorridorS3R3-v0",
    "MiniGrid-Empty-6x6-v0",  # walls hide nothing
    "MiniGrid-MultiRoom-N2-S4-v0",
    "MiniGrid-Dynamic-Obstacles-6x6-v0",
    "MiniGrid-Fetch-8x8-N3-v0",
    "BabyAI-PickupDist-v0",
)


def played(name, steps, **options):
    """(environment, observation) along random play that now and then picks something up, opens and drops it."""
    env = gym.make(name, disable_env_checker=True, **options).unwrapped
    rng = np.random.default_rng(len(name))
    obs, _ = env.reset(seed=7)
    for _ in range(steps):
        yield env, obs
        ahead = env.grid.get(*env.front_pos)
        useful = 3 if ahead and ahead.can_pickup() else 5 if ahead and ahead.type == "door" else 2
        obs, _, terminated, _, _ = env.step(useful if rng.random() < 0.5 else int(rng.integers(6)))
        if terminated:
            obs, _ = env.reset(seed=8)


def seen_by(env, obs):
    return highlighted(obs["image"][..., 0] != 0, env.agent_pos, env.agent_dir, env.width, env.height)


@pytest.mark.parametrize("name", IDS)
def test_frames_of_levels_and_of_views(name):
    for k, (env, obs) in enumerate(played(name, 24)):
        tile = (8, 13)[k % 8 == 0]
        grid, place, lit = env.grid.encode(), env.agent_pos, seen_by(env, obs)
        whole = frame(grid, place, env.agent_dir, seen=lit, tile=tile)
        np.testing.assert_array_equal(whole, env.get_frame(tile_size=tile))
        dark = frame(grid, place, env.agent_dir, tile=tile)
        np.testing.assert_array_equal(dark, env.get_frame(highlight=False, tile_size=tile))
        assert not np.array_equal(whole, dark)
        own = partial_frame(obs["image"], tile=tile)
        np.testing.assert_array_equal(own, env.get_frame(agent_pov=True, tile_size=tile))


@pytest.mark.parametrize("thing", [Key("yellow"), Ball("blue"), Box("purple"), None])
def test_what_the_agent_carries_is_drawn_beneath_it_in_its_own_view_alone(thing):
    env, _ = next(played(IDS[0], 1))
    bare = partial_frame(env.gen_obs()["image"], tile=13)
    env.carrying = thing
    obs = env.gen_obs()
    own = partial_frame(obs["image"], tile=13)
    np.testing.assert_array_equal(own, env.get_frame(agent_pov=True, tile_size=13))
    assert np.array_equal(own, bare) == (thing is None)
    whole = frame(env.grid.encode(), env.agent_pos, env.agent_dir, seen=seen_by(env, obs), tile=13)
    np.testing.assert_array_equal(whole, env.get_frame(tile_size=13))


def test_one_frame_of_full_size():
    env, obs = next(played(IDS[0], 1))
    whole = frame(env.grid.encode(), np.array(env.agent_pos), env.agent_dir, seen=seen_by(env, obs))
    assert whole.shape == (256, 256, 3)
    np.testing.assert_array_equal(whole, env.get_frame())
    np.testing.assert_array_equal(partial_frame(obs["image"]), env.get_frame(agent_pov=True))


@pytest.mark.parametrize("view", [3, 5, 9, 15])
def test_other_views(view):
    for env, obs in played("MiniGrid-FourRooms-v0", 6, agent_view_size=view):
        whole = frame(env.grid.encode(), env.agent_pos, env.agent_dir, seen=seen_by(env, obs), tile=4)
        np.testing.assert_array_equal(whole, env.get_frame(tile_size=4))
        np.testing.assert_array_equal(partial_frame(obs["image"], tile=4), env.get_frame(agent_pov=True, tile_size=4))


def test_levels_that_are_not_square():
    class Oblong(type(gym.make("MiniGrid-Empty-6x6-v0").unwrapped)):
        def __init__(self):
            super().__init__(size=6)
            self.width, self.height = 9, 5

    env = Oblong()
    for seed in range(3):
        obs, _ = env.reset(seed=seed)
        whole = frame(env.grid.encode(), env.agent_pos, env.agent_dir, seen=seen_by(env, obs), tile=8)
        assert whole.shape == (40, 72, 3)
        np.testing.assert_array_equal(whole, env.get_frame(tile_size=8))
        env.step(1)


def test_a_batch_is_the_observation_of_minigrids_wrappers():
    grids, places, headings, views, lit, theirs, own = [], [], [], [], [], [], []
    for env, obs in played(IDS[0], 20):
        grids.append(env.grid.encode())
        places.append(env.agent_pos)
        headings.append(env.agent_dir)
        views.append(obs["image"])
        lit.append(seen_by(env, obs))
        theirs.append(RGBImgObsWrapper(env).observation(obs)["image"])
        own.append(RGBImgPartialObsWrapper(env).observation(obs)["image"])
    grids, places, headings, views = (np.array(x) for x in (grids, places, headings, views))
    seen = highlighted(views[..., 0] != 0, places, headings, 8, 8)  # of all rows at once
    np.testing.assert_array_equal(seen, lit)
    np.testing.assert_array_equal(frames(grids, places, headings, seen=seen), theirs)
    np.testing.assert_array_equal(partial_frames(views), own)
    assert seen.any() and not seen.all()


def test_without_an_agent_and_with_codes_of_other_types():
    env, _ = next(played(IDS[0], 1))
    grid = env.grid.encode()
    bare = frame(grid, None, tile=8)
    np.testing.assert_array_equal(bare, env.grid.render(8, (-1, -1)))
    np.testing.assert_array_equal(frame(grid.astype(np.int64), None, tile=8), bare)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"grids": np.zeros((2, 4, 4), np.uint8)}, r"shape \(2, 4, 4\)"),
        ({"grids": np.zeros((0, 4, 4, 3), np.uint8)}, r"shape \(0, 4, 4, 3\)"),
        ({"grids": np.zeros((2, 4, 4, 3))}, "float64"),
        ({"grids": np.full((2, 4, 4, 3), 11, np.uint8)}, "11, 11, 11"),
        ({"grids": np.full((2, 4, 4, 3), -1)}, "-1, -1, -1"),
        ({"agents": np.array([(0, 0), (4, 0)])}, "4 x 4 cells"),
        ({"agents": np.array([(0, 0)])}, "each of 2 grids"),
        ({"headings": np.array([0, 4])}, r"headings \[0, 4\]"),
        ({"seen": np.ones((2, 4, 3), bool)}, r"seen of shape \(2, 4, 3\)"),
        ({"tile": 0}, "tile=0"),
        ({"tile": 2.0}, "tile=2.0"),
    ],
)
def test_mistakes_are_named(given, said):
    right = {"grids": np.ones((2, 4, 4, 3), np.uint8), "agents": np.zeros((2, 2), int), "headings": np.zeros(2, int)}
    assert frames(**right).shape == (2, 32, 32, 3)
    with pytest.raises(BadOption, match=said):
        frames(**{**right, **given})
