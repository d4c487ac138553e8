"""Boxes and masks: overlap, and who belongs to whom. Boxes are (x1, y1, x2, y2) with x1 <= x2, y1 <= y2; NumPy only."""

from typing import Any

import numpy as np


def read_boxes(value: Any) -> np.ndarray | None:
    """Boxes [n, 4] from a list of them, one box, or None for what is not finite, not in order, or no boxes at all."""
    if value is None:
        return None
    try:
        boxes = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        return None
    if boxes.shape == (4,):
        boxes = boxes[None]
    if boxes.size == 0:
        return np.zeros((0, 4))
    if boxes.ndim != 2 or boxes.shape[1] != 4 or not np.isfinite(boxes).all():
        return None
    return boxes if (boxes[:, :2] <= boxes[:, 2:]).all() else None


def unknown(value: Any) -> bool:
    """Whether boxes hold a NaN."""
    try:
        return bool(np.isnan(np.asarray(value, dtype=np.float64)).any())
    except (TypeError, ValueError):
        return False


def iou_matrix(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Intersection over union [n, m] of boxes [n, 4] and [m, 4], in [0, 1]; 0 where the union has no area."""
    shared, union, _ = _areas(a, b)
    return _ratio(shared, union)


def giou_matrix(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Generalised IoU [n, m] in [-1, 1]: the IoU less the share of the hull that neither box covers."""
    shared, union, hull = _areas(a, b)
    return _ratio(shared, union) - _ratio(hull - union, hull)


def assign(cost: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns [min(n, m)] of the cheapest one-to-one assignment for costs [n, m]."""
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(cost)
    return np.asarray(rows), np.asarray(columns)


def mask_iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """IoU [...] of masks [..., H, W]; 1 where both are empty."""
    a, b = np.asarray(a, dtype=bool), np.asarray(b, dtype=bool)
    shared, union = (a & b).sum((-2, -1)), (a | b).sum((-2, -1))
    return np.where(union > 0, shared / np.maximum(union, 1), 1.0)


def _areas(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Areas [n, m] of the intersection, the union and the smallest box around both."""
    one, other = a[:, None], b[None]
    shared = _area(np.maximum(one[..., :2], other[..., :2]), np.minimum(one[..., 2:], other[..., 2:]))
    hull = _area(np.minimum(one[..., :2], other[..., :2]), np.maximum(one[..., 2:], other[..., 2:]))
    return shared, _area(one[..., :2], one[..., 2:]) + _area(other[..., :2], other[..., 2:]) - shared, hull


def _area(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    return np.maximum(high - low, 0.0).prod(-1)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), 0.0)
