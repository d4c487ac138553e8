"""MiniGrid's engine as we use it: which rule a class has, what its levels say, and what is refused."""

import dataclasses

import gymnasium as gym
import numpy as np
import pytest
from contracts.chosen import WITHOUT_PATTERNS
from grid_twin import Room
from minigrid.core.world_object import Box, Door, Key
from minigrid.envs import DoorKeyEnv, EmptyEnv, FetchEnv, PutNearEnv
from minigrid.envs.wfc import config

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.generators import engine
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.kernel.levels import Levels
from rewardlab.envs.gridworlds.minigrid import MiniGridTask

DOORKEY = "MiniGrid-DoorKey-5x5-v0"


def level(one, seed):
    balls = len(one.obstacles) if engine.rule_of(one) == codes.OBSTACLES else 0
    levels = Levels.empty(1, one.width * one.height, length=1, balls=balls)
    mission = engine.draw(one, seed, levels, 0)
    return levels, mission


def test_a_level_depends_on_its_seed_alone():
    for task in (DOORKEY, "BabyAI-GoToSeqS5R2-v0", "MiniGrid-Dynamic-Obstacles-5x5-v0"):
        one = engine.load(task, {})
        first, mission = level(one, 5)
        for seed in (1, 2, 3):
            level(one, seed)
        again, same = level(one, 5)
        assert mission == same
        assert all(np.array_equal(x, y) for x, y in zip(vars(first).values(), vars(again).values(), strict=True))
        assert first.wide[0, codes.LEVEL_SEED] == 5


def test_what_a_level_says_is_what_minigrid_says():
    for task in (DOORKEY, "MiniGrid-ObstructedMaze-1Dlhb-v0", "BabyAI-BossLevel-v0"):
        one, reference = engine.load(task, {}), gym.make(task).unwrapped
        for seed in range(5):
            levels, mission = level(one, seed)
            with engine.quiet():
                reference.reset(seed=seed)
            grid = levels.cells[0].reshape(one.width, one.height)
            np.testing.assert_array_equal(codes.unpack(grid), reference.grid.encode())
            field = levels.field[0]
            assert tuple(field[[codes.X, codes.Y]]) == tuple(reference.agent_pos)
            assert (field[codes.HEADING], field[codes.MAX_STEPS]) == (reference.agent_dir, reference.max_steps)
            assert mission == reference.mission
            for x in range(one.width):
                for y in range(one.height):
                    thing = reference.grid.get(x, y)
                    held = thing.contains if thing is not None else None
                    code = levels.inside[0, x * one.height + y]
                    assert code == (0 if held is None else codes.pack(np.array(held.encode())))


def test_rules_are_those_of_the_classes():
    expected = {
        DOORKEY: codes.STANDARD, "MiniGrid-Playground-v0": codes.STANDARD, "MiniGrid-Unlock-v0": codes.OPEN_DOOR,
        "MiniGrid-UnlockPickup-v0": codes.PICK_UP, "MiniGrid-BlockedUnlockPickup-v0": codes.PICK_UP,
        "MiniGrid-ObstructedMaze-Full-v1": codes.PICK_UP, "MiniGrid-KeyCorridorS3R1-v0": codes.PICK_UP,
        "MiniGrid-Fetch-5x5-N2-v0": codes.FETCH, "MiniGrid-GoToDoor-5x5-v0": codes.GO_DONE,
        "MiniGrid-GoToObject-6x6-N2-v0": codes.GO_DONE, "MiniGrid-PutNear-6x6-N2-v0": codes.PUT_NEAR,
        "MiniGrid-RedBlueDoors-6x6-v0": codes.TWO_DOORS, "MiniGrid-MemoryS7-v0": codes.MEMORY,
        "MiniGrid-Dynamic-Obstacles-5x5-v0": codes.OBSTACLES, "BabyAI-GoToObj-v0": codes.INSTRUCTION,
    }  # fmt: skip
    assert {task: engine.rule_of(engine.load(task, {})) for task in expected} == expected


def test_classes_with_rules_of_their_own_have_none():
    class Kinder(DoorKeyEnv):
        def step(self, action):
            return super().step(action)

    class Richer(EmptyEnv):
        def _reward(self):
            return 2.0

    class Fetching(FetchEnv):
        """The rules of its parent: only its levels may be others."""

    class Putting(PutNearEnv):
        def step(self, action):
            return super().step(action)

    assert engine.rule_of(Kinder(size=5)) is None
    assert engine.rule_of(Richer(size=5)) is None
    assert engine.rule_of(Putting(size=6)) is None
    assert engine.rule_of(Room()) == codes.STANDARD
    gym.register("MiniGrid-Kinder-v0", entry_point=Kinder)
    try:
        with pytest.raises(BadOption, match="rules of its own"):
            engine.load("MiniGrid-Kinder-v0", {})
    finally:
        del gym.registry["MiniGrid-Kinder-v0"]
    assert Fetching.step is FetchEnv.step


def test_levels_that_no_task_of_minigrid_has_are_refused():
    one = engine.load(DOORKEY, {})
    draw = one._gen_grid

    def changed(change):
        def generate(width, height):
            draw(width, height)
            change()

        one._gen_grid = generate
        return one

    def half_locked():
        door = Door("red", is_open=True)
        door.is_locked = True
        one.grid.set(2, 2, door)

    with pytest.raises(BadOption, match="open and locked"):
        level(changed(half_locked), 0)
    begin = one.reset
    one._gen_grid = draw
    one.reset = lambda **keywords: (begin(**keywords), setattr(one, "carrying", Key("red")))
    with pytest.raises(BadOption, match="in the hand"):
        level(one, 0)
    one.reset = begin
    filled, _ = level(changed(lambda: one.grid.set(1, 1, Box("red", contains=Key("blue")))), 0)
    assert filled.inside[0].reshape(5, 5)[1, 1] == codes.KEY | codes.BLUE << 4


def test_something_in_the_hand_from_the_start():
    """Its first picture shows it on the floor, as MiniGrid's does; then it is carried."""
    one = engine.load("BabyAI-PutNextS5N2Carrying-v0", {})
    for seed in range(5):
        levels, _ = level(one, seed)
        cell = levels.field[0, codes.TAKE_AT]
        assert levels.cells[0, cell] == codes.pack(np.array(one.carrying.encode()))


def test_mission_spaces():
    texts = engine.missions(engine.load("MiniGrid-Fetch-8x8-N3-v0", {}))
    assert len(texts) == len(set(texts)) == 5 * 6 * 2
    assert engine.missions(engine.load(DOORKEY, {})) == ["use the key to open the door and then get to the goal"]
    assert engine.missions(engine.load("BabyAI-GoToObj-v0", {})) is None


def test_what_babyai_prints_is_not_heard(capfd):
    engine.load("BabyAI-Unlock-v0", {})
    one = engine.load("BabyAI-UnblockPickup-v0", {})
    for seed in range(20):
        level(one, seed)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("task", "options", "said"),
    [
        ("MiniGrid-DoorKey-5x6-v0", {}, "MiniGrid-DoorKey-5x5-v0"),
        ("CartPole-v1", {}, "CartPole-v1"),
        ("", {}, "task=''"),
        (DOORKEY, {"size": "large"}, "size"),
        (DOORKEY, {"size": 0}, "size"),
        (DOORKEY, {"no_such_keyword": 1}, "no_such_keyword"),
        ("MiniGrid-MultiRoom-N2-S4-v0", {"minNumRooms": 3, "maxNumRooms": 2}, "MultiRoom"),
    ],
)
def test_unknown_tasks_and_impossible_options_are_refused(task, options, said):
    with pytest.raises(BadOption, match=said):
        engine.load(task, options)


@pytest.mark.parametrize("name", WITHOUT_PATTERNS)
def test_tasks_whose_patterns_the_wheel_leaves_out_say_what_is_missing(name, tmp_path, monkeypatch):
    assert len(WITHOUT_PATTERNS) == 6
    key = name.removeprefix("rewardlab/MiniGrid-WFC-").removesuffix("-v0")
    place = tmp_path / config.WFC_PRESETS[key].pattern_path.name  # nothing lies there, wherever MiniGrid came from
    for presets in (config.WFC_PRESETS, config.WFC_PRESETS_ALL):
        monkeypatch.setitem(presets, key, dataclasses.replace(config.WFC_PRESETS[key], pattern_path=place))
    with pytest.raises(BadOption, match=r"(?s)needs the pattern .*png.*envs/wfc/patterns") as error:
        gym.make(name)
    assert str(place) in str(error.value)
    assert "copy that folder" in str(error.value)
    with pytest.raises(BadOption, match="patterns"):
        MiniGridTask(task=name.removeprefix("rewardlab/"))
    with pytest.raises(BadOption, match="patterns"):
        gym.make_vec(name, num_envs=2)
