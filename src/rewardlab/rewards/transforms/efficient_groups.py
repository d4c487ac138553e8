"""Length pressure for safe groups only (GRPO-λ).

    c_q = mean_i correct_{q,i};    E = the ⌈λ Q⌉ prompts with the largest c_q > 0
    r_i = correct_i (1 − α σ((length_i − m_q) / s_q))  for q ∈ E,    r_i = correct_i  elsewhere

m_q and s_q are mean and deviation of the lengths of the correct answers of the group. Penalising length on hard prompts
takes away the reasoning that they need; here only the prompts that are solved best feel it. λ = 0 is plain correctness,
λ = 1 a length penalty for all. Evidence: `benchmarks.effects.token_waiting_lengths`, a small transformer: easy answers
shrink from 10 words to 3.5 with λ = 0.5, and of the hard ones 0.92 are right, 0.68 with λ = 1; over five seeds that
difference is undecided.

Source: Dai, Liu, Si, "Stable Reinforcement Learning for Efficient Reasoning", 2025, Section 3 (GRPO-λ); the sigmoid of
the length is that of Arora, Zanette, "Training Language Models to Reason Efficiently", 2025, Equation 3.
"""

import math

import numpy as np

from rewardlab.core.arrays import Array, array, is_torch, tensor
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.responses import sigmoid


def efficient_groups(
    correct: Array, length: Array, *, share: float = 0.2, alpha: float = 0.2, floor: float = 1.0, seed: int = 0
) -> Array:
    """Rewards [P, G] of G answers to each of P prompts.

    Args:
        correct: [P, G] 0 or 1.
        length: [P, G] tokens of each answer.
        share: λ in [0, 1], of the prompts that feel the length.
        alpha: in [0, 1), the most that length can cost; a correct answer always earns more than a wrong one.
        floor: the least deviation s_q, in tokens.
        seed: breaks ties between equally correct groups.

    Raises:
        BadOption: for a share outside [0, 1] or an alpha outside [0, 1).
        BadBatch: for arrays of other or of different shapes.
    """
    if not 0.0 <= share <= 1.0 or not 0.0 <= alpha < 1.0 or not floor > 0.0:
        raise BadOption(
            f"share={share!r}, alpha={alpha!r}, floor={floor!r}",
            where="efficient_groups",
            expected="share in [0, 1], alpha in [0, 1), floor above 0",
        )
    if correct.ndim != 2 or tuple(correct.shape) != tuple(length.shape):
        raise BadBatch(
            f"correct {tuple(correct.shape)}, length {tuple(length.shape)}",
            where="efficient_groups",
            expected="both [P, G]",
        )
    right, size = array(correct).astype(np.float64), array(length).astype(np.float64)
    chosen = efficient_set(right.mean(1), share, seed=seed)
    number = np.maximum(right.sum(1, keepdims=True), 1.0)
    mean = (right * size).sum(1, keepdims=True) / number
    spread = np.sqrt((right * (size - mean) ** 2).sum(1, keepdims=True) / number)
    cost = alpha * sigmoid((size - mean) / np.maximum(spread, floor))
    paid = np.where(chosen[:, None], right * (1.0 - cost), right)
    return tensor(paid, device=correct.device) if is_torch(correct) else paid


def efficient_set(correctness: np.ndarray, share: float, *, seed: int = 0) -> np.ndarray:
    """[P] bool: the ⌈share P⌉ prompts that are solved best, of those that are solved at all; ties by chance."""
    order = np.lexsort((np.random.default_rng(seed).random(len(correctness)), -correctness))
    chosen = np.zeros(len(correctness), dtype=bool)
    chosen[order[: math.ceil(share * len(correctness) - 1e-9)]] = True
    return chosen & (correctness > 0)
