"""One cell, drawn by us and by MiniGrid."""

import numpy as np
import pytest
from minigrid.core.constants import COLOR_NAMES
from minigrid.core.grid import Grid
from minigrid.core.world_object import Ball, Box, Door, Floor, Goal, Key, Lava, Wall

from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.pictures.sprites import RGB, render_tile

DOORS = [(True, False), (False, False), (False, True)]  # open, closed, locked


def things(colours):
    yield from (None, Lava())
    for colour in colours:
        yield from (kind(colour) for kind in (Wall, Floor, Ball, Key, Box, Goal))
        yield from (Door(colour, *door) for door in DOORS)


def compare(thing, heading, lit, tile):
    code = int(codes.pack(np.array(thing.encode() if thing else (codes.EMPTY, 0, 0), dtype=np.uint8)))
    theirs = Grid.render_tile(thing, heading, lit, tile).astype(np.uint8)  # as it is pasted into a frame
    np.testing.assert_array_equal(render_tile(code, heading, lit, tile), theirs, err_msg=f"{code} {heading} {lit}")


@pytest.mark.parametrize("lit", [False, True])
def test_every_thing_in_every_colour_with_and_without_an_agent(lit):
    for thing in things(COLOR_NAMES):
        for heading in (None, 0, 1, 2, 3):
            compare(thing, heading, lit, 8)


@pytest.mark.parametrize("tile", [1, 3, 13])
def test_other_sizes(tile):
    for thing in things(("purple", "grey")):
        compare(thing, None, False, tile)
        compare(thing, 1, True, tile)
    for heading in range(4):
        compare(None, heading, True, tile)


def test_the_size_of_frames():
    for thing in things(("purple",)):
        compare(thing, None, False, 32)
    for heading in range(4):
        compare(None, heading, heading % 2 == 0, 32)
    compare(Door("red", True), 0, True, 32)


def test_what_is_hidden_looks_empty_and_a_tile_is_kept_unharmed():
    for heading in (None, 2):
        empty = render_tile(codes.EMPTY, heading, True, 8)
        assert all(np.array_equal(render_tile(kind, heading, True, 8), empty) for kind in (codes.UNSEEN, codes.AGENT))
    assert render_tile(codes.WALL, None, False, 8) is render_tile(codes.WALL, None, False, 8)
    with pytest.raises(ValueError, match="read-only"):
        render_tile(codes.WALL, None, False, 8)[:] = 0


def test_a_wall_has_its_colour_and_light_lifts_it_by_three_tenths():
    for colour, rgb in enumerate(RGB):
        assert (render_tile(codes.WALL | colour << 4, None, False, 5) == rgb).all()
        assert (render_tile(codes.WALL | colour << 4, None, True, 5) == np.floor(rgb + 0.3 * (255 - rgb))).all()
