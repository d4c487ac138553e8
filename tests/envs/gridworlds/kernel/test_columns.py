"""Info columns: what they say beside what MiniGrid's own objects say, at every step."""

import gymnasium as gym
import minigrid  # noqa: F401
import numpy as np
import pytest

import rewardlab  # noqa: F401
from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.generators.minigrid_levels import MiniGridLevels
from rewardlab.envs.gridworlds.kernel import columns
from rewardlab.envs.gridworlds.kernel.batch import Batch
from rewardlab.envs.gridworlds.minigrid import MiniGridTask

TASKS = (
    "MiniGrid-DoorKey-6x6-v0",
    "MiniGrid-KeyCorridorS3R2-v0",
    "MiniGrid-MultiRoom-N2-S4-v0",
    "MiniGrid-Empty-5x5-v0",
)


def first_place(env, *kinds):
    """x, y of the first object of these kinds, x-major; -1, -1 for none."""
    for x in range(env.width):
        for y in range(env.height):
            thing = env.grid.get(x, y)
            if thing is not None and thing.type in kinds:
                return [x, y]
    return [-1, -1]


@pytest.mark.parametrize(
    "task",
    ["MiniGrid-DoorKey-6x6-v0", "MiniGrid-KeyCorridorS3R2-v0", "MiniGrid-MultiRoom-N2-S4-v0", "MiniGrid-Empty-5x5-v0"],
)
def test_columns_say_what_minigrids_objects_say(task):
    env, reference = gym.make(f"rewardlab/{task}"), gym.make(task)
    u, rng, met = reference.unwrapped, np.random.default_rng(0), set()
    for seed in range(12):
        _, info = env.reset(seed=seed)
        reference.reset(seed=seed)
        goal, door = first_place(u, "goal"), first_place(u, "door")
        has_key, took, opened = first_place(u, "key") != [-1, -1], False, False
        for action in rng.choice(7, size=120, p=[0.15, 0.15, 0.25, 0.2, 0.05, 0.2, 0.0]):
            assert info["agent_pos"].tolist() == list(u.agent_pos)
            assert info["goal_pos"].tolist() == goal
            assert info["door_pos"].tolist() == door
            assert info["key_pos"].tolist() == first_place(u, "key")
            carrying = u.carrying is not None and u.carrying.type == "key"
            assert info["carrying_key"] is carrying
            is_open = door != [-1, -1] and u.grid.get(*door).is_open
            assert info["door_open"] is bool(is_open)
            took, opened = took or carrying, opened or is_open
            milestones = 1 + has_key + (door != [-1, -1])
            met.add((carrying, bool(is_open)))
            assert info["progress"] == pytest.approx((took + opened + info.get("success", False)) / milestones)
            *_, ended, cut, info = env.step(int(action))
            reference.step(int(action))
            if ended or cut:
                break
    assert len(met) == {"MiniGrid-Empty-5x5-v0": 1, "MiniGrid-MultiRoom-N2-S4-v0": 2}.get(task, len(met))
    assert len(met) > 2 or "Empty" in task or "MultiRoom" in task


def test_one_row_says_what_many_say():
    rules, n = MiniGridTask(), 7
    many = Batch(rules.const, n)
    levels, rng = MiniGridLevels(rules.task, {})(np.arange(n, dtype=np.uint64)), np.random.default_rng(0)
    ones = [Batch(rules.const, 1) for _ in range(n)]
    many.begin(np.arange(n), levels, np.arange(n))
    for i, one in enumerate(ones):
        one.begin(np.zeros(1, np.int64), levels, np.array([i]))
    for _ in range(40):
        told = many.columns()
        assert set(told) == columns.COMPILED
        for i, one in enumerate(ones):
            alone = one.row(one.field[0].tolist(), "go", np.uint64(5))
            assert (alone.pop("mission"), alone.pop("level_seed")) == ("go", 5)
            assert set(alone) == columns.COMPILED
            assert all(np.array_equal(told[k][i], alone[k]) for k in alone)
        action = rng.integers(0, 7, n)
        many.step(action)
        for i, one in enumerate(ones):
            one.step(action[i : i + 1])


def test_columns_are_arrays_of_their_own():
    envs = gym.make_vec("rewardlab/MiniGrid-DoorKey-5x5-v0", num_envs=3)
    _, info = envs.reset(seed=0)
    kept = {k: v.copy() for k, v in info.items()}
    for _ in range(20):
        later = envs.step(np.full(3, 2))[-1]
        assert all(np.array_equal(info[k], kept[k]) for k in kept)
        assert not any(np.shares_memory(info[k], later[k]) for k in kept if kept[k].dtype != object)


def test_only_the_columns_that_are_asked_for_are_given():
    for names in ([], ["mission"], ["level_seed", "key_pos"], ["progress"], list(columns.NAMES)):
        env = gym.make("rewardlab/MiniGrid-DoorKey-5x5-v0", columns=names)
        envs = gym.make_vec("rewardlab/MiniGrid-DoorKey-5x5-v0", num_envs=2, columns=names)
        assert set(env.reset(seed=0)[1]) == set(names)
        assert {k for k in envs.reset(seed=0)[1] if not k.startswith("_")} == set(names)
        assert set(env.step(0)[-1]) == {*names, "success", "is_success"}
    with pytest.raises(BadOption, match="key_pos"):
        MiniGridTask(columns=["keypos"])
