import gymnasium as gym
import numpy as np
import pytest
from minigrid.core.world_object import Box, Key

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds import MiniGridTask, engine, kernel

DOORKEY = "MiniGrid-DoorKey-5x5-v0"


def test_a_level_depends_on_its_seed_alone():
    one = engine.load(DOORKEY)
    first = engine.level(one, 5, engine.missions(one))
    for seed in (1, 2, 3):
        engine.level(one, seed, engine.missions(one))
    again = engine.level(one, 5, engine.missions(one))
    assert first.keys() == again.keys()
    assert all(np.array_equal(first[key], again[key]) for key in first)


def test_what_a_level_says_is_what_minigrid_says():
    one, reference = engine.load(DOORKEY), gym.make(DOORKEY).unwrapped
    for seed in range(10):
        level = engine.level(one, seed, engine.missions(one))
        reference.reset(seed=seed)
        np.testing.assert_array_equal(kernel.unpack(level["cells"], 5), reference.grid.encode())
        for name, kind in (("goal", "goal"), ("key", "key"), ("door", "door")):
            x, y = np.array(divmod(level[name], 17)) - 6
            assert reference.grid.get(x, y).type == kind
        assert tuple(np.array(divmod(level["at"], 17)) - 6) == tuple(reference.agent_pos)
        assert level["heading"] == reference.agent_dir


def test_a_filled_box_is_refused():
    one = engine.load(DOORKEY)
    draw = one._gen_grid

    def with_a_box(width, height):
        draw(width, height)
        one.grid.set(3, 1, Box("red", contains=Key("red")))

    one._gen_grid = with_a_box
    with pytest.raises(BadOption, match="filled box"):
        engine.level(one, 0, engine.missions(one))


OTHERS = ("MiniGrid-DoorKey-5x6-v0", "CartPole-v1", "MiniGrid-Unlock-v0", "MiniGrid-Fetch-5x5-N2-v0")


@pytest.mark.parametrize("task", OTHERS)
def test_unknown_tasks_and_other_rules_are_refused(task):
    with pytest.raises(BadOption, match=task):
        MiniGridTask(task)
