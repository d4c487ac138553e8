"""Routes are as short as a search over real steps finds them; things are put where they block nothing."""

import copy

import pytest
from lockstep_twin import started
from minigrid.core.world_object import Ball, Box, Door, Key, Wall

from rewardlab.benchmarks.lockstep.routes import CLOSED, LOCKED, MOVABLE, ahead, places, route


def room(*, size="8x8"):
    """An empty room, the agent at (1, 1) looking right."""
    return started(f"MiniGrid-Empty-{size}-v0", 0)


def goal_of(env):
    return next((i % env.width, i // env.width) for i, x in enumerate(env.grid.grid) if x and x.type == "goal")


def shortest(env):
    """Steps to the goal, found by playing copies of the level itself."""
    seen, layer, depth = set(), [env], 0
    while layer:
        depth += 1
        following = []
        for e in layer:
            for action in (0, 1, 2):
                twin = copy.deepcopy(e)
                _, reward, ended, *_ = twin.step(action)
                if reward > 0:
                    return depth
                key = (*(int(v) for v in twin.agent_pos), twin.agent_dir)
                if not ended and key not in seen:
                    seen.add(key)
                    following.append(twin)
        layer = following
    return None


@pytest.mark.parametrize(
    "task", ["MiniGrid-SimpleCrossingS9N1-v0", "MiniGrid-LavaGapS6-v0", "MiniGrid-Empty-Random-5x5-v0"]
)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_route_is_a_shortest_one(task, seed):
    env = started(task, seed)
    goal = goal_of(env)
    way = route(env, lambda pose: pose[:2] == goal, goal=goal)
    assert len(way) == shortest(env)
    assert route(env, lambda pose: pose[:2] == goal) is None  # a goal that is not named ends the episode: no way


def test_who_is_there_already_has_nothing_to_do():
    assert route(room(), lambda pose: pose == (1, 1, 0)) == []


def wall_with(thing, *, color="red"):
    """A room of two halves, with one gap, in which a thing stands, two steps ahead of the agent."""
    env = room()
    for y in range(1, 7):
        env.grid.set(3, y, Wall())
    env.grid.set(3, 1, thing)
    return env


def cost(env, **keywords):
    """Whether there is a way through the gap, and whether it is preferred to a detour that is so much longer."""
    way = route(env, lambda pose: pose[:2] == (5, 1), **keywords)
    return None if way is None else len(way)


def test_what_stands_in_the_way_is_no_way_for_who_must_not_touch_it():
    for thing in (Ball(), Box("red"), Key("red"), Door("red", is_locked=True)):
        assert cost(wall_with(thing)) == 4
        assert cost(wall_with(thing), hands=False) is None
    for thing in (Door("red"), Door("red", is_open=True), None):
        assert cost(wall_with(thing), hands=False) == 4
    assert cost(wall_with(Wall())) is None


def test_a_locked_door_is_shut_without_its_key_only():
    env = wall_with(Door("red", is_locked=True))
    assert cost(env, shut=frozenset({"red"})) is None
    assert cost(env, shut=frozenset({"blue"})) == 4
    env.carrying = Key("red")
    assert cost(env, shut=frozenset({"red"})) == cost(env, hands=False) == 4
    env.carrying = Key("blue")
    assert cost(env, hands=False) is None


@pytest.mark.parametrize(
    ("thing", "price"), [(Door("red"), CLOSED), (Ball(), MOVABLE), (Door("red", is_locked=True), LOCKED)]
)
def test_a_detour_is_taken_when_it_is_cheaper(thing, price):
    # A second, free gap k cells down makes a way of 2 k steps and 4 turns more.
    for k in range(1, 6):
        if price == 2 * k + 4:
            continue  # one is as good as the other
        env = wall_with(thing)
        env.grid.set(3, 1 + k, None)
        direct = route(env, lambda pose: pose == (5, 1, 0))
        assert ((3, 1, 0) in direct) == (price < 2 * k + 4), k


def test_places_block_nothing():
    env = wall_with(Door("red", is_open=True))
    found = places(env)
    assert found and (2, 1) not in found and (4, 1) not in found  # before the door and behind it
    assert all(env.grid.get(*cell) is None for cell in found) and (1, 1) not in found


def test_a_corridor_is_only_used_at_its_end():
    env = room()
    for x in range(1, 7):
        env.grid.set(x, 2, Wall())
    assert places(env) == {(6, 1)}
    for x in range(2, 7):
        env.grid.set(x, 1, Wall())
    assert places(env) == set()


def test_what_lies_about_stays_in_reach():
    env = room(size="5x5")  # 3 x 3 cells inside; the ball in the corner has two neighbours
    env.grid.set(3, 1, Ball())
    env.grid.set(2, 1, Wall())
    assert (3, 2) not in places(env)


def test_ahead_is_where_the_agent_looks():
    env = room()
    for heading in range(4):
        env.agent_dir = heading
        assert ahead((1, 1, heading)) == tuple(env.front_pos)
