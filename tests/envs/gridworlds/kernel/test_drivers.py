"""The loops that Python calls: each over just the rows it is given, in memory that it is given."""

import numpy as np

from rewardlab.envs.gridworlds.generators.minigrid_levels import MiniGridLevels
from rewardlab.envs.gridworlds.kernel import codes, drivers
from rewardlab.envs.gridworlds.kernel.batch import Batch
from rewardlab.envs.gridworlds.minigrid import MiniGridTask


def begun(n=6, task="MiniGrid-DoorKey-5x5-v0"):
    rules = MiniGridTask(task=task)
    b = Batch(rules.const, n, threads=1)
    b.begin(np.arange(n), MiniGridLevels(task, {})(np.arange(n, dtype=np.uint64)), np.arange(n))
    return b


def test_each_loop_is_made_once():
    for driver in (drivers.step_rows, drivers.begin_rows, drivers.look_rows):
        assert driver() is driver()
    assert len({drivers.step_rows(), drivers.begin_rows(), drivers.look_rows()}) == 3


def test_a_span_of_rows_is_stepped_and_the_ends_are_counted():
    b = begun()
    actions, active = np.full(6, codes.RIGHT), np.ones(6, dtype=bool)
    b.field[:, codes.MAX_STEPS] = [1, 1, 1, 9, 1, 9]
    before = b.field.copy()
    assert drivers.step_rows().run(1, 4, actions, active, *b._stepped) == 2
    turned = (before[:, codes.HEADING] + 1) % 4
    np.testing.assert_array_equal(b.field[1:4, codes.HEADING], turned[1:4])
    np.testing.assert_array_equal(b.field[[0, 4, 5]], before[[0, 4, 5]])
    assert b.cut[1:4].tolist() == [True, True, False]
    assert drivers.step_rows().run(3, 3, actions, active, *b._stepped) == 0


def test_levels_are_begun_in_the_rows_that_are_named():
    b = begun()
    levels = MiniGridLevels("MiniGrid-DoorKey-5x5-v0", {})(np.array([50, 60], dtype=np.uint64))
    new = levels.cells, levels.inside, levels.tags, levels.field, levels.wide
    drivers.begin_rows().run(np.array([4, 0, 5]), np.array([1, 0, 1]), *b._held, *new)
    assert b.wide[:, codes.LEVEL_SEED].tolist() == [50, 1, 2, 3, 60, 60]
    np.testing.assert_array_equal(b.image[4], b.image[5])
    np.testing.assert_array_equal(b.grids()[0].ravel(), levels.cells[0] & 0x7F)


def test_a_look_draws_all_rows_from_their_state():
    b = begun(task="BabyAI-GoToSeqS5R2-v0")
    kept = b.image.copy()
    b.image[...] = 77
    held = b._held
    drivers.look_rows().run(*held[:3], b.field, *held[-2:])
    np.testing.assert_array_equal(b.image, kept)
