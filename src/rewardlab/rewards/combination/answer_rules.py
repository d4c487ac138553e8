"""Rules for answers of four types: choices, numbers, boxes.

    match: 1[a = b]        chart: 1[|a − b| <= τ |b|], or graded max(0, 1 − |a − b| / |b|)        grounding: IoU(a, b)

Each scores one answer in [0, 1], so that one run can mix tasks: `Routed({"choice": Scored(exact_match, ("truth",)),
...})`; open-ended answers are scored by `bidirectional_similarity`. What cannot be read scores 0. The data filter keeps
items that some but not all of K samples solve and that cannot be solved without the picture.
Evidence: waits for a policy that reads pictures.

Source: Xu, Li, Yang, Zhang, Sun, Chow, Li, Song, Xu, Tong, Li, Fei, "Mixed-R1: Unified Reward Perspective For Reasoning
Capability in Multimodal Large Language Models", arXiv 2505.24164, 2025 (mixed rewards; the tolerance is ours).
"""

import math
from typing import Any

import numpy as np

from rewardlab.core.errors import BadBatch
from rewardlab.rewards.combination.boxes import iou_matrix, read_boxes, unknown


def exact_match(answer: Any, truth: Any) -> float:
    """1 if both read the same but for case and outer blanks, else 0."""
    return float(answer is not None and str(answer).strip().casefold() == str(truth).strip().casefold())


def within_tolerance(answer: Any, truth: Any, *, tolerance: float = 0.05) -> float:
    """1 if the number is within a relative tolerance of the true one, else 0; a truth that is text must match exactly.

    Args:
        answer: a number, or text such as "1,250" or "12%" (read as 12); what is no finite number scores 0.
        truth: the same; NaN gives NaN.
        tolerance: τ >= 0, a share of the true value.
    """
    right = _number(truth)
    if right is None:
        return exact_match(answer, truth)
    told = _number(answer)
    if math.isnan(right):
        return math.nan
    return float(told is not None and math.isfinite(told) and abs(told - right) <= tolerance * abs(right))


def relative_closeness(answer: Any, truth: Any) -> float:
    """1 less the relative error, at least 0; for a true value of 0 only 0 is close. Arguments as above."""
    right = _number(truth)
    if right is None:
        return exact_match(answer, truth)
    told = _number(answer)
    if math.isnan(right):
        return math.nan
    if told is None or not math.isfinite(told):
        return 0.0
    return max(0.0, 1.0 - abs(told - right) / abs(right)) if right else float(told == 0)


def box_overlap(answer: Any, truth: Any) -> float:
    """IoU of one box (x1, y1, x2, y2) with the true one; 0 for anything but one box; NaN if the truth holds one.

    Raises:
        BadBatch: for a truth that is not one box.
    """
    right, told = read_boxes(truth), read_boxes(answer)
    if right is None and unknown(truth):
        return math.nan
    if right is None or len(right) != 1:
        raise BadBatch(f"truth {truth!r}", where="box_overlap", expected="one box [4] with x1 <= x2 and y1 <= y2")
    return float(iou_matrix(told, right)[0, 0]) if told is not None and len(told) == 1 else 0.0


def worth_training(solved: np.ndarray, blind: np.ndarray | None = None) -> np.ndarray:
    """[P] bool: items that some but not all samples solve, and that no blind sample solves.

    Args:
        solved: [P, K] bool, which of K samples solved each item.
        blind: [P] bool, whether a model without the picture solves it; never if None.
    """
    solved = np.asarray(solved, dtype=bool)
    kept = np.asarray(solved.any(-1) & ~solved.all(-1))
    return kept if blind is None else np.asarray(kept & ~np.asarray(blind, dtype=bool))


def _number(value: Any) -> float | None:
    text = str(value).strip().removesuffix("%").replace(",", "")
    try:
        return float(text)
    except ValueError:
        return None
