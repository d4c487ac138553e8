"""Levels of our own: named by their seed, dealt from pools that share none, drawn evenly."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.key_room import KeyRoom
from rewardlab.envs.gridworlds.tasks.drawn import Sketch


def dealt(rules, seeds, episodes):
    """[episodes, n] the level seeds, and the lines of the levels."""
    rng, found, lines = Streams(seeds), [], []
    for _ in range(episodes):
        rng.begin(slice(None))
        state = rules.start(len(seeds), rng)
        found.append(state["wide"][:, codes.LEVEL_SEED])
        lines.append(state["lines"])
    return np.array(found), np.array(lines)


def test_a_sketch_begins_with_walls_around_and_draws_evenly():
    drawn = Sketch(6, 5, np.random.default_rng(0))
    assert len(drawn.free(range(6), range(5))) == 4 * 3
    assert len(drawn.free(range(6), range(5), but=[(1, 1), (0, 0)])) == 11
    orders = [tuple(drawn.order("abc")) for _ in range(6000)]
    _, count = np.unique(orders, axis=0, return_counts=True)
    assert len(count) == 6
    assert ((count - 1000) ** 2 / 1000).sum() < 20.5  # chi-square, 5 degrees of freedom, 0.1 %
    place = drawn.put(codes.KEY, [(2, 2)])
    assert place == (2, 2)
    assert drawn.cells[2, 2] == codes.KEY
    assert drawn.put_agent(drawn.free(range(3, 4), range(3, 4))) == (3, 3)


def test_the_first_level_is_the_seeds_and_the_later_ones_come_back_by_their_seed():
    rules = KeyRoom()
    seeds, lines = dealt(rules, [5, 6, 2**63 + 1], 4)
    assert seeds[0].tolist() == [5, 6, 2**63 + 1]
    assert len(np.unique(seeds)) == 12
    for t in range(4):
        for i in range(3):
            again = rules.first(int(seeds[t, i]))
            np.testing.assert_array_equal(again["lines"][0], lines[t, i])


def test_pools_hold_so_many_levels_and_splits_share_none():
    train, _ = dealt(KeyRoom(levels=7), range(30), 9)
    test, _ = dealt(KeyRoom(levels=7, split="test"), range(30), 9)
    assert len(np.unique(train[1:])) == len(np.unique(test[1:])) == 7
    assert not set(np.unique(train[1:])) & set(np.unique(test[1:]))


def test_mistakes_are_named():
    with pytest.raises(BadOption, match="split='dev'"):
        KeyRoom(split="dev")
    with pytest.raises(BadOption, match="levels=-1"):
        KeyRoom(levels=-1)
