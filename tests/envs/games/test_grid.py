"""Maps: letters, distances by a slow search, and exact processes against the rules they were found from."""

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


def test_an_explored_process_is_a_walk_on_a_line():
    """From 1, left or right on 0..4; 4 ends and pays 1; a number that is never reached does nothing."""

    def step(state, action):
        at = np.clip(state["at"] + 2 * action - 1, 0, 4)
        return {"at": at}, (at == 4) * 1.0, at == 4

    mdp = grid.explore(step, {"at": np.array([1])}, actions=2, index=lambda s: s["at"], size=7)
    assert mdp.terminal.tolist() == [False] * 4 + [True] + [False] * 2
    np.testing.assert_allclose(mdp.solve().V[:4], 0.99 ** np.arange(3, -1, -1))
    assert grid.returns(mdp, 2) == (0.0, 0.0)
    assert grid.returns(mdp, 3) == (1 / 8, 1.0)


def test_a_board_shows_players_where_they_stand():
    board = grid.Board(np.zeros((2, 3), dtype=bool), side=40)
    board.player(4, 1)
    blue = (board.image() == grid.PLAYERS[1]).all(-1).reshape(2, 40, 3, 40).any((1, 3))
    assert np.argwhere(blue).tolist() == [[1, 1]]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: grid.chart("#x", "#.", where="t"), "\\['x'\\]"),
        (lambda: grid.chart("##\n#", "#.", where="t"), "lines of \\[1, 2\\]"),
        (lambda: grid.chart("", "#.", where="t"), "at least one letter"),
        (lambda: grid.only(np.array([["a", "a"]]), "a", where="t"), "2 times 'a'"),
        (lambda: grid.check_border(np.eye(3, dtype=bool), where="t"), "floor at its border"),
    ],
)
def test_mistakes_are_named(call, words):
    with pytest.raises(BadOption, match=words):
        call()
