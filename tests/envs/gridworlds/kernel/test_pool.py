"""Pools: levels that come again, each drawn once and only when it is asked for; splits without a common level."""

import gymnasium as gym
import numpy as np

import rewardlab  # noqa: F401
from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.kernel import codes, pool
from rewardlab.envs.gridworlds.kernel.levels import Levels

DOORKEY = "rewardlab/MiniGrid-DoorKey-5x5-v0"


class Counted:
    """Draws levels that hold nothing but their seed, and notes which it was asked for."""

    def __init__(self):
        self.asked = []

    def __call__(self, seeds):
        assert seeds.dtype == np.uint64
        self.asked += seeds.tolist()
        levels = Levels.empty(len(seeds), 4, length=1)
        levels.wide[:, codes.LEVEL_SEED] = seeds
        return levels


def streams(seeds, episode):
    rng = Streams(seeds)
    for _ in range(episode + 1):
        rng.begin(slice(None))
    return rng


def dealt(source, rng):
    levels, which = source.deal(rng)
    assert which.shape == (len(rng),)
    return levels.wide[which, codes.LEVEL_SEED].tolist()


def test_the_first_level_of_a_seed_is_that_of_the_seed():
    for source in (pool.Pool(Counted(), 5, "train"), pool.Fresh(Counted())):
        assert dealt(source, streams([7, 2**63, 2**64 - 1, 0], 0)) == [7, 2**63, 2**64 - 1, 0]


def test_each_level_of_a_pool_is_drawn_once_and_lazily():
    draw = Counted()
    source, seen = pool.Pool(draw, 6, "train"), set()
    assert draw.asked == []
    for episode in range(1, 12):
        rows = dealt(source, streams(range(3), episode))
        seen |= set(rows)
        assert set(draw.asked) == seen  # no level before it is needed
    assert sorted(draw.asked) == sorted(set(draw.asked)) == [10**9 + k for k in range(6)]


def test_levels_of_a_pool_come_equally_often():
    source = pool.Pool(Counted(), 8, "train")
    drawn = np.array(dealt(source, streams(range(8000), 1)))
    count = np.bincount(drawn - 10**9, minlength=8)
    assert ((count - 1000) ** 2 / 1000).sum() < 24.3  # chi-square, 7 degrees of freedom, 0.1 %


def test_rows_that_begin_with_a_seed_among_others_that_go_on():
    draw = Counted()
    source, rng = pool.Pool(draw, 4, "test"), streams(range(6), 1)
    alone = dealt(source, streams(range(6), 1))
    rng.reseed(np.array([0, 1, 0, 0, 1, 0], dtype=bool), [50, 51, 52, 53, 54, 55])
    rng.begin(np.array([1, 4]))
    mixed = dealt(source, rng)
    assert [mixed[1], mixed[4]] == [51, 54]
    assert [mixed[i] for i in (0, 2, 3, 5)] == [alone[i] for i in (0, 2, 3, 5)]


def test_what_a_row_gets_depends_on_its_own_stream_alone():
    for source in (pool.Pool(Counted(), 50, "train"), pool.Fresh(Counted())):
        together = dealt(source, streams(range(20), 3))
        assert [dealt(source, streams([i], 3))[0] for i in range(20)] == together
        assert len(set(together)) > 10


def test_splits_share_no_level():
    assert set(pool.FIRST) == {"train", "test"}
    first, second = (set(range(start, start + 5)) | {start + pool.LARGEST - 1} for start in pool.FIRST.values())
    assert not first & second
    assert pool.FIRST["train"] + pool.LARGEST <= pool.FIRST["test"]
    seeds = {}
    for split in pool.FIRST:
        envs = gym.make_vec(DOORKEY, num_envs=16, levels=5, split=split, max_episode_steps=1)
        _, info = envs.reset(seed=0)
        assert info["level_seed"].tolist() == list(range(16))
        seeds[split] = {int(s) for _ in range(8) for s in envs.step(np.zeros(16, dtype=int))[-1]["level_seed"]}
    assert seeds["train"] == {10**9 + k for k in range(5)}
    assert seeds["test"] == {2 * 10**9 + k for k in range(5)}


def test_fresh_levels_do_not_come_again():
    draw = Counted()
    source = pool.Fresh(draw)
    drawn = [seed for episode in range(1, 6) for seed in dealt(source, streams(range(200), episode))]
    assert len(set(drawn)) > 990  # of 1000; two in 2^31 may meet
    assert all(0 <= seed < 2**31 for seed in drawn)
