import numpy as np

from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.kernel.streams import begin_streams

SEEDS = [0, 1, 7, 2**31, 2**40, 2**63, 2**64 - 1, 12345]


def plainly(rng, rows):
    """What `Streams` itself does."""
    rng.begin(rows)
    part = rng.rows(rows)
    drawn = part.integers(2**31)
    rng.put(rows, part)
    return np.where(part.episode == 0, part.seed, drawn).astype(np.int64).view(np.uint64)


def test_seeds_and_streams_are_those_of_numpy():
    mine, theirs, random = Streams(SEEDS), Streams(SEEDS), np.random.default_rng(0)
    for _ in range(60):
        rows = np.flatnonzero(random.random(len(SEEDS)) < 0.5)
        np.testing.assert_array_equal(begin_streams(mine, rows), plainly(theirs, rows))
        for name in ("seed", "episode", "draw", "_root", "_key"):
            np.testing.assert_array_equal(getattr(mine, name), getattr(theirs, name), err_msg=name)
        np.testing.assert_array_equal(mine.bits((3,)), theirs.bits((3,)))


def test_the_first_episode_has_the_seed_of_the_row():
    rng = Streams(SEEDS)
    assert begin_streams(rng, np.arange(8)).tolist() == SEEDS
    later = begin_streams(rng, np.arange(8))
    assert (later < 2**31).all() and len(set(later.tolist())) == 8
