"""Boxes and masks."""

import itertools

import numpy as np
import pytest

from rewardlab.rewards.combination.boxes import assign, giou_matrix, iou_matrix, mask_iou, read_boxes

UNIT = np.array([[0.0, 0.0, 1.0, 1.0]])


@pytest.mark.parametrize(
    ("other", "iou", "giou"),
    [
        ((0, 0, 1, 1), 1, 1),
        ((0.5, 0, 1.5, 1), 1 / 3, 1 / 3),  # the hull is the union
        ((0.5, 0.5, 1.5, 1.5), 0.25 / 1.75, 0.25 / 1.75 - 0.5 / 2.25),
        ((2, 0, 3, 1), 0, -1 / 3),
        ((0.25, 0.25, 0.75, 0.75), 0.25, 0.25),
        ((0.5, 0.5, 0.5, 0.5), 0, 0),  # no area
        ((-1e6, -1e6, 1e6, 1e6), 2.5e-13, 2.5e-13),
    ],
)
def test_overlaps_have_their_areas(other, iou, giou):
    box = np.array([other], dtype=float)
    np.testing.assert_allclose(iou_matrix(UNIT, box), [[iou]], atol=1e-12)
    np.testing.assert_allclose(giou_matrix(box, UNIT), [[giou]], atol=1e-12)


def test_overlap_equals_counted_pixels():
    rng = np.random.default_rng(0)
    corners = rng.integers(0, 8, (20, 2))
    boxes = np.concatenate([corners, corners + rng.integers(1, 8, (20, 2))], axis=1).astype(float)
    y, x = np.mgrid[:16, :16]
    masks = np.array([(x >= a) & (y >= b) & (x < c) & (y < d) for a, b, c, d in boxes])
    np.testing.assert_allclose(iou_matrix(boxes, boxes), mask_iou(masks[:, None], masks[None]))


def test_two_empty_masks_agree_and_an_empty_one_with_another_does_not():
    none, some = np.zeros((2, 4, 4), bool), np.eye(4, dtype=bool)
    np.testing.assert_array_equal(mask_iou(none, np.stack([none[0], some])), [1, 0])


@pytest.mark.parametrize("n", range(1, 6))
@pytest.mark.parametrize("m", range(1, 6))
def test_the_assignment_is_the_best_of_all(n, m):
    cost = np.random.default_rng(10 * n + m).normal(size=(n, m))
    wide = cost if n <= m else cost.T
    best = min(sum(wide[i, j] for i, j in enumerate(p)) for p in itertools.permutations(range(max(n, m)), min(n, m)))
    rows, columns = assign(cost)
    assert len(set(rows)) == len(set(columns)) == min(n, m)
    np.testing.assert_allclose(cost[rows, columns].sum(), best)


@pytest.mark.parametrize(
    "bad", [None, "a box", [[1, 2, 3]], [[0, 0, -1, 1]], [[0, 0, np.inf, 1]], [[0, 0, 1, 1], [0, 0]], [[np.nan] * 4]]
)
def test_what_is_no_list_of_boxes_is_none(bad):
    assert read_boxes(bad) is None


def test_lists_of_boxes_are_read():
    assert read_boxes([]).shape == (0, 4) and read_boxes([0, 0, 1, 1]).shape == (1, 4)
    np.testing.assert_array_equal(read_boxes([[0, 1, 2, 3], [0, 0, 0, 0]]), [[0, 1, 2, 3], [0, 0, 0, 0]])
