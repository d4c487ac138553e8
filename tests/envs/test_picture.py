"""Pictures: shapes cover their area, words stand where they were put, nothing falls off the canvas with an error."""

import numpy as np
import pytest

from rewardlab.envs.picture import ADVANCE, INK, PAPER, Picture, bubbles, glyph, measure

BLACK, WHITE = (0, 0, 0), (255, 255, 255)


def covered(picture):
    """How many pixels are black, counting edges in part."""
    return (1 - picture.canvas[..., 0] / 255).sum()


@pytest.mark.parametrize(
    ("draw", "area"),
    [
        (lambda p: p.box(10, 20, 30.5, 12.25, BLACK), 30.5 * 12.25),
        (lambda p: p.box(10, 20, 40, 40, BLACK, corner=10), 1600 - (4 - np.pi) * 100),
        (lambda p: p.box(10, 20, 40, 40, BLACK, corner=99), np.pi * 400),
        (lambda p: p.disc(50.3, 49.7, 20.5, BLACK), np.pi * 20.5**2),
        (lambda p: p.ring(50, 50, 30, 4, BLACK), np.pi * (32**2 - 28**2)),
        (lambda p: p.line(20, 20, 70, 60, 8, BLACK), 8 * np.hypot(50, 40) + np.pi * 16),
        (lambda p: p.disc(0, 50, 20, BLACK), np.pi * 200),  # half of it lies outside
        (lambda p: p.box(10, 10, 0, 5, BLACK), 0),
        (lambda p: p.box(200, 300, 10, 10, BLACK), 0),
        (lambda p: p.disc(-90, -90, 10, BLACK), 0),
    ],
)
def test_shapes_cover_their_area(draw, area):
    picture = Picture(100, 110, WHITE)
    draw(picture)
    assert covered(picture) == pytest.approx(area, rel=0.01, abs=0.5)
    assert picture.image().shape == (100, 110, 3) and picture.image().dtype == np.uint8


def test_shapes_stand_where_they_were_put():
    picture = Picture(60, 60, WHITE)
    picture.box(10, 20, 5, 7, BLACK)
    dark = np.argwhere(picture.image()[..., 0] == 0)
    assert dark.min(0).tolist() == [20, 10] and dark.max(0).tolist() == [26, 14]


def test_every_letter_has_dots_of_its_own():
    letters = [chr(c) for c in range(33, 127)]
    shapes = {glyph(c).tobytes() for c in letters}
    assert len(shapes) == len(letters) and all(glyph(c).any() and glyph(c).shape == (7, 5) for c in letters)
    assert not glyph(" ").any() and not glyph("\n").any()
    assert glyph("é").tobytes() == glyph("→").tobytes() not in shapes  # a box for what it does not know
    np.testing.assert_array_equal(glyph("L"), [[1, 0, 0, 0, 0]] * 6 + [[1] * 5])


def test_words_are_as_wide_as_they_are_measured():
    picture = Picture(40, 200, WHITE)
    picture.write("HiH", 10, 5, BLACK, size=2)
    dark = np.argwhere(picture.image()[..., 0] == 0)
    assert dark.min(0).tolist() == [5, 10] and dark.max(0).tolist() == [5 + 14 - 1, 10 + measure("HiH", 2) - 1]
    assert measure("HiH", 2) == 2 * (3 * ADVANCE - 1) and measure("") == 0
    middle = Picture(40, 200, WHITE)
    middle.write("HiH", 100, 5, BLACK, middle=True)
    columns = np.argwhere(middle.image()[..., 0] == 0)[:, 1]
    assert abs((columns.min() + columns.max() + 1) / 2 - 100) <= 1
    picture.write("falls off at every side", -30, -6)
    picture.write("falls off at every side", 190, 36)


def test_a_chat_shows_the_latest_at_the_bottom():
    long = "a word " * 40
    frame = bubbles([(long, False), ("yes", True)], height=120, width=200)
    assert frame.shape == (120, 200, 3)
    assert (
        (frame[:80, :20] != PAPER).any() and (frame[-40:, :100] == PAPER).all() and (frame[-40:, 150:] != PAPER).any()
    )
    assert (bubbles([], height=50, width=50) == PAPER).all()
    assert (bubbles([("", False)], height=50, width=90) == INK).all(-1).any()  # silence is three dots
