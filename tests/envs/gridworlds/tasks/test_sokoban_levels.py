"""Sokoban levels: the same at each call, whole, playable to the end, and never the same room in both splits."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.tasks.sokoban_levels import Pool, bits, make, mask, members, walkable


def test_sets_of_cells_are_bits():
    cells = np.random.default_rng(0).random(61) < 0.3
    assert members(bits(cells)) == np.flatnonzero(cells).tolist()
    np.testing.assert_array_equal(mask(bits(cells), 61), cells)
    assert bits(np.zeros(9, dtype=bool)) == 0 and members(0) == []


def test_walkable_is_a_flood():
    rows = ["########", "#..#..##", "#..#.#.#", "#......#", "####.###", "########"]
    free = np.array([[c == "." for c in row] for row in rows])
    reached = np.zeros_like(free)
    reached[1, 1] = True
    for _ in range(40):
        grown = reached.copy()
        grown[1:] |= reached[:-1]
        grown[:-1] |= reached[1:]
        grown[:, 1:] |= reached[:, :-1]
        grown[:, :-1] |= reached[:, 1:]
        reached = grown & free
    assert members(walkable(1 << 9, bits(free.ravel()), 8)) == np.flatnonzero(reached).tolist()
    free[3, 3] = False  # a box in the only way
    assert members(walkable(1 << 9, bits(free.ravel()), 8)) == [9, 10, 17, 18, 25, 26]


@pytest.mark.parametrize("size,boxes", [(5, 1), (7, 2), (9, 4)])
def test_levels_are_whole_and_the_same_at_each_call(size, boxes):
    seen = set()
    for number in range(30):
        level = make(size, boxes, number, "train")
        again = make(size, boxes, number, "train")
        for name in ("wall", "target", "box"):
            np.testing.assert_array_equal(getattr(level, name), getattr(again, name))
        assert level.player == again.player
        border = np.ones((size, size), dtype=bool)
        border[1:-1, 1:-1] = False
        assert level.wall[border].all()
        assert level.target.sum() == level.box.sum() == boxes
        assert not (level.wall & (level.target | level.box)).any()
        assert not (level.target & level.box).any()  # nothing is done at first
        assert not (level.wall | level.box).ravel()[level.player]
        seen.add(level.wall.tobytes() + level.target.tobytes() + level.box.tobytes())
    assert len(seen) > (4 if size == 5 else 28)


def test_no_room_is_in_both_splits_not_even_mirrored():
    def rooms(split):
        found = []
        for number in range(150):
            level = make(5 + number % 2, 1, number, split)  # small rooms, of which there are few: they would meet
            room = level.wall * 1 + level.target * 2
            found.append(min(np.rot90(side, k).tobytes() for side in (room, room.T) for k in range(4)))
        return set(found)

    train, test = rooms("train"), rooms("test")
    assert len(train) > 5 and len(test) > 5
    assert not train & test


def test_a_pool_draws_what_it_is_asked_for():
    pool = Pool(7, 2, 100, "test")
    pool.draw(np.array([3, 50, 3]))
    assert np.flatnonzero(pool.wall.any(1)).tolist() == [3, 50]
    level = make(7, 2, 50, "test")
    np.testing.assert_array_equal(pool.box[50], level.box.ravel())
    assert pool.level(50).player == level.player == pool.player[50]


def test_corners_are_where_two_walls_meet():
    pool = Pool(7, 2, 20, "train")
    pool.draw(np.arange(20))
    for i in range(20):
        wall = pool.wall[i].reshape(7, 7)
        for cell in range(49):
            r, c = divmod(cell, 7)
            corner = not wall[r, c] and (wall[r - 1, c] or wall[r + 1, c]) and (wall[r, c - 1] or wall[r, c + 1])
            assert pool.corner[i, cell] == corner


def test_rooms_that_cannot_be_are_named():
    with pytest.raises(BadOption, match="no room of size 5"):
        make(5, 4, 0, "train")
