"""Errands in rooms built for them: keys behind doors, in boxes, behind each other; things in the way."""

import pytest
from lockstep_twin import started
from minigrid.core.world_object import Ball, Box, Door, Key, Wall

from rewardlab.benchmarks.lockstep.errands import Errands
from rewardlab.benchmarks.lockstep.routes import ahead
from rewardlab.benchmarks.lockstep.trial import Stuck, Trial


def halls(*things):
    """Three rooms side by side, 4 x 6 cells each but for the last, the agent at (1, 1); things at cells of it."""
    env = started("MiniGrid-Empty-16x16-v0", 0)
    env.grid.set(14, 14, None)
    for y in range(1, 15):
        for x in (5, 10):
            env.grid.set(x, y, Wall())
    for x, y, thing in things:
        env.grid.set(x, y, thing)
    return env


def errands(env, **keywords):
    return Errands(Trial(env), **keywords)


def is_kind(kind, color):
    return lambda x: x.type == kind and x.color == color


def test_a_thing_behind_a_door_is_fetched_by_the_shortest_way():
    run = errands(halls((5, 1, Door("red")), (8, 1, Ball("blue"))))
    run.fetch(is_kind("ball", "blue"))
    assert run.world.carrying.type == "ball"
    assert run.trial.actions == [2, 2, 2, 5, 2, 2, 2, 3]


def test_the_key_is_fetched_first_and_left_when_the_hand_is_needed():
    run = errands(halls((5, 1, Door("red", is_locked=True)), (8, 1, Ball("blue")), (1, 9, Key("red"))))
    run.fetch(is_kind("ball", "blue"))
    assert run.world.carrying.type == "ball" and run.trial.actions.count(3) == 2
    assert run.trial.actions.count(4) == 1 and ("red", "key") in run.world.grid


def test_keys_behind_doors_behind_keys():
    env = halls(
        (5, 1, Door("red", is_locked=True)), (10, 3, Door("blue", is_locked=True)),
        (12, 12, Ball("green")), (7, 9, Key("blue")), (2, 12, Key("red")),
    )  # fmt: skip
    run = errands(env)
    run.fetch(is_kind("ball", "green"))
    assert run.world.carrying.color == "green"
    assert not run.world.grid.get(5, 1).is_locked and not run.world.grid.get(10, 3).is_locked


def test_a_key_behind_its_own_door_is_no_way():
    env = halls((5, 1, Door("red", is_locked=True)), (8, 1, Ball("blue")), (7, 9, Key("red")))
    with pytest.raises(Stuck):
        errands(env).fetch(is_kind("ball", "blue"))


def test_doors_that_wait_for_each_others_keys_are_no_way():
    red, blue = Door("red", is_locked=True), Door("blue", is_locked=True)
    trial = Trial(halls((5, 1, red), (5, 9, blue), (8, 1, Key("red")), (8, 9, Key("blue"))))
    with pytest.raises(Stuck):
        Errands(trial).open([trial.world.grid.get(5, 1)])


def test_a_key_is_taken_out_of_its_box():
    env = halls((5, 1, Door("red", is_locked=True)), (2, 6, Box("grey", Key("red"))), (3, 3, Box("grey")))
    run = errands(env)
    run.open([run.world.grid.get(5, 1)])
    assert run.world.grid.get(5, 1).is_open
    assert run.world.grid.get(2, 6) is None and run.world.grid.get(3, 3).type == "box"


def test_a_box_in_the_hand_is_put_down_to_be_opened():
    env = halls((3, 1, Box("grey", Key("red"))))
    run = errands(env)
    run.fetch(is_kind("box", "grey"))
    run.fetch(is_kind("key", "red"))
    assert run.world.carrying.type == "key"


@pytest.mark.parametrize("held", [None, "yellow"])
def test_what_blocks_a_door_is_moved_and_what_was_held_is_fetched_again(held):
    env = halls((5, 1, Door("red")), (4, 1, Ball("blue")), (9, 9, Key("green")))
    if held:
        env.carrying = Ball(held)
    run = errands(env)
    if held:
        run.deliver(is_kind("ball", held), lambda cell: cell == (9, 10))
        assert run.world.grid.get(9, 10).color == held
    else:
        run.fetch(is_kind("key", "green"))
        assert run.world.carrying.type == "key"
    ball = next(x for x in run.world.grid.grid if x is not None and x.type == "ball" and x.color == "blue")
    assert tuple(ball.cur_pos) != (4, 1)


def test_who_must_not_touch_it_is_stuck():
    env = halls((5, 1, Door("red")), (4, 1, Ball("blue")), (9, 9, Key("green")))
    with pytest.raises(Stuck):
        errands(env, hands=False).fetch(is_kind("key", "green"))


def test_a_door_is_opened_and_one_that_is_open_is_closed_first():
    env = halls((5, 1, Door("red", is_open=True)))
    trial = Trial(env)
    Errands(trial).open([trial.world.grid.get(5, 1)])
    assert trial.actions[-2:] == [5, 5] and trial.world.grid.get(5, 1).is_open


def test_what_is_put_down_leaves_the_door_free():
    env = halls((5, 1, Door("red", is_open=True)))
    env.agent_pos, env.carrying = (4, 1), Ball()
    run = errands(env)
    run.put_down()
    assert run.world.carrying is None
    run.travel(lambda pose: pose[:2] == (9, 9))
    assert 3 not in run.trial.actions


def test_delivered_where_it_was_wanted():
    run = errands(halls((5, 1, Door("red")), (8, 1, Ball("blue")), (3, 3, Key("grey"))))
    run.deliver(is_kind("ball", "blue"), lambda cell: abs(cell[0] - 3) + abs(cell[1] - 3) == 1)
    x, y = next((i % 16, i // 16) for i, t in enumerate(run.world.grid.grid) if t is not None and t.type == "ball")
    assert abs(x - 3) + abs(y - 3) == 1
    assert ahead(run.trial.pose) == (x, y)


def test_nothing_of_that_kind_is_said():
    with pytest.raises(Stuck, match="nothing of that kind"):
        errands(halls()).fetch(is_kind("ball", "blue"))
