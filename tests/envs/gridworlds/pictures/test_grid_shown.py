"""What grid tasks look like, against MiniGrid's own frames and letters; and what their cards say, against spaces."""

import gymnasium as gym
import minigrid  # noqa: F401  registers MiniGrid's ids
import numpy as np
import pytest

from rewardlab.envs.gridworlds.key_room import KeyRoom
from rewardlab.envs.gridworlds.minigrid import MiniGridTask
from rewardlab.envs.gridworlds.pictures import grid_shown


@pytest.mark.parametrize("task", ["MiniGrid-DoorKey-6x6-v0", "MiniGrid-LavaCrossingS9N2-v0", "BabyAI-GoToLocal-v0"])
def test_frames_and_letters_are_minigrids(task):
    rules, reference = MiniGridTask(task=task), gym.make(task, render_mode="rgb_array")
    state = rules.first(3, 4)
    for i in range(2):
        reference.reset(seed=3 + i)
        np.testing.assert_array_equal(grid_shown.draw(rules, state, i), reference.render())
        assert grid_shown.text(rules, state, i) == reference.unwrapped.pprint_grid()


@pytest.mark.parametrize("observation", ["dict", "one_hot", "flat", "full", "rgb", "rgb_partial"])
def test_the_meaning_of_an_observation_gives_its_shape(observation):
    rules = KeyRoom(observation=observation, view=5, tile=4, room_height=7)
    said = grid_shown.observation(rules)
    if observation == "flat":
        assert said["cells"].startswith("[:500]")
        assert said["direction"].startswith("[500:]")
        assert rules.observation_space.shape == (504,)
        return
    assert said.keys() == rules.observation_space.spaces.keys()
    assert said["image"].startswith(str(list(rules.observation_space["image"].shape)))
    assert f"0..{len(rules.missions.vocabulary)}" in said["mission"]


def test_every_column_that_is_shown_is_described():
    rules = KeyRoom()
    shown = rules.inform(rules.first(0))
    assert set(shown) | {"success"} == set(rules.card().info)
