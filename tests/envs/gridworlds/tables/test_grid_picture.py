"""Pictures of boards: what is put into a cell colours that cell and no other."""

import numpy as np

from rewardlab.envs.gridworlds.tables.grid_picture import COLOURS, FLOOR, KINDS, WALKER, Board, lines


def board(height, width):
    return Board(np.full((height, width, 3), FLOOR, dtype=float))


def cells_with(image, colour, side):
    hit = (image == np.array(colour)).all(-1)
    height, width = image.shape[0] // side, image.shape[1] // side
    return np.argwhere(hit.reshape(height, side, width, side).any((1, 3))).tolist()


def test_things_stay_in_their_cells():
    b = board(4, 10)
    assert (b.side, b.image().shape) == (40, (160, 400, 3))
    b.walker(12)
    b.coin(39, COLOURS["gold"])
    b.coin(0, COLOURS["red"], good=False)
    image = b.image()
    assert cells_with(image, WALKER, 40) == [[1, 2]]
    assert cells_with(image, COLOURS["gold"], 40) == [[3, 9]]
    assert cells_with(image, COLOURS["red"], 40) == [[0, 0]]


def test_a_cross_marks_what_is_to_be_shunned():
    good, bad = board(2, 2), board(2, 2)
    good.coin(0, COLOURS["purple"])
    bad.coin(0, COLOURS["purple"], good=False)
    a, b = good.image(), bad.image()
    assert tuple(a[100, 100]) == COLOURS["purple"] and tuple(b[100, 100]) != COLOURS["purple"]
    np.testing.assert_array_equal(a[200:], b[200:])


def test_an_arrow_points_upwards():
    b = board(1, 1)
    b.arrow(0, 0.6, (10, 20, 30))
    dark = (b.image() == (10, 20, 30)).all(-1)
    rows = np.flatnonzero(dark.any(1))
    widths = dark.sum(1)[rows]
    assert widths[: len(rows) // 4].max() > 1.5 * widths[len(rows) // 2 :].max()  # its head is the upper part
    np.testing.assert_array_equal(dark, dark[:, ::-1])


def test_large_boards_keep_cells_that_can_be_seen():
    assert board(13, 40).side == 10
    assert board(60, 60).image().shape == (480, 480, 3)


def test_kinds_and_colours_can_be_told_apart():
    for palette in (KINDS, tuple(COLOURS.values())):
        colours = np.array(palette, dtype=float)
        gaps = np.abs(colours[:, None] - colours[None]).sum(-1) + 1000 * np.eye(len(colours))
        assert gaps.min() > 40


def test_lines_are_rows_of_letters():
    assert lines(np.array([["a", "b"], ["c", "d"]])) == "ab\ncd"
