"""Moves on small maps: tables of neighbours, and distances along them."""

import numpy as np

from rewardlab.envs.gridworlds.tables import moves


def test_walkers_go_where_no_wall_is():
    wall = moves.chart("..#\n...", ".#", where="x") == "#"
    target = moves.neighbours(wall)
    assert target[0].tolist() == [0, 1, 3, 0]
    assert target[1].tolist() == [1, 1, 4, 0]  # the wall at the right, the border above
    assert target[5].tolist() == [5, 5, 5, 4]
    np.testing.assert_array_equal(moves.distances(target, 5)[[0, 1, 3, 4, 5]], [3, 2, 2, 1, 0])


def test_where_there_is_no_way_the_distance_is_infinite():
    target = moves.neighbours(moves.chart("..#.", ".#", where="x") == "#")
    assert moves.distances(target, 0)[[0, 1, 3]].tolist() == [0, 1, np.inf]
