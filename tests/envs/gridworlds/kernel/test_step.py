"""The kernel's rules, each in a situation of its own, step by step beside MiniGrid's environment in the same one."""

import gymnasium as gym
import numpy as np
import pytest
from grid_twin import DONE, DROP, FORWARD, LEFT, PICKUP, RIGHT, TOGGLE, Jumble, Room, Twin, level_of
from minigrid.core.world_object import Ball, Box, Door, Floor, Goal, Key, Lava, Wall

from rewardlab.envs.gridworlds.kernel import codes

NOTHING = (0.0, False)


def room(**things):
    """A room with things at cells named like `x2y1`."""
    env = Room()
    env.reset(seed=0)
    for place, thing in things.items():
        env.put_obj(thing, int(place[1]), int(place[3]))
    return env


def made(task, seed=0, **keywords):
    env = gym.make(task, **keywords).unwrapped
    env.reset(seed=seed)
    return env


def stand_before(env, place):
    """Put the agent on a free cell next to `place`, looking at it."""
    for heading, (dx, dy) in enumerate(((1, 0), (0, 1), (-1, 0), (0, -1))):
        x, y = place[0] - dx, place[1] - dy
        if 0 <= x < env.width and 0 <= y < env.height and env.grid.get(x, y) is None:
            env.agent_pos, env.agent_dir = (x, y), heading
            return env
    raise AssertionError("no free cell beside it")


def find(env, kind, colour=None):
    """The first object of a kind, y-major, and where it is."""
    for p, thing in enumerate(env.grid.grid):
        if thing is not None and thing.type == kind and colour in (None, thing.color):
            return thing, (p % env.width, p // env.width)
    raise AssertionError(f"no {kind}")


def test_all_actions_among_all_things():
    rng, events = np.random.default_rng(0), set()
    for width, height, through in ((6, 9, False), (9, 6, True), (5, 5, False), (16, 7, False), (7, 23, False)):
        for seed in range(12):
            env = Jumble(width, height, see_through_walls=through, max_steps=10**6)
            env.reset(seed=seed)
            twin = Twin(env)
            for action in rng.choice(7, size=60, p=[0.15, 0.15, 0.2, 0.2, 0.1, 0.15, 0.05]):
                before = twin.batch.field[0, codes.CARRIED]
                reward, ended = twin.step(int(action))
                here = env.grid.get(*env.agent_pos)
                events.add((int(before) & 15, None if here is None else here.type, ended, reward > 0))
    assert {held for held, *_ in events} >= {codes.EMPTY, codes.KEY, codes.BALL, codes.BOX}
    assert {kind for _, kind, *_ in events} >= {None, "floor", "door", "goal", "lava"}
    assert {(kind, won) for _, kind, ended, won in events if ended} >= {("goal", True), ("lava", False)}


def test_what_is_entered_and_what_is_not():
    for thing, enters, outcome in (
        (Wall(), False, None), (Key("red"), False, None), (Ball("red"), False, None), (Box("red"), False, None),
        (Door("red"), False, None), (Door("red", is_locked=True), False, None), (Door("red", is_open=True), True, None),
        (Floor("red"), True, None), (Goal(), True, 1 - 0.9 / 100), (Lava(), True, 0.0),
    ):  # fmt: skip
        twin = Twin(room(x2y1=thing))
        assert twin.step(FORWARD) == (NOTHING if outcome is None else (outcome, True))
        assert tuple(twin.env.agent_pos) == ((2, 1) if enters else (1, 1))


def test_doors_locks_and_keys_of_another_colour():
    twin = Twin(room(x2y1=Door("yellow", is_locked=True), x1y2=Key("red"), x1y3=Key("yellow")))
    door = twin.env.grid.get(2, 1)
    twin.play(TOGGLE, RIGHT, PICKUP, LEFT, TOGGLE)
    assert door.is_locked
    assert twin.env.carrying.color == "red"
    twin.play(RIGHT, FORWARD, LEFT, DROP, RIGHT, PICKUP, LEFT, LEFT, FORWARD, RIGHT, TOGGLE)
    assert door.is_open
    assert twin.env.carrying.color == "yellow"  # it keeps the key
    twin.play(TOGGLE)
    assert not door.is_open
    twin.play(DROP, TOGGLE)  # a door is no place to drop things, and opens without the key from now on
    assert door.is_open
    twin.play(FORWARD, FORWARD, LEFT, LEFT, TOGGLE)
    assert not door.is_open


def test_boxes_with_contents():
    twin = Twin(room(x2y1=Box("red", contains=Key("blue")), x1y2=Box("grey", contains=Ball("green"))))
    twin.play(TOGGLE)
    assert twin.env.grid.get(2, 1).type == "key"
    twin.play(TOGGLE, PICKUP, RIGHT, TOGGLE)  # a key is not toggled; a box opens with a full hand
    assert twin.env.grid.get(1, 2).type == "ball"
    # a box that is carried away keeps what it holds
    twin = Twin(room(x2y1=Box("red", contains=Box("blue", contains=Key("blue"))), x2y2=Box("green")))
    twin.play(PICKUP, RIGHT, DROP, TOGGLE)
    assert twin.env.grid.get(1, 2).type == "box"
    assert twin.env.grid.get(1, 2).color == "blue"
    # two boxes, of which one is empty, keep apart
    twin = Twin(room(x2y1=Box("red", contains=Key("blue")), x1y2=Box("green")))
    twin.play(RIGHT, PICKUP, LEFT, DROP, RIGHT, DROP, TOGGLE)
    assert twin.env.grid.get(1, 2) is None
    twin.play(LEFT, TOGGLE)
    assert twin.env.grid.get(2, 1).type == "key"


@pytest.mark.parametrize("thing", [Wall, Goal, Lava, lambda: Key("blue"), lambda: Ball("blue"), lambda: Floor("blue")])
def test_nothing_is_dropped_on_an_occupied_cell(thing):
    twin = Twin(room(x2y1=Key("red"), x1y2=thing()))
    twin.play(PICKUP, RIGHT, DROP)
    assert twin.env.carrying is not None
    twin.play(PICKUP, LEFT, DROP)  # nothing is taken with a full hand either
    assert twin.env.grid.get(2, 1).color == "red"


def test_pay_falls_with_time_and_ends_with_it():
    for wait in (0, 1, 6, 7):
        env = room(x2y1=Goal())
        env.max_steps = 8
        twin = Twin(env)
        for _ in range(wait):
            assert twin.step(DONE) == NOTHING
        assert twin.step(FORWARD) == (1 - 0.9 * ((wait + 1) / 8), True)
        assert twin.batch.cut[0] == (wait == 7)


@pytest.mark.parametrize("task", ["MiniGrid-UnlockPickup-v0", "MiniGrid-KeyCorridorS4R3-v0"])
def test_pick_up_is_about_one_object(task):
    env = made(task)
    _, place = find(env, "key")
    twin = Twin(stand_before(env, place))
    assert twin.play(PICKUP, TOGGLE, DROP) == NOTHING  # a key is something else
    twin = Twin(stand_before(env, find(env, env.obj.type, env.obj.color)[1]))
    assert twin.step(PICKUP) == (1 - 0.9 * (4 / env.max_steps), True)
    # another object that looks the same is not the one
    env = made(task)
    env.put_obj(type(env.obj)(env.obj.color), 1, 1)
    env.agent_pos, env.agent_dir = (2, 1), 2
    assert Twin(env).step(PICKUP) == NOTHING


def test_the_object_to_pick_up_may_be_lost():
    env = made("MiniGrid-UnlockPickup-v0")
    assert env.obj.type == "box"
    twin = Twin(stand_before(env, find(env, "box")[1]))
    assert twin.play(TOGGLE, PICKUP) == NOTHING


def test_unlock_ends_with_the_open_door():
    env = made("MiniGrid-Unlock-v0")
    twin = Twin(stand_before(env, find(env, "door")[1]))
    assert twin.play(TOGGLE, FORWARD, PICKUP) == NOTHING
    key, at = find(env, "key")
    env.grid.set(*at, None)
    door, place = find(env, "door")
    stand_before(env, place)
    side = RIGHT if env.grid.get(*_right_of(env)) is None else LEFT
    env.put_obj(key, *(_right_of(env) if side == RIGHT else _left_of(env)))
    twin = Twin(env)
    assert twin.play(side, PICKUP, LEFT if side == RIGHT else RIGHT, TOGGLE)[1]
    assert door.is_open


def _right_of(env):
    dx, dy = ((1, 0), (0, 1), (-1, 0), (0, -1))[(env.agent_dir + 1) % 4]
    return env.agent_pos[0] + dx, env.agent_pos[1] + dy


def _left_of(env):
    dx, dy = ((1, 0), (0, 1), (-1, 0), (0, -1))[(env.agent_dir + 3) % 4]
    return env.agent_pos[0] + dx, env.agent_pos[1] + dy


def test_fetch_the_thing_or_the_wrong_one():
    outcomes = set()
    for seed in range(12):
        env = made("MiniGrid-Fetch-8x8-N3-v0", seed)
        things = [(t, (p % 8, p // 8)) for p, t in enumerate(env.grid.grid) if t and t.type in ("key", "ball")]
        for thing, place in things:
            env = stand_before(made("MiniGrid-Fetch-8x8-N3-v0", seed), place)
            right = (thing.type, thing.color) == (env.targetType, env.targetColor)
            reward, ended = Twin(env).play(DROP, TOGGLE, DONE, PICKUP)
            assert ended
            assert (reward > 0) == right
            outcomes.add(right)
    assert outcomes == {True, False}


@pytest.mark.parametrize("task", ["MiniGrid-GoToDoor-6x6-v0", "MiniGrid-GoToObject-6x6-N2-v0"])
def test_go_to_something_and_say_so(task):
    for seed in range(4):
        env = stand_before(made(task, seed), made(task, seed).target_pos)
        assert Twin(env).play(LEFT, DONE)[0] > 0  # beside it, whatever the agent looks at
        env = stand_before(made(task, seed), made(task, seed).target_pos)
        assert Twin(env).play(PICKUP, TOGGLE) == (0.0, True)  # the hand is not to be used
        env = made(task, seed)
        far = [
            (x, y)
            for x in range(1, 5)
            for y in range(1, 5)
            if env.grid.get(x, y) is None and abs(x - env.target_pos[0]) + abs(y - env.target_pos[1]) != 1
        ]
        for env.agent_pos in far[:4]:
            assert Twin(env).step(DONE) == (0.0, True)
            env.step_count = 0


def test_put_near_what_and_where():
    seen = set()
    for seed in range(10):
        env = made("MiniGrid-PutNear-8x8-N3-v0", seed)
        moved, place = find(env, env.move_type, env.moveColor)
        others = [(p % 8, p // 8) for p, t in enumerate(env.grid.grid) if t and t.type in ("key", "ball", "box")]
        for other in (o for o in others if o != place):
            env = stand_before(made("MiniGrid-PutNear-8x8-N3-v0", seed), other)
            assert Twin(env).play(DROP, PICKUP) == (0.0, True)  # not the thing to be moved
        # the right one, dropped everywhere
        for x in range(1, 7):
            for y in range(1, 7):
                env = made("MiniGrid-PutNear-8x8-N3-v0", seed)
                env.grid.set(*place, None)
                if env.grid.get(x, y) is not None or not (free := _beside(env, x, y)):
                    continue
                (ax, ay), heading = free
                env.agent_pos, env.agent_dir = (ax, ay), heading
                ahead = (2 * ax - x, 2 * ay - y)  # behind the agent
                if env.grid.get(*ahead) is not None:
                    continue
                env.put_obj(moved, *ahead)
                reward, ended = Twin(env).play(LEFT, LEFT, PICKUP, LEFT, LEFT, DROP)
                near = abs(x - env.target_pos[0]) <= 1 and abs(y - env.target_pos[1]) <= 1
                assert ended
                assert (reward > 0) == near
                seen.add(near)
    assert seen == {True, False}


def _beside(env, x, y):
    for heading, (dx, dy) in enumerate(((1, 0), (0, 1), (-1, 0), (0, -1))):
        if env.grid.get(x - dx, y - dy) is None:
            return (x - dx, y - dy), heading
    return None


def test_put_near_dropped_on_something_is_a_failure_too():
    env = made("MiniGrid-PutNear-8x8-N3-v0", 3)
    moved, place = find(env, env.move_type, env.moveColor)
    env.grid.set(*place, None)
    stand_before(env, env.target_pos)
    behind = tuple(2 * np.array(env.agent_pos) - env.target_pos)
    env.put_obj(moved, *behind)
    assert Twin(env).play(LEFT, LEFT, PICKUP, LEFT, LEFT, DROP) == (0.0, True)


def test_red_before_blue():
    def before(door, seed=2, **opened):
        env = made("MiniGrid-RedBlueDoors-6x6-v0", seed)
        env.red_door.is_open, env.blue_door.is_open = opened.get("red", False), opened.get("blue", False)
        return Twin(stand_before(env, find(env, "door", door)[1]))

    assert before("red").play(TOGGLE) == NOTHING
    assert before("red").play(TOGGLE, TOGGLE, TOGGLE) == NOTHING
    assert before("blue").step(TOGGLE) == (0.0, True)  # red is closed
    assert before("blue", red=True).step(TOGGLE)[0] > 0
    assert before("red", blue=True).step(TOGGLE) == (0.0, True)
    assert before("blue", blue=True).step(TOGGLE) == NOTHING  # closing it
    assert before("blue", red=True, blue=True).step(LEFT)[0] > 0  # both stood open before the step


def test_memory_has_a_right_and_a_wrong_end():
    for seed in range(6):
        for right in (True, False):
            env = made("MiniGrid-MemoryS7-v0", seed)
            place = env.success_pos if right else env.failure_pos
            for heading, (dx, dy) in enumerate(((1, 0), (0, 1), (-1, 0), (0, -1))):
                if env.grid.get(place[0] - dx, place[1] - dy) is None:
                    env.agent_pos, env.agent_dir = (place[0] - dx, place[1] - dy), heading
            reward, ended = Twin(env).step(FORWARD)
            assert ended
            assert (reward > 0) == right
    env = made("MiniGrid-MemoryS7-v0")
    place = (1, env.height // 2 - 1)  # what is to be remembered
    thing = env.grid.get(*place)
    twin = Twin(stand_before(env, place))
    assert twin.play(PICKUP, DROP) == NOTHING
    assert env.carrying is None  # the hand only toggles here
    assert env.grid.get(*place) is thing


def test_moving_obstacles_and_what_one_runs_into():
    outcomes = []
    for seed in range(40):
        env = made("MiniGrid-Dynamic-Obstacles-5x5-v0", seed)
        env.agent_dir = seed % 4
        twin = Twin(env)
        for action in (FORWARD, FORWARD, RIGHT, FORWARD, FORWARD, LEFT, FORWARD, FORWARD, FORWARD, FORWARD):
            reward, ended = twin.step(action)
            if ended:
                outcomes.append(reward)
                break
    assert outcomes.count(-1.0) > 5
    assert any(reward > 0 for reward in outcomes)


def test_obstacles_that_are_shut_in_try_a_hundred_times_and_stay():
    env = made("MiniGrid-Dynamic-Obstacles-Random-6x6-v0", 1)
    corners = [(1, 1), (4, 1), (1, 4)]
    env.grid.wall_rect(1, 1, 4, 4)
    for place in ((2, 2), (3, 2), (2, 3)):
        env.put_obj(Wall(), *place)
    for place in ((3, 3), (4, 3), (3, 4), (4, 4)):
        env.grid.set(*place, None)
    for ball, place in zip(env.obstacles, corners, strict=True):
        env.put_obj(ball, *place)
    env.agent_pos, env.agent_dir = (4, 4), 0
    twin = Twin(env)
    first = twin.batch.wide[0].copy()
    for _ in range(5):
        twin.step(LEFT)
        np.testing.assert_array_equal(twin.batch.wide[0], level_of(env).wide[0])  # the generators stand alike
    assert not np.array_equal(twin.batch.wide[0], first)
    assert [tuple(ball.cur_pos) for ball in env.obstacles] == corners


@pytest.mark.parametrize(
    ("task", "columns"),
    [("MiniGrid-DistShift1-v0", "lava"), ("MiniGrid-LavaGapS5-v0", "lava"), ("MiniGrid-Empty-5x5-v0", "goal")],
)
def test_lava_ends_and_goals_pay(task, columns):
    env = made(task)
    place = find(env, columns)[1]
    reward, ended = Twin(stand_before(env, place)).step(FORWARD)
    assert ended
    assert (reward > 0) == (columns == "goal")
