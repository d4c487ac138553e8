"""Codes: MiniGrid's own numbers, packed into a byte and back."""

import itertools

import numpy as np
from grid_twin import Jumble
from minigrid.core import constants
from minigrid.core.actions import Actions

from rewardlab.envs.gridworlds.kernel import codes


def test_kinds_colours_and_actions_are_minigrids():
    for name in ("unseen", "empty", "wall", "floor", "key", "ball", "box", "goal", "lava", "agent"):
        assert getattr(codes, name.upper()) == constants.OBJECT_TO_IDX[name]
    assert constants.OBJECT_TO_IDX["door"] == codes.OPEN
    assert {c: i for i, c in enumerate(codes.COLOURS)} == constants.COLOR_TO_IDX
    for name in ("left", "right", "forward", "pickup", "drop", "toggle", "done"):
        assert getattr(codes, name.upper()) == Actions[name].value
    np.testing.assert_array_equal(codes.HEADINGS, np.array(constants.DIR_TO_VEC))


def test_every_encoding_survives_and_no_two_share_a_code():
    kinds = [k for k in range(11) if k != constants.OBJECT_TO_IDX["door"]]
    triples = [*itertools.product(kinds, range(6), [0]), *itertools.product([codes.OPEN], range(6), range(3))]
    packed = codes.pack(np.array(triples, dtype=np.uint8))
    assert packed.dtype == np.uint8
    assert len(set(packed.tolist())) == len(triples) == 10 * 6 + 18
    assert (packed < codes.TARGET).all()  # the highest bit is free for the mark
    np.testing.assert_array_equal(codes.unpack(packed), triples)
    np.testing.assert_array_equal(codes.unpack(packed | codes.TARGET), triples)  # which nobody sees


def test_whole_levels_survive():
    for seed in range(10):
        env = Jumble(8, 7)
        env.reset(seed=seed)
        grid = env.grid.encode()
        np.testing.assert_array_equal(codes.unpack(codes.pack(grid)), grid)


def test_fields_and_constants_are_numbered_apart():
    fields = [
        codes.X, codes.Y, codes.HEADING, codes.CARRIED, codes.CARRIED_INSIDE, codes.CARRIED_TAG, codes.STEPS,
        codes.MAX_STEPS, codes.MISSION, codes.P0, codes.P1, codes.P2, codes.P3, codes.PROGRAM, codes.PROGRESS,
        codes.GOAL_AT, codes.KEY_AT, codes.DOOR_AT, codes.TOOK, codes.OPENED, codes.TAKE_AT, codes.MOVED, codes.WON,
    ]  # fmt: skip
    assert len(set(fields)) == len(fields)
    assert max(fields) < codes.FIELDS
    assert codes.Y == codes.X + 1  # columns show the two as one place
    assert codes.P3 - codes.P0 == 3  # clause k is written at P0 + k
    constant = [value for name, value in vars(codes).items() if name.startswith("C_")]
    assert sorted(constant) == list(range(len(constant)))
    assert len(constant) <= codes.CONSTANTS
