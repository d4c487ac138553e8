"""Mazes as parameters: round trips, even draws, edits that keep a level a level, shortest ways against a matrix."""

import itertools
import json

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.tasks.maze_levels import MazeLevel, mutate, random_level, shortest, solvable


def test_parameters_survive_json():
    rng = np.random.default_rng(0)
    for _ in range(50):
        level = random_level(rng)
        assert MazeLevel.of(json.loads(json.dumps(level.parameters()))) == level
        assert MazeLevel.of(level) is level


def test_random_levels_have_up_to_so_many_walls_everywhere_alike():
    rng = np.random.default_rng(1)
    levels = [random_level(rng, side=6, walls=20) for _ in range(6000)]
    counts = np.bincount([len(level.walls) for level in levels], minlength=21)
    assert len(counts) == 21
    expected = 6000 / 21
    assert ((counts - expected) ** 2 / expected).sum() < 45.3  # chi-square, 20 degrees of freedom, 0.1 %
    for places in ([level.start for level in levels], [level.goal for level in levels]):
        seen = np.bincount(places, minlength=36)
        assert ((seen - 6000 / 36) ** 2 / (6000 / 36)).sum() < 66.6  # 35 degrees of freedom
    assert not all(solvable(level) for level in levels)


def test_edits_change_one_thing_at_a_time():
    rng, moved, walls = np.random.default_rng(2), 0, 0
    level = random_level(rng)
    for _ in range(1000):
        after = mutate(level, rng)
        assert (after.side, after.start, after.heading) == (level.side, level.start, level.heading)
        difference = set(after.walls) ^ set(level.walls)
        assert len(difference) + (after.goal != level.goal) == 1
        moved += after.goal != level.goal
        walls += len(difference)
        level = after
    assert 60 < moved < 140  # one in ten
    many = mutate(level, np.random.default_rng(3), edits=20)
    assert 10 < len(set(many.walls) ^ set(level.walls)) + (many.goal != level.goal) <= 20


def power(level):
    """The fewest actions by powers of the adjacency of (cell, heading), None beyond the number of states."""
    side, free = level.side, set(range(level.side**2)) - set(level.walls)
    links = np.zeros((4 * side**2, 4 * side**2), dtype=bool)
    for cell, h in itertools.product(free, range(4)):
        x, y = cell % side, cell // side
        for turn in (1, 3):
            links[4 * cell + h, 4 * cell + (h + turn) % 4] = True
        a, b = x + (1, 0, -1, 0)[h], y + (0, 1, 0, -1)[h]
        if 0 <= a < side and 0 <= b < side and a + side * b in free:
            links[4 * cell + h, 4 * (a + side * b) + h] = True
    reached = np.zeros(len(links), dtype=bool)
    reached[4 * level.start + level.heading] = True
    for t in range(len(links)):
        if reached[4 * level.goal : 4 * level.goal + 4].any():
            return t
        reached = reached | (reached @ links)
    return None


def test_shortest_ways_are_those_of_the_matrix():
    rng, none = np.random.default_rng(4), 0
    for _ in range(40):
        level = random_level(rng, side=5, walls=15)
        assert shortest(level) == power(level)
        assert solvable(level) == (power(level) is not None)
        none += power(level) is None
    assert 0 < none < 40


def test_mistakes_are_named():
    good = {"side": 3, "walls": [1], "start": 0, "heading": 0, "goal": 8}
    assert MazeLevel.of(good).walls == (1,)
    for change in (
        {"walls": [0]},
        {"walls": [9]},
        {"goal": 0},
        {"start": -1},
        {"heading": 4},
        {"side": 1},
        {"walls": 3},
    ):
        with pytest.raises(BadOption):
            MazeLevel.of(good | change)
    with pytest.raises(BadOption, match="mapping"):
        MazeLevel.of({"side": 3})
    with pytest.raises(BadOption, match="walls=8"):
        random_level(np.random.default_rng(0), side=3, walls=8)
