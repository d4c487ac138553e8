"""Boards: what is put into a cell colours that cell and no other."""

import numpy as np
import pytest

from rewardlab.envs import board
from rewardlab.envs.picture import INK


def cells_with(shown, colour):
    """The cells, row * columns + column, in which a colour can be seen."""
    image, side = shown.image(), shown.side
    hit = (image == colour).all(-1).reshape(len(image) // side, side, -1, side).any((1, 3))
    return np.flatnonzero(hit).tolist()


def test_walls_and_floor_are_tiles_with_gaps_between_them():
    wall = np.array([[False, True, True], [True, False, True]])
    shown = board.Board(wall, side=40)
    image = shown.image()
    assert image.shape == (80, 120, 3) and (shown.side, shown.columns) == (40, 3)
    assert cells_with(shown, board.WALL) == np.flatnonzero(wall).tolist()
    assert cells_with(shown, board.FLOOR) == np.flatnonzero(~wall).tolist()
    assert tuple(image[0, 40]) not in (board.WALL, board.FLOOR)  # the corner where four tiles meet
    assert board.Board(wall).side == 48


def test_the_middle_of_a_cell_is_in_its_middle():
    shown = board.Squares(2, 5, 20, (1, 2, 3))
    assert (shown.image() == (1, 2, 3)).all() and shown.image().shape == (40, 100, 3)
    assert shown.middle(0) == (10.0, 10.0) and shown.middle(7) == (50.0, 30.0)


@pytest.mark.parametrize("number", range(7))
def test_players_stay_in_their_cells_and_have_colours_in_turn(number):
    shown = board.Board(np.zeros((2, 3), dtype=bool), side=40)
    shown.player(4, number)
    assert cells_with(shown, board.PLAYERS[number % 5]) == [4]
    bare = shown.image()
    shown.player(4, number, held="P")
    changed = (shown.image() != bare).any(-1)
    assert changed[60:, 60:].any() and not changed[:40].any() and not changed[:, :40].any()  # a sign below at the right


def test_tiles_letters_and_walkers_stay_in_their_cells():
    shown = board.Board(np.zeros((2, 3), dtype=bool), side=40)
    shown.walker(0)
    shown.tile(2, (9, 8, 7), share=0.5)
    shown.letter(3, "X")
    image = shown.image()
    assert cells_with(shown, board.PLAYERS[0]) == [0] and cells_with(shown, (9, 8, 7)) == [2]
    assert cells_with(shown, INK) == [0, 3]  # the walker's eyes and the letter
    assert (image == (9, 8, 7)).all(-1).sum() <= 20 * 20
    np.testing.assert_array_equal(image[:40, :40], image[:40, :40][:, ::-1])  # who looks at us is symmetric
