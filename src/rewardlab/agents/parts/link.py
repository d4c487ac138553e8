"""Links: what a margin costs.

    logistic      −log σ(m)                              DPO
    soft          −q log σ(m) − (1 − q) log σ(−m)        cDPO: q = 1 − ε; its minimum is at σ(m) = q
    debiased      [(1 − ε) ℓ(m) − ε ℓ(−m)] / (1 − 2ε)    rDPO: the logistic loss on average over flipped labels
    hinge         max(0, δ − m)                          SLiC
    squared       (m − δ)²                               IPO, REBEL
    exponential   exp(−m)

A margin m says by how much the policy prefers the better response. Each function maps margins of any shape to losses
of that shape, and none overflows.

Source: Tang, Guo, Zheng, et al., "Generalized Preference Optimization: A Unified Approach to Offline Alignment", ICML
2024; Chowdhury, Kini, Natarajan, "Provably Robust DPO: Aligning Language Models with Noisy Feedback", ICML 2024,
Section 3 (debiased).
"""

import math

import numpy as np

from rewardlab.agents.parts.stable import growing, softplus
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.errors import BadOption


def logistic(margin: Array) -> Array:
    """−log σ(m)."""
    return softplus(-margin)


def soft(margin: Array, label: Array | float) -> Array:
    """−q log σ(m) − (1 − q) log σ(−m).

    Args:
        margin: any shape.
        label: q, the probability that the first is the better one, a number or of the margin's shape.
    """
    return label * softplus(-margin) + (1.0 - label) * softplus(margin)


def debiased(margin: Array, flip: float) -> Array:
    """The loss whose mean over labels that are flipped with probability ε is the logistic loss of the true label.

    Raises:
        BadOption: for a `flip` outside [0, 1/2): at 1/2 labels say nothing.
    """
    if not (isinstance(flip, (int, float, np.number)) and 0 <= flip < 0.5 and math.isfinite(flip)):
        raise BadOption(f"flip={flip!r}", where="debiased", expected="a probability in [0, 1/2)", mend="flip=0.1")
    return ((1.0 - flip) * softplus(-margin) - flip * softplus(margin)) / (1.0 - 2.0 * flip)


def hinge(margin: Array, gap: float = 1.0) -> Array:
    """max(0, δ − m)."""
    xp = namespace(margin)
    return xp.where(margin < gap, gap - margin, xp.zeros_like(margin))


def squared(margin: Array, target: Array | float) -> Array:
    """(m − δ)²."""
    return (margin - target) ** 2


def exponential(margin: Array) -> Array:
    """exp(−m); below m = −20 its tangent."""
    return growing(-margin)
