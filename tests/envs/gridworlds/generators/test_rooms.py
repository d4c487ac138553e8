import numpy as np
import pytest
from minigrid.core.constants import COLOR_NAMES
from minigrid.core.mission import MissionSpace
from minigrid.core.roomgrid import RoomGrid

from rewardlab.envs.gridworlds.generators import kernel, rooms
from rewardlab.envs.gridworlds.kernel import codes, pcg


class Rooms(RoomGrid):
    """MiniGrid's rooms, and what a test does with them."""

    def __init__(self, size, columns, rows, do=lambda engine: None):
        self.do = do
        mission = MissionSpace(lambda: "none")
        super().__init__(mission_space=mission, room_size=size, num_cols=columns, num_rows=rows)

    def _gen_grid(self, width, height):
        super()._gen_grid(width, height)
        self.failed = False
        try:
            self.do(self)
        except RecursionError:
            self.failed = True


class Ours:
    """The same rooms natively."""

    def __init__(self, size, columns, rows, seed):
        self.shape = size, columns, rows
        self.W, self.H = (size - 1) * columns + 1, (size - 1) * rows + 1
        self.cells, self.inside = np.zeros((2, self.W * self.H), dtype=np.uint8)
        self.field = np.zeros(codes.FIELDS, dtype=np.int32)
        self.rng, self.scratch = np.zeros(pcg.WORDS, dtype=np.uint64), np.zeros(256, dtype=np.int64)
        pcg.seed(self.rng, np.uint64(seed))
        rooms.draw_rooms(
            self.cells, self.inside, self.field, self.rng, self.scratch, self.W, self.H, size, columns, rows
        )

    def door(self, i, j, side, code):
        return rooms.add_door(self.cells, self.scratch, self.shape[1], i, j, side, code)

    def object(self, i, j, code):
        level = self.cells, self.inside, self.field, self.rng, self.W, self.H
        return rooms.add_object(*level, self.shape[0], i, j, code, 0)

    def agent(self, i, j):
        return rooms.agent_in_room(self.cells, self.field, self.rng, self.W, self.H, self.shape[0], i, j)

    def connect(self):
        return rooms.connect_all(self.cells, self.field, self.rng, self.scratch, *self.shape)

    def equals(self, engine):
        """Are cells, agent and stream those of MiniGrid?"""
        bits = engine.np_random.bit_generator.state["state"]
        stream = [half for n in (bits["state"], bits["inc"]) for half in divmod(n, 2**64)]
        return (
            np.array_equal(self.cells, codes.pack(engine.grid.encode()).ravel())
            and self.field[: codes.HEADING + 1].tolist() == [*engine.agent_pos, engine.agent_dir]
            and self.rng[:4].tolist() == stream
        )


@pytest.mark.parametrize("shape", [(3, 1, 1), (4, 2, 1), (5, 3, 2), (7, 3, 3), (3, 2, 7)])
def test_rooms_and_doors_that_connect_them_all(shape):
    engine = Rooms(*shape, do=lambda rooms_of: rooms_of.connect_all())
    for seed in range(40):
        engine.reset(seed=seed)
        mine = Ours(*shape, seed)
        assert mine.connect() == 0
        assert mine.equals(engine)


def test_a_wall_is_taken_away():
    engine = Rooms(5, 2, 3, do=lambda rooms_of: (rooms_of.remove_wall(1, 2, 3), rooms_of.connect_all()))
    for seed in range(20):
        engine.reset(seed=seed)
        mine = Ours(5, 2, 3, seed)
        rooms.open_above(mine.cells, mine.scratch, mine.H, 5, 2, 1, 2)
        assert mine.connect() == 0
        assert mine.equals(engine)


@pytest.mark.parametrize("side", range(4))
def test_doors_in_each_wall_objects_and_the_agent(side):
    def fill(rooms_of):
        rooms_of.add_door(1, 1, side, "red", locked=True)
        rooms_of.add_object(1, 1, "box", "grey")
        rooms_of.add_object(2, 0, "key", COLOR_NAMES[0])
        rooms_of.place_agent(1, 1)

    engine = Rooms(4, 3, 3, do=fill)
    for seed in range(40):
        engine.reset(seed=seed)
        mine = Ours(4, 3, 3, seed)
        mine.door(1, 1, side, codes.LOCKED | codes.RED << 4)
        assert mine.object(1, 1, codes.BOX | codes.GREY << 4) >= 0
        assert mine.object(2, 0, codes.KEY | codes.BLUE << 4) >= 0
        assert mine.agent(1, 1) >= 0
        assert mine.equals(engine)


def test_a_full_room_is_given_up_after_as_many_draws():
    def fill(rooms_of):
        rooms_of.add_object(0, 0, "ball", "red")
        rooms_of.add_object(0, 0, "ball", "red")

    engine = Rooms(3, 3, 1, do=fill)
    engine.reset(seed=3)
    mine = Ours(3, 3, 1, 3)
    assert mine.object(0, 0, codes.BALL) >= 0
    assert engine.failed and mine.object(0, 0, codes.BALL) == -1
    assert mine.equals(engine)


def test_a_full_room_has_no_place_for_the_agent():
    class Nowhere(Rooms):
        def reset(self, **kwargs):
            try:
                return super().reset(**kwargs)
            except AssertionError:  # MiniGrid wants an agent somewhere
                return None

    engine = Nowhere(
        3, 3, 1, do=lambda rooms_of: (rooms_of.add_object(0, 0, "ball", "red"), rooms_of.place_agent(0, 0))
    )
    engine.reset(seed=3)
    mine = Ours(3, 3, 1, 3)
    mine.object(0, 0, codes.BALL)
    assert engine.failed and mine.agent(0, 0) == -1
    assert (mine.field[codes.X], mine.field[codes.Y]) == engine.agent_pos == (-1, -1)
    assert int(mine.rng[1]) == engine.np_random.bit_generator.state["state"]["state"] % 2**64


def test_rooms_between_two_locked_ones_are_never_connected():
    def lock(rooms_of):
        rooms_of.add_door(1, 0, 2, "red", locked=True)
        rooms_of.add_door(2, 0, 0, "red", locked=True)
        rooms_of.connect_all()

    engine = Rooms(4, 4, 1, do=lock)
    for seed in range(3):
        engine.reset(seed=seed)
        mine = Ours(4, 4, 1, seed)
        mine.door(1, 0, 2, codes.LOCKED)
        mine.door(2, 0, 0, codes.LOCKED)
        assert engine.failed and mine.connect() == -1
        assert mine.equals(engine)


def test_what_may_be_drawn_is_all_drawn():
    colours = {int(code) >> 4 for seed in range(20) for code in connected(seed) if code & 15 == codes.CLOSED}
    assert colours == set(range(kernel.COLOURS))


def connected(seed):
    mine = Ours(4, 3, 3, seed)
    mine.connect()
    return mine.cells
