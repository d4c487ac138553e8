"""Levels as arrays: room for them, parts of them, and parts put back."""

import numpy as np

from rewardlab.envs.gridworlds.generators.minigrid_levels import MiniGridLevels
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.kernel.levels import Levels


def arrays(levels):
    return vars(levels)


def test_room_is_empty_until_it_is_filled():
    levels = Levels.empty(3, 20, length=4, balls=2)
    assert len(levels) == 3
    assert levels.cells.shape == levels.inside.shape == levels.tags.shape == (3, 20)
    assert levels.field.shape == (3, codes.FIELDS + 2)
    assert levels.wide.shape == (3, codes.WIDE)
    assert levels.words.shape == (3, 4)
    assert (levels.field[:, codes.CARRIED] == codes.EMPTY).all()
    assert (levels.field[:, codes.TAKE_AT] == -1).all()
    assert all(x.flags.c_contiguous for x in arrays(levels).values())  # as the compiled loops want them
    assert [x.dtype for x in arrays(levels).values()] == [
        np.uint8, np.uint8, np.uint8, np.int32, np.uint64, np.int64
    ]  # fmt: skip


def test_rows_are_copies_and_put_writes_them_back():
    levels = MiniGridLevels("BabyAI-GoToSeqS5R2-v0", {})(np.arange(6, dtype=np.uint64))
    some = levels.rows(np.array([4, 1, 4]))
    for name, x in arrays(some).items():
        np.testing.assert_array_equal(x, getattr(levels, name)[[4, 1, 4]])
        assert not np.shares_memory(x, getattr(levels, name))
    room = levels.room(5)
    assert not any(x.any() for x in arrays(room).values())
    room.put(np.array([2, 0, 3]), some)
    for name, x in arrays(room).items():
        np.testing.assert_array_equal(x[[2, 0, 3]], getattr(some, name))
        assert not x[[1, 4]].any()
