"""Rules for answers of four types."""

import math

import numpy as np
import pytest

from rewardlab.core.errors import BadBatch
from rewardlab.rewards import box_overlap, exact_match, relative_closeness, within_tolerance, worth_training


def test_choices_match_but_for_case_and_blanks():
    assert exact_match(" B ", "b") == 1 and exact_match("yes", "no") == exact_match(None, "None") == 0


@pytest.mark.parametrize(
    ("answer", "truth", "near", "close"),
    [
        (105, 100, 1, 0.95),
        (95, "100", 1, 0.95),
        (105.1, 100, 0, 0.949),
        ("1,250", 1250, 1, 1),
        ("12%", "12", 1, 1),
        (-100, 100, 0, 0),
        (300, 100, 0, 0),
        (-104, -100, 1, 0.96),
        (0, 0, 1, 1),
        (1e-9, 0, 0, 0),
        ("many", 3, 0, 0),
        (None, 3, 0, 0),
        (math.nan, 3, 0, 0),
        (math.inf, 3, 0, 0),
        ("Red", "red", 1, 1),
        ("blue", "red", 0, 0),
        (3, math.nan, math.nan, math.nan),
    ],
)
def test_numbers_are_right_within_tolerance_or_by_degrees(answer, truth, near, close):
    np.testing.assert_equal(within_tolerance(answer, truth), near)
    np.testing.assert_allclose(relative_closeness(answer, truth), close, atol=1e-12)


def test_boxes_overlap_by_their_areas():
    assert box_overlap([0, 0, 2, 2], [0, 0, 2, 1]) == 0.5 == box_overlap([[0, 0, 2, 2]], np.array([0, 0, 2, 1]))
    assert box_overlap(None, [0, 0, 1, 1]) == box_overlap([[0, 0, 1, 1]] * 2, [0, 0, 1, 1]) == 0
    assert math.isnan(box_overlap([0, 0, 1, 1], [0, 0, 1, math.nan]))
    with pytest.raises(BadBatch, match="truth"):
        box_overlap([0, 0, 1, 1], [[0, 0, 1, 1]] * 2)


def test_items_that_teach_are_solved_by_some_samples_and_need_the_picture():
    solved = np.array([[0, 0, 0], [1, 1, 1], [1, 0, 0], [1, 1, 0]], bool)
    np.testing.assert_array_equal(worth_training(solved), [False, False, True, True])
    np.testing.assert_array_equal(worth_training(solved, np.array([0, 0, 0, 1])), [False, False, True, False])
