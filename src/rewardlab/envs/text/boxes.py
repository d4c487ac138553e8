"""Boxes: how well found rectangles match true ones.

    IoU = |A ∩ B| / |A ∪ B|,    GIoU = IoU − |C \\ (A ∪ B)| / |C|,  C the smallest box around both
    the matching minimises Σ L1(a, b) / size − GIoU(a, b)

A box is (top, left, bottom, right) in cells, its corners included.

Source: Rezatofighi, Tsoi, Gwak, Sadeghian, Reid, Savarese, "Generalized Intersection over Union", CVPR 2019, Algorithm
1; Zhan et al., "Vision-R1: Evolving Human-Free Alignment in Large Vision-Language Models via Vision-Guided
Reinforcement Learning", 2025, Section 3 (recall and precision after matching).
"""

import re
from collections.abc import Sequence

import numpy as np

Box = tuple[int, int, int, int]
_BOX = re.compile(r"\s*(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})\s*")


def area(box: Box) -> int:
    """Its cells; 0 for one that is upside down."""
    return max(box[2] - box[0] + 1, 0) * max(box[3] - box[1] + 1, 0)


def iou(a: Box, b: Box) -> float:
    """Intersection over union, 0..1."""
    both = area((max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])))
    return both / (area(a) + area(b) - both)


def giou(a: Box, b: Box) -> float:
    """Generalised intersection over union, above -1, to 1."""
    both = area((max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])))
    union = area(a) + area(b) - both
    around = area((min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])))
    return both / union - (around - union) / around


def costs(found: Sequence[Box], true: Sequence[Box], size: int) -> np.ndarray:
    """[n, M] what it costs to match each found box with each true one, on a picture of `size` cells a side."""
    return np.array(
        [[sum(abs(x - y) for x, y in zip(a, b, strict=True)) / size - giou(a, b) for b in true] for a in found]
    ).reshape(len(found), len(true))


def match(cost: np.ndarray) -> list[tuple[int, int]]:
    """The pairs (row, column) of the cheapest matching of an [n, M] matrix, min(n, M) of them."""
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(cost)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def matched(found: Sequence[Box], true: Sequence[Box], size: int) -> list[float]:
    """The IoU of each matched pair, 0..1."""
    return [iou(found[i], true[j]) for i, j in match(costs(found, true, size))]


def kept(value: float, low: float, high: float) -> float:
    """phi: 0 below `low`, 1 above `high`, the value itself between."""
    return 0.0 if value < low else 1.0 if value > high else value


def localised(
    found: Sequence[Box], true: Sequence[Box], size: int, *, recall_at: float, low: float, high: float
) -> tuple[float, float, float]:
    """(format, recall, precision) of found boxes in good form, each 0..1.

    Without true boxes an empty list has full marks, and any box none; an empty list has none where there are some.

    Args:
        found: n boxes.
        true: M boxes.
        size: cells of a side of the picture.
        recall_at: a true box counts as found above this IoU.
        low: of `kept`, for precision.
        high: of `kept`.
    """
    if not found or not true:
        return (1.0, 1.0, 1.0) if len(found) == len(true) else (0.0, 0.0, 0.0)
    values = matched(found, true, size)
    recall = sum(u > recall_at for u in values) / len(true)
    return 1.0, recall, sum(kept(u, low, high) for u in values) / len(found)


def read(text: str, size: int) -> tuple[Box, ...] | None:
    """Boxes as "top left bottom right; ...", or "none"; None for what is no list of boxes in the picture."""
    if text.strip().lower() == "none":
        return ()
    found = []
    for part in text.split(";"):
        one = _BOX.fullmatch(part)
        if not one:
            return None
        top, left, bottom, right = map(int, one.groups())
        if not (top <= bottom < size and left <= right < size):
            return None
        found.append((top, left, bottom, right))
    return tuple(found)


def written(boxes: Sequence[Box]) -> str:
    """Boxes as `read` reads them."""
    return "; ".join(" ".join(map(str, box)) for box in boxes) or "none"
