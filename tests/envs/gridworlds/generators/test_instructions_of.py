"""BabyAI's instruction objects as programs of clauses and tags of things."""

import numpy as np
import pytest
from grid_twin import level_of
from minigrid.core.world_object import Ball, Box, Key
from minigrid.envs.babyai.core.roomgrid_level import RoomGridLevel
from minigrid.envs.babyai.core.verifier import (
    ActionInstr,
    AfterInstr,
    AndInstr,
    BeforeInstr,
    GoToInstr,
    ObjDesc,
    OpenInstr,
    PickupInstr,
    PutNextInstr,
)

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.generators import engine
from rewardlab.envs.gridworlds.kernel import codes


class Stage(RoomGridLevel):
    """A room with three things and one instruction."""

    def __init__(self, instruction):
        self.asked = instruction
        super().__init__(room_size=6, num_rows=1, num_cols=2, max_steps=100)

    def gen_mission(self):
        self.add_door(0, 0, 0, "red", False)
        for place, thing in {(1, 2): Ball("red"), (3, 3): Ball("blue"), (4, 1): Key("red"), (2, 4): Box("red")}.items():
            self.put_obj(thing, *place)
        self.agent_pos, self.agent_dir = (1, 1), 0
        self.instrs = self.asked


def told(instruction):
    env = Stage(instruction)
    env.reset(seed=0)
    levels = level_of(env)
    return levels.field[0], levels.tags[0].reshape(env.width, env.height), env


def where(tags, bit):
    return sorted(zip(*(axis.tolist() for axis in np.nonzero(tags & 1 << bit)), strict=True))


def test_single_clauses():
    for instruction, clause, cells in (
        (GoToInstr(ObjDesc("ball")), codes.GO_TO, [(1, 2), (3, 3)]),
        (PickupInstr(ObjDesc(None, "red")), codes.TAKE, None),
        (PickupInstr(ObjDesc("ball", "blue"), strict=True), codes.TAKE | 8, [(3, 3)]),
        (OpenInstr(ObjDesc("door"), strict=True), codes.UNBAR | 8, None),
    ):
        field, tags, env = told(instruction)
        assert field[codes.PROGRAM] == codes.ALONE
        assert field[codes.P0] == clause
        doors = [(p % env.width, p // env.width) for p, t in enumerate(env.grid.grid) if t and t.type == "door"]
        if cells is None:
            cells = doors if clause & 7 == codes.UNBAR else sorted([(1, 2), (4, 1), (2, 4), *doors])
        assert where(tags, 0) == sorted(cells)
        assert tags.max() == 1


def test_put_next_has_two_sets():
    field, tags, _ = told(PutNextInstr(ObjDesc("ball"), ObjDesc("box"), strict=True))
    assert field[codes.P0] == codes.PUT_NEXT | 8
    assert where(tags, 0) == [(1, 2), (3, 3)]
    assert where(tags, 1) == [(2, 4)]


@pytest.mark.parametrize(("joined", "order"), [(BeforeInstr, codes.BEFORE), (AfterInstr, codes.AFTER)])
@pytest.mark.parametrize("strict", [False, True])
def test_sequences(joined, order, strict):
    first = AndInstr(GoToInstr(ObjDesc("key")), PickupInstr(ObjDesc("ball", "red")))
    second = PutNextInstr(ObjDesc("ball", "blue"), ObjDesc("key"))
    field, tags, _ = told(joined(first, second, strict=strict))
    assert field[codes.PROGRAM] == order | strict << 2 | 1 << 3
    assert field[[codes.P0, codes.P1, codes.P2]].tolist() == [codes.GO_TO, codes.TAKE, codes.PUT_NEXT]
    assert [where(tags, bit) for bit in (0, 2, 4, 5)] == [[(4, 1)], [(1, 2)], [(3, 3)], [(4, 1)]]
    assert where(tags, 1) == where(tags, 3) == where(tags, 6) == []
    field, tags, _ = told(joined(second, first, strict=strict))
    assert field[codes.PROGRAM] == order | strict << 2 | 1 << 4
    assert [where(tags, bit) for bit in (0, 1, 4, 6)] == [[(3, 3)], [(4, 1)], [(4, 1)], [(1, 2)]]


def test_and_alone_is_one_side():
    field, _, _ = told(AndInstr(GoToInstr(ObjDesc("key")), GoToInstr(ObjDesc("box"))))
    assert field[codes.PROGRAM] == codes.ALONE | 1 << 3
    assert field[[codes.P0, codes.P1, codes.P2]].tolist() == [codes.GO_TO, codes.GO_TO, 0]


def test_places_are_taken_from_where_the_agent_stands_at_first():
    field, tags, _ = told(GoToInstr(ObjDesc("ball", None, "right")))
    assert where(tags, 0) == [(1, 2), (3, 3)]
    _, tags, _ = told(GoToInstr(ObjDesc("ball", None, "front")))
    assert where(tags, 0) == [(3, 3)]
    assert field[codes.P0] == codes.GO_TO


def test_other_instructions_are_refused():
    class Dance(ActionInstr):
        def surface(self, env):
            return "dance"

        def verify_action(self, action):
            return "continue"

    with pytest.raises(BadOption, match="Dance"):
        told(Dance())
    with pytest.raises(BadOption, match="Dance"):
        told(BeforeInstr(GoToInstr(ObjDesc("key")), Dance()))


def test_all_instructions_of_the_boss_level_are_understood():
    one, programs = engine.load("BabyAI-BossLevel-v0", {}), set()
    for seed in range(30):
        with engine.quiet():
            one.reset(seed=seed)
        levels = level_of(one)
        programs.add(int(levels.field[0, codes.PROGRAM]))
        assert levels.tags.any()
    assert {p & 3 for p in programs} == {codes.ALONE, codes.BEFORE, codes.AFTER}
    assert len(programs) > 5
