"""Instructions: every clause and every connective, step by step beside BabyAI's own verifier."""

import itertools

import numpy as np
import pytest
from grid_twin import DONE, DROP, FORWARD, LEFT, PICKUP, RIGHT, TOGGLE, Twin
from minigrid.core.world_object import Ball, Box, Key
from minigrid.envs.babyai.core.roomgrid_level import RoomGridLevel
from minigrid.envs.babyai.core.verifier import (
    AfterInstr,
    AndInstr,
    BeforeInstr,
    GoToInstr,
    ObjDesc,
    OpenInstr,
    PickupInstr,
    PutNextInstr,
)

NOTHING = (0.0, False)


class Stage(RoomGridLevel):
    """Two small rooms with a red door between them and a blue one to a third, things in the first, one instruction."""

    def __init__(self, instruction, things, at=((1, 1), 0)):
        self.asked, self.things, self.at = instruction, things, at
        super().__init__(room_size=5, num_rows=1, num_cols=3, max_steps=200)

    def gen_mission(self):
        self.add_door(0, 0, 0, "red", False)
        self.add_door(1, 0, 0, "blue", False)
        for (x, y), thing in self.things.items():
            self.put_obj(thing(), x, y)
        self.agent_pos, self.agent_dir = self.at
        self.instrs = self.asked()


def stage(instruction, things, at=((1, 1), 0)):
    env = Stage(instruction, things, at)
    env.reset(seed=0)
    return env


def red_ball():
    return ObjDesc("ball", "red")


CLAUSES = {
    "go to the red ball": lambda: GoToInstr(red_ball()),
    "go to a key": lambda: GoToInstr(ObjDesc("key")),
    "go to a red thing": lambda: GoToInstr(ObjDesc(None, "red")),
    "pick up a ball": lambda: PickupInstr(ObjDesc("ball")),
    "pick up the red ball, strictly": lambda: PickupInstr(red_ball(), strict=True),
    "open the red door": lambda: OpenInstr(ObjDesc("door", "red")),
    "open the blue door, strictly": lambda: OpenInstr(ObjDesc("door", "blue"), strict=True),
    "put the red ball next to a key": lambda: PutNextInstr(red_ball(), ObjDesc("key")),
    "put a key next to the box, strictly": lambda: PutNextInstr(ObjDesc("key"), ObjDesc("box"), strict=True),
}
CROWD = {
    (1, 2): lambda: Ball("red"), (3, 1): lambda: Ball("green"), (3, 3): lambda: Key("red"), (1, 3): lambda: Box("blue"),
}  # fmt: skip
SPARSE = {(3, 1): lambda: Ball("red"), (1, 3): lambda: Key("red"), (3, 3): lambda: Box("blue", contains=Key("blue"))}


def play(make, seeds, steps=45):
    """Random play with lively hands; the outcomes that were met."""
    met = {"success": 0, "failure": 0, "open": 0}
    for seed, things in itertools.product(range(seeds), (CROWD, SPARSE)):
        env, rng = stage(make, things, ((2, 2), seed % 4)), np.random.default_rng(seed)
        twin, ended, reward = Twin(env), False, 0.0
        for action in rng.choice(7, size=steps, p=[0.15, 0.15, 0.2, 0.2, 0.15, 0.14, 0.01]):
            reward, ended = twin.step(int(action))
            if ended:
                break
        met["success" if reward > 0 else "failure" if ended else "open"] += 1
    return met


@pytest.mark.parametrize("name", CLAUSES)
def test_clauses(name):
    met = play(CLAUSES[name], 12)
    assert met["success"] or "put" in name or "blue" in name  # which chance seldom does: see below
    assert bool(met["failure"]) == ("strictly" in name)


PAIRS = list(itertools.permutations(CLAUSES, 2))


@pytest.mark.parametrize("joined", [AndInstr, BeforeInstr, AfterInstr])
def test_two_clauses(joined):
    total = {"success": 0, "failure": 0, "open": 0}
    for i, (a, b) in enumerate(PAIRS):
        for strict in (False, True) if joined is not AndInstr else (False,):
            if (i + strict) % 3 == 0:
                met = play(lambda a=a, b=b, s=strict: joined(CLAUSES[a](), CLAUSES[b](), strict=s), 1, steps=60)
                total = {k: total[k] + met[k] for k in met}
    assert total["success"] > 5
    assert bool(total["failure"]) == (joined is not AndInstr)  # an `and` never fails


@pytest.mark.parametrize("joined", [BeforeInstr, AfterInstr])
@pytest.mark.parametrize("strict", [False, True])
def test_sequences_of_ands(joined, strict):
    names = list(CLAUSES)
    total = {"success": 0, "failure": 0, "open": 0}
    for k in range(0, 9, 2):
        four = [CLAUSES[names[(k + j) % 9]] for j in range(4)]
        make = lambda f=four: joined(AndInstr(f[0](), f[1]()), AndInstr(f[2](), f[3]()), strict=strict)  # noqa: E731
        mixed = lambda f=four: joined(f[0](), AndInstr(f[2](), f[3]()), strict=strict)  # noqa: E731
        for one in (make, mixed):
            met = play(one, 1, steps=80)
            total = {key: total[key] + met[key] for key in met}
    assert sum(total.values()) == 20


def test_an_order_that_is_kept_and_one_that_is_not():
    """The same steps, taken for `then` and for `after you`, lax and strict."""
    things = {(2, 1): lambda: Ball("red"), (1, 2): lambda: Key("red")}
    ball, key = (lambda: GoToInstr(red_ball())), (lambda: GoToInstr(ObjDesc("key")))
    at = ((1, 1), 3)  # looking at the wall; the ball is to the right, the key behind
    for strict in (False, True):
        then = Twin(stage(lambda s=strict: BeforeInstr(ball(), key(), strict=s), things, at))
        assert then.play(RIGHT, RIGHT)[0] > 0
        after = Twin(stage(lambda s=strict: AfterInstr(ball(), key(), strict=s), things, at))
        if strict:
            assert after.step(RIGHT) == (0.0, True)
        else:
            assert after.play(RIGHT, RIGHT, LEFT)[0] > 0


def test_a_thing_counts_where_it_lay_until_the_next_drop():
    things = {(2, 1): lambda: Ball("red"), (1, 3): lambda: Key("red")}
    late = lambda: BeforeInstr(PickupInstr(red_ball()), GoToInstr(ObjDesc("ball")))  # noqa: E731
    assert Twin(stage(late, things)).step(PICKUP)[0] > 0  # it has just left the cell ahead, and still counts there
    # after a drop the new place counts, and the old one no longer
    things = {(2, 1): lambda: Ball("red"), (1, 2): lambda: Key("red")}
    late = lambda: BeforeInstr(PickupInstr(ObjDesc("key")), GoToInstr(ObjDesc("ball")))  # noqa: E731
    twin = Twin(stage(late, things))
    assert twin.play(PICKUP, FORWARD, DROP, LEFT, LEFT, FORWARD, LEFT, PICKUP) == NOTHING
    assert twin.step(LEFT) == NOTHING  # looking at the cell where the ball once lay
    assert twin.step(FORWARD)[0] > 0


def test_the_right_door_and_the_wrong_one():
    for colour, strict, outcome in (
        ("blue", True, (1 - 0.9 / 200, True)),
        ("red", True, (0.0, True)),
        ("red", False, NOTHING),
    ):
        env = stage(lambda s=strict: OpenInstr(ObjDesc("door", "blue"), strict=s), {})
        x, y = next((p % env.width, p // env.width) for p, t in enumerate(env.grid.grid) if t and t.color == colour)
        env.agent_pos, env.agent_dir = (x - 1, y), 0
        assert Twin(env).step(TOGGLE) == outcome


def test_put_next():
    things = {(2, 1): lambda: Ball("red"), (3, 2): lambda: Key("green"), (1, 2): lambda: Key("red")}
    put = lambda: PutNextInstr(red_ball(), ObjDesc("key"))  # noqa: E731
    assert Twin(stage(put, things)).play(PICKUP, FORWARD, RIGHT, DROP)[0] > 0
    twin = Twin(stage(put, things))
    assert twin.play(PICKUP, RIGHT, DROP, LEFT, DROP)[0] == 0  # on a key it does not go; at 2, 1 nothing is beside it
    twin = Twin(stage(put, {**things, (2, 2): lambda: Box("red")}))
    assert twin.play(RIGHT, PICKUP, FORWARD, LEFT, PICKUP, DROP) == NOTHING  # a key next to a box is something else
    strict = lambda: PutNextInstr(red_ball(), ObjDesc("key"), strict=True)  # noqa: E731
    assert Twin(stage(strict, things)).step(PICKUP) == (0.0, True)  # as BabyAI has it: strictly, any hold fails


@pytest.mark.parametrize("joined", [BeforeInstr, AfterInstr])
def test_what_was_in_the_hand_before_a_clause_was_looked_at(joined):
    """One drop puts the ball next to both; the second clause is looked at from then on, and wants a drop of its own."""
    things = {(2, 1): lambda: Ball("red"), (3, 2): lambda: Box("grey"), (2, 3): lambda: Key("green")}
    first, second = (lambda k=k: PutNextInstr(red_ball(), ObjDesc(k)) for k in ("box", "key"))
    twin = Twin(stage(lambda: joined(*((first(), second()) if joined is BeforeInstr else (second(), first()))), things))
    assert twin.play(PICKUP, FORWARD, RIGHT, DROP) == NOTHING
    assert twin.play(DONE, PICKUP, DROP)[0] > 0


def test_things_behind_a_picked_up_ball_are_others_of_its_kind():
    """Two red balls: both are meant by `the red ball`; a third that is not there at the start would not be."""
    things = {(2, 1): lambda: Ball("red"), (1, 2): lambda: Ball("red"), (3, 3): lambda: Box("grey", Ball("red"))}
    for first in (PICKUP, None):
        twin = Twin(stage(lambda: PickupInstr(red_ball()), things))
        assert (twin.step(PICKUP) if first else twin.play(RIGHT, PICKUP))[0] > 0
    boxed = {(2, 1): lambda: Box("grey", Ball("red")), (3, 3): lambda: Ball("red")}
    twin = Twin(stage(lambda: PickupInstr(red_ball()), boxed))
    assert twin.play(TOGGLE, PICKUP) == NOTHING  # it came out of the box after the instruction was given
    twin = Twin(stage(lambda: GoToInstr(ObjDesc("box")), {(1, 2): lambda: Box("grey"), (3, 3): lambda: Box("red")}))
    assert twin.step(RIGHT)[0] > 0
