import itertools

import numpy as np
import pytest
from minigrid.core.constants import COLOR_NAMES
from minigrid.core.grid import Grid
from minigrid.core.mission import MissionSpace
from minigrid.core.world_object import Ball
from minigrid.minigrid_env import MiniGridEnv

from rewardlab.envs.gridworlds.generators import kernel
from rewardlab.envs.gridworlds.kernel import codes, pcg

W, H = 7, 9


class Bare(MiniGridEnv):
    """MiniGrid without a level of its own: 20 balls in a 7 x 9 grid."""

    def __init__(self):
        super().__init__(MissionSpace(lambda: "none"), width=W, height=H)

    def _gen_grid(self, width, height):
        self.grid = Grid(width, height)
        for _ in range(20):
            self.grid.set(self._rand_int(0, W), self._rand_int(0, H), Ball())
        self.place_agent()


def both(seed):
    """MiniGrid, and cells, field and stream in the same situation."""
    engine = Bare()
    engine.reset(seed=seed)
    cells = codes.pack(engine.grid.encode()).ravel()
    field = np.zeros(codes.FIELDS, dtype=np.int32)
    field[[codes.X, codes.Y]] = engine.agent_pos
    rng = np.zeros(pcg.WORDS, dtype=np.uint64)
    state = engine.np_random.bit_generator.state
    numbers = state["state"]["state"], state["state"]["inc"]
    rng[:4] = [half for n in numbers for half in divmod(n, 2**64)]
    rng[4] = state["has_uint32"] << 32 | state["uinteger"]
    return engine, cells, field, rng


def test_colours_stand_in_minigrids_order():
    assert [codes.COLOURS[kernel.colour(rank)] for rank in range(kernel.COLOURS)] == COLOR_NAMES


def test_walls_stand_where_minigrid_sets_them():
    grid = Grid(W, H)
    grid.wall_rect(1, 2, 5, 6)
    grid.horz_wall(0, 0, 3)
    grid.vert_wall(6, 1, 4)
    cells, inside = np.zeros((2, W * H), dtype=np.uint8)
    field = np.full(codes.FIELDS, 9, dtype=np.int32)
    kernel.begin(cells, inside, field, W, H)
    kernel.walls_around(cells, H, 1, 2, 5, 6)
    kernel.walls_right(cells, H, 0, 0, 3)
    kernel.walls_down(cells, H, 6, 1, 4)
    np.testing.assert_array_equal(cells, codes.pack(grid.encode()).ravel())


AREAS = [(0, 0, W, H), (-3, -2, 5, 6), (2, 3, 100, 100), (1, 1, 3, 4), (6, 8, 1, 1), (0, 8, 7, 1)]


@pytest.mark.parametrize("apart", [1, 2, 4])
def test_a_free_cell_is_found_as_minigrid_finds_it(apart):
    given_up = 0
    for area, seed in itertools.product(AREAS, range(30)):
        engine, cells, field, rng = both(seed)
        ax, ay = engine.agent_pos

        def near(_, pos, ax=ax, ay=ay):
            return abs(pos[0] - ax) + abs(pos[1] - ay) < apart

        try:
            x, y = engine.place_obj(Ball(), area[:2], area[2:], reject_fn=near, max_tries=5)
            expected = x * H + y
        except RecursionError:
            expected, given_up = -1, given_up + 1
        assert kernel.find(cells, field, rng, W, H, *area, apart, 5) == expected
        assert engine.np_random.integers(2**40) == pcg_draw(rng)
    assert 0 < given_up < 90


def pcg_draw(rng):
    """A number of 40 bits from our stream, as NumPy draws it: it shows that both streams stand at the same place."""
    generator = np.random.Generator(np.random.PCG64(0))
    high, low = int(rng[0]) << 64 | int(rng[1]), int(rng[2]) << 64 | int(rng[3])
    generator.bit_generator.state = {
        "bit_generator": "PCG64",
        "state": {"state": high, "inc": low},
        "has_uint32": int(rng[4]) >> 32,
        "uinteger": int(rng[4]) & 0xFFFFFFFF,
    }
    return generator.integers(2**40)


def test_the_agent_is_placed_as_minigrid_places_it():
    for seed in range(50):
        engine, cells, field, rng = both(seed)
        engine.place_agent((1, 2), (5, 5))
        at = kernel.place_agent(cells, field, rng, W, H, 1, 2, 5, 5, kernel.FOREVER)
        assert (at // H, at % H, field[codes.HEADING]) == (*engine.agent_pos, engine.agent_dir)
        assert (field[codes.X], field[codes.Y]) == tuple(engine.agent_pos)
        assert engine.np_random.integers(2**40) == pcg_draw(rng)
