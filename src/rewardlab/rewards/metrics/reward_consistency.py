"""Contrast Instructions: consistency of a reward model between instructions that are close in wording.

    C_res = mean ½ { 1[R(I₁, r₁) > R(I₁, r₂)] + 1[R(I₂, r₂) > R(I₂, r₁)] }
    C_ins = mean ½ { 1[R(I₁, r₁) > R(I₂, r₁)] + 1[R(I₂, r₂) > R(I₁, r₂)] }

Asks of two instructions of close wording with different right answers whether the model gives each answer to its own
instruction. A model that reads the answer alone has C_ins = 0, and C_res = ½ unless it is indifferent.
That ties count as wrong is ours.

Source: Shen, Chen, Song, Jin, Peng, Mi, Khashabi, Yu, "The Trickle-down Impact of Reward (In-)consistency on RLHF",
ICLR 2024.
"""

import numpy as np

from rewardlab.core.errors import BadBatch, BadOption


def response_consistency(scores: np.ndarray) -> float:
    """C_res in 0..1: within an instruction, is its own answer worth more?

    Args:
        scores: [B, 2, 2], R(I_i, r_j) of each pair of instructions at [:, i, j].

    Raises:
        BadBatch: for another shape, no pairs, or NaN.
    """
    s = _checked(scores)
    return float(((s[:, 0, 0] > s[:, 0, 1]).mean() + (s[:, 1, 1] > s[:, 1, 0]).mean()) / 2)


def instruction_consistency(scores: np.ndarray) -> float:
    """C_ins in 0..1: is an answer worth more under its own instruction? Arguments and errors as above."""
    s = _checked(scores)
    return float(((s[:, 0, 0] > s[:, 1, 0]).mean() + (s[:, 1, 1] > s[:, 0, 1]).mean()) / 2)


def contrast_pairs(
    similarity: np.ndarray, different: np.ndarray, *, low: float = 0.75, high: float = 0.9
) -> np.ndarray:
    """Pairs [n, 2] of instructions that are close in wording and differ in their answers, the closest first.

    Args:
        similarity: [N, N] of the instructions, symmetric: cosine of TF-IDF or of embeddings.
        different: [N, N] bool, whether the answers differ.
        low, high: the range [low, high) of similarity.

    Raises:
        BadBatch: for tables of other shapes.
        BadOption: for an empty range.
    """
    s, d = np.asarray(similarity, dtype=np.float64), np.asarray(different, dtype=bool)
    if s.ndim != 2 or s.shape[0] != s.shape[1] or d.shape != s.shape:
        raise BadBatch(f"{s.shape} and {d.shape}", where="contrast_pairs", expected="[N, N], both")
    if not low < high:
        raise BadOption(f"low={low!r}, high={high!r}", where="contrast_pairs", expected="low < high")
    first, second = np.nonzero(np.triu((s >= low) & (s < high) & d, 1))
    order = np.argsort(-s[first, second], kind="stable")
    return np.stack([first, second], axis=1)[order]


def _checked(scores: np.ndarray) -> np.ndarray:
    s = np.asarray(scores, dtype=np.float64)
    if s.ndim != 3 or s.shape[1:] != (2, 2) or not len(s) or np.isnan(s).any():
        raise BadBatch(f"scores {s.shape}", where="reward consistency", expected="[B, 2, 2] without NaN, B >= 1")
    return s
