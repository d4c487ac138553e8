"""Veason-R1's four rewards."""

import itertools

import numpy as np
import pytest

from rewardlab.core.errors import BadBatch
from rewardlab.rewards import box_matching, keyframe_saliency, segmentation_parts, segmentation_reward
from rewardlab.rewards.combination.boxes import iou_matrix

T, SIDE = 8, 16


def shapes(t):
    """Three 3x3 targets that move to the right; the first enters in frame 2, the last leaves after frame 5."""
    rows = [[t, 1, t + 3, 4]] * (t >= 2) + [[t + 2, 6, t + 5, 9]] + [[t + 4, 11, t + 7, 14]] * (t <= 5)
    return np.array(rows, dtype=float)


def painted(boxes):
    mask = np.zeros((SIDE, SIDE), bool)
    for a, b, c, d in np.asarray(boxes).astype(int):
        mask[max(b, 0) : d, max(a, 0) : c] = True
    return mask


def moved(boxes, frame):
    """A propagator: everything moves one pixel a frame and never enters or leaves."""
    return np.array([painted(boxes + (t - frame) * np.array([1, 0, 1, 0])) for t in range(T)])


BOXES = [shapes(t) for t in range(T)]
MASKS = np.array([painted(b) for b in BOXES])
CLIP = {"true_boxes": BOXES, "true_masks": MASKS, "propagate": moved}


def oracle(boxes, frame):
    """A propagator that knows the masks if it is given all of the frame's targets."""
    return MASKS if len(boxes) == len(BOXES[frame]) else moved(boxes, frame)


def test_a_perfect_answer_scores_four():
    assert segmentation_reward(3, BOXES[3], **{**CLIP, "propagate": oracle}) == 4.0


def test_the_order_of_boxes_does_not_matter():
    wobbly = BOXES[3] + np.array([[0.5, 0, 0, 0], [0, 0.25, 0, 0], [0, 0, 1, 0]])
    answers = [segmentation_parts(3, wobbly[list(p)], **CLIP) for p in itertools.permutations(range(3))]
    assert all(a["boxes"] == pytest.approx(answers[0]["boxes"]) and a == pytest.approx(answers[0]) for a in answers)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_false_box_and_a_missing_one_cost_their_share(n):
    truth = BOXES[3][:n]
    false = np.concatenate([truth, [[0, 0, 1, 1.0]]])
    assert box_matching(false, truth) == pytest.approx(n / (n + 1))
    assert box_matching(truth[1:], truth) == pytest.approx((n - 1) / n)
    wobbly = truth + np.array([0, 0, 0, 0.7])
    spoilt = np.concatenate([wobbly, [[0, 0, 1, 1.0]]])
    assert box_matching(spoilt, truth) == pytest.approx(box_matching(wobbly, truth) * n / (n + 1))


def test_a_false_box_is_not_propagated():
    parts = segmentation_parts(3, np.concatenate([[[0, 0, 9, 1.0]], BOXES[3]]), **{**CLIP, "propagate": oracle})
    assert parts == {"format": 1.0, "keyframe": 1.0, "boxes": 0.75, "masks": 1.0}


def test_the_key_frame_is_full_exactly_where_the_area_is_largest():
    areas = MASKS.sum((1, 2))
    for t in range(T):
        assert (keyframe_saliency(areas, t) == 1) == (areas[t] == areas.max())
        assert segmentation_parts(t, BOXES[t], **CLIP)["keyframe"] == areas[t] / areas.max()
    assert keyframe_saliency(np.zeros(4), 1) == 0


def test_a_good_box_in_a_bad_frame_propagates_badly():
    early, full = (segmentation_parts(t, BOXES[t], **CLIP) for t in (0, 3))
    assert early["boxes"] == full["boxes"] == 1 and early["masks"] < full["masks"] - 0.05


@pytest.mark.parametrize(
    ("frame", "boxes"),
    [(None, []), (-1, []), (T, []), (1.5, []), ("2", []), (True, []), (3, None), (3, "boxes"), (3, [[2, 2, 1, 1]])],
)
def test_what_does_not_parse_scores_nothing_on_every_part(frame, boxes):
    assert set(segmentation_parts(frame, boxes, **CLIP).values()) == {0.0}


@pytest.mark.parametrize("seed", range(12))
def test_the_matching_equals_brute_force(seed):
    rng = np.random.default_rng(seed)
    a, b = (np.sort(rng.random((rng.integers(1, 5), 2, 2)), axis=1).reshape(-1, 4) for _ in range(2))
    small, large = sorted((a, b), key=len)
    overlap = iou_matrix(small, large)
    picks = itertools.permutations(range(len(large)), len(small))
    best = max(sum(overlap[i, j] for i, j in enumerate(p)) for p in picks)
    assert box_matching(a, b) == pytest.approx(best / len(large))


def test_an_empty_frame_pays_no_boxes():
    empty = {**CLIP, "true_boxes": [np.zeros((0, 4)), *BOXES[1:]], "true_masks": np.array([0 * MASKS[0], *MASKS[1:]])}
    assert segmentation_parts(0, [], **empty)["boxes"] == segmentation_parts(0, [], **empty)["keyframe"] == 0


def test_clips_and_propagators_of_other_shapes_are_refused():
    with pytest.raises(BadBatch, match="frames"):
        segmentation_parts(0, [], true_boxes=BOXES[:3], true_masks=MASKS, propagate=moved)
    with pytest.raises(BadBatch, match="propagated"):
        segmentation_parts(0, [], **{**CLIP, "propagate": lambda boxes, frame: MASKS[:2]})
