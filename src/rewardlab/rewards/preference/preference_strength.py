"""How strongly an ensemble stands behind each label, and what to do with labels that it doubts.

    μ_i = (2 y_i − 1) · mean_k (S¹_{k,i} − S²_{k,i})
    flip: the lowest share gets y -> 1 − y;    soften: y -> y σ(μ) + (1 − y)(1 − σ(μ));    margin: m = max(μ, 0)

Far below 0 a label is probably wrong, near 0 the pair is unclear, far above it is easy. Each function returns the pairs
with other columns, so that any model of comparisons learns from them and one change can follow another; margins are the
`strength` of `MarginBradleyTerry`. Where flips are more than wrong labels, right ones are spoiled.

Source: Wang, Zheng, Chen, Liu, Dou, Huang, Shen, Jin et al., "Secrets of RLHF in Large Language Models Part II: Reward
Modeling", arXiv 2401.06080, 2024, Section 2 (preference strength, label flipping, label smoothing, adaptive margin).
"""

import numpy as np

from rewardlab.core.arrays import Array, array, is_torch, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.rewards.preference.kernel import preference_logit
from rewardlab.rewards.preference.model import SegmentModel


def preference_gap(model: SegmentModel, pairs: Transitions) -> tuple[np.ndarray, np.ndarray]:
    """By how much the first of each pair is better.

    Args:
        model: an ensemble that was fitted to these pairs, or to others; ten members are the paper's.
        pairs: [P, 2, T].

    Returns:
        Mean and deviation [P] over the members, float64, in units of the log odds.
    """
    gaps = array(preference_logit(model.segment_scores(pairs))).astype(np.float64)
    return gaps.mean(0), gaps.std(0)


def preference_strength(pairs: Transitions, gap: np.ndarray) -> np.ndarray:
    """μ [P]: the gap in the direction of the label; 0 for a tie.

    Raises:
        BadBatch: if there is not one gap for each label.
        MissingColumn: without labels.
    """
    label = _labels(pairs)
    if np.shape(gap) != label.shape:
        raise BadBatch(f"gaps {np.shape(gap)} of labels {label.shape}", where="preference_strength", expected="[P]")
    return (2 * label - 1) * gap


def flip_weakest(pairs: Transitions, gap: np.ndarray, *, fraction: float = 0.1) -> Transitions:
    """The pairs with the labels of the lowest μ turned round.

    Args:
        pairs: [P, 2, T] with labels.
        gap: [P], see `preference_gap`.
        fraction: of the pairs, in [0, 1].

    Raises:
        BadOption: for a fraction outside [0, 1].
    """
    label, chosen = _labels(pairs), _lowest(preference_strength(pairs, gap), fraction, "flip_weakest")
    return _relabelled(pairs, np.where(chosen, 1 - label, label))


def soften_labels(pairs: Transitions, gap: np.ndarray, *, fraction: float = 0.2) -> Transitions:
    """The pairs with labels of what is nearly alike as chances: the best scores of such a pair differ by its μ.

    Args:
        pairs: [P, 2, T] with labels.
        gap: [P], see `preference_gap`.
        fraction: of the pairs, those with the smallest |μ|; 1 softens all.

    Raises:
        BadOption: for a fraction outside [0, 1].
    """
    label, strength = _labels(pairs), preference_strength(pairs, gap)
    right = 0.5 * (1 + np.tanh(strength / 2))  # σ(μ)
    chosen = _lowest(np.abs(strength), fraction, "soften_labels")
    return _relabelled(pairs, np.where(chosen, label * right + (1 - label) * (1 - right), label))


def adaptive_margins(pairs: Transitions, gap: np.ndarray) -> Transitions:
    """The pairs with the column `strength` [P] = max(μ, 0), a margin that grows with how clear a pair is."""
    margin = np.maximum(preference_strength(pairs, gap), 0.0)
    return pairs.paying(pairs.reward, strength=_like(margin, pairs.reward))


def _labels(pairs: Transitions) -> np.ndarray:
    return array(pairs.column("label", by="preference_strength")).astype(np.float64)


def _lowest(values: np.ndarray, fraction: float, where: str) -> np.ndarray:
    """Which values are the lowest share, [P] bool."""
    if not 0 <= fraction <= 1:
        raise BadOption(f"fraction={fraction!r}", where=where, expected="0 to 1")
    chosen = np.zeros(len(values), dtype=bool)
    chosen[np.argsort(values, kind="stable")[: round(fraction * len(values))]] = True
    return chosen


def _relabelled(pairs: Transitions, label: np.ndarray) -> Transitions:
    return pairs.paying(pairs.reward, label=_like(label, pairs.reward))


def _like(x: np.ndarray, like: Array) -> Array:
    return tensor(x, device=like.device) if is_torch(like) else x
