"""Veason-R1: rewards of video segmentation in two decisions.

    R = R_f + R_k + R_s + R_u,    R_k = C_t / max_τ C_τ,    R_s = Σ_matches IoU(b_i, b*_j) / max(N, N*)
    R_u = mean_τ IoU(m_τ, m*_τ),    m propagated from the matched boxes at frame t

Pays the choice of a key frame t for how much of the target it shows (area C), the boxes in it for how they fit after
the best one-to-one matching, and both together for the masks that a fixed propagator makes of them: a good box in a bad
frame propagates badly. What does not parse earns nothing. An empty answer in a frame without targets earns nothing
from boxes, or the emptiest frame would pay. Evidence: waits for a policy that reads videos.

Source: Gong, Zhang, Zhuge, Jia, Zhang, Lu, "Reinforcing Video Reasoning Segmentation to Think Before It Segments",
arXiv 2508.11538, 2025.
"""

from collections.abc import Callable, Sequence
from numbers import Integral
from typing import Any

import numpy as np

from rewardlab.core.errors import BadBatch
from rewardlab.rewards.combination.boxes import assign, iou_matrix, mask_iou, read_boxes


def keyframe_saliency(areas: np.ndarray, frame: int) -> float:
    """R_k in [0, 1]: the target's area in the chosen frame over its largest; 0 if it never shows.

    Args:
        areas: [T] areas of the target, >= 0.
        frame: the chosen frame, in 0..T-1.
    """
    areas = np.asarray(areas, dtype=np.float64)
    largest = areas.max()
    return float(areas[frame] / largest) if largest > 0 else 0.0


def box_matching(boxes: Any, truth: Any) -> float:
    """R_s in [0, 1]: the IoU of matched boxes over the larger number; 0 if either side is empty or does not parse.

    Args:
        boxes: [N, 4] of the answer, or None.
        truth: [N*, 4] of the frame.
    """
    found, targets = read_boxes(boxes), read_boxes(truth)
    if found is None or targets is None or not len(found) or not len(targets):
        return 0.0
    overlap = iou_matrix(found, targets)
    return float(overlap[assign(1.0 - overlap)].sum() / max(overlap.shape))


def segmentation_parts(
    frame: Any,
    boxes: Any,
    *,
    true_boxes: Sequence[Any],
    true_masks: np.ndarray,
    propagate: Callable[[np.ndarray, int], np.ndarray],
) -> dict[str, float]:
    """Format, keyframe, boxes and masks of one answer, each in [0, 1].

    Args:
        frame: the chosen frame, an integer in 0..T-1; anything else does not parse.
        boxes: [N, 4] in that frame; None, or boxes that are not finite or in order, for what does not parse.
        true_boxes: T arrays [N*, 4], the targets in each frame.
        true_masks: [T, H, W] bool, all targets in each frame.
        propagate: (matched boxes [k, 4], frame) -> masks [T, H, W]; must not learn or draw.

    Raises:
        BadBatch: if numbers of frames differ, or the propagator gives masks of another shape.
    """
    masks = np.asarray(true_masks, dtype=bool)
    if len(true_boxes) != len(masks) or masks.ndim != 3:
        raise BadBatch(f"boxes of {len(true_boxes)} frames, masks {masks.shape}", where="segmentation_parts")
    found = read_boxes(boxes)
    readable = isinstance(frame, Integral) and not isinstance(frame, bool) and 0 <= int(frame) < len(masks)
    if found is None or not readable:
        return {"format": 0.0, "keyframe": 0.0, "boxes": 0.0, "masks": 0.0}
    frame, targets = int(frame), read_boxes(true_boxes[int(frame)])
    if targets is None:
        raise BadBatch(f"true boxes {true_boxes[frame]!r}", where="segmentation_parts", expected="[N, 4], in order")
    matched = found[assign(1.0 - iou_matrix(found, targets))[0]] if len(found) and len(targets) else found[:0]
    grown = np.asarray(propagate(matched, frame), dtype=bool)
    if grown.shape != masks.shape:
        raise BadBatch(f"propagated masks {grown.shape}", where="segmentation_parts", expected=f"{masks.shape}")
    return {
        "format": 1.0,
        "keyframe": keyframe_saliency(masks.sum((1, 2)), frame),
        "boxes": box_matching(found, targets),
        "masks": float(mask_iou(grown, masks).mean()),
    }


def segmentation_reward(frame: Any, boxes: Any, **options: Any) -> float:
    """R in [0, 4]: the sum of the four parts; arguments as for `segmentation_parts`."""
    return sum(segmentation_parts(frame, boxes, **options).values())
