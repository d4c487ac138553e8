"""Maps for players who act by walking: whom they meet, and how far they have to go."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.games import grid


def test_neighbours_stay_on_the_map():
    target = grid.neighbours(2, 3)
    assert target[0].tolist() == [0, 1, 3, 0, 0]
    assert target[5].tolist() == [2, 5, 5, 4, 5]


def test_distances_count_the_step_that_acts():
    letters = grid.chart("#####\n#..G#\n#.###\n#...#\n#####", "#.G", where="test")
    floor = (letters == ".").ravel()
    away = grid.distances(grid.neighbours(5, 5), floor, (letters == "G").ravel()).reshape(5, 5)
    assert away[1].tolist() == [np.inf, 2, 1, 0, np.inf]
    assert away[3].tolist() == [np.inf, 4, 5, 6, np.inf]


def test_a_border_that_one_could_walk_off_is_named():
    grid.check_border(np.pad(np.ones((1, 2), dtype=bool), 1), where="t")
    with pytest.raises(BadOption, match="floor at its border"):
        grid.check_border(np.eye(3, dtype=bool), where="t")
