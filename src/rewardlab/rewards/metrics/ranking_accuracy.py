"""Ranking accuracy of a policy, and what it could be.

    RA = mean 1[log π(y_w) > log π(y_l)]
    RA* = mean 1[log π_ref(y_w) − log π_ref(y_l) + log(α / (1 − α)) / β > 0]
    a pair that the reference gets wrong by c nats is right  ⇔  its DPO loss <= −log σ(β c)

The optimum of preference learning moves the reference's own ranking by log-odds over β, and no further: RA* is what a
perfect learner attains, the gap RA* − RA what training has left undone, and the last line why a low mean loss hides it.

Source: Chen, Malladi, Zhang, Chen, Zhang, Ranganath, Cho, "Preference Learning Algorithms Do Not Learn Preference
Rankings", NeurIPS 2024, Definitions 2.2 and 3.1, Theorem 4.1.
"""

import numpy as np

from rewardlab.core.errors import BadBatch, BadOption


def ranking_accuracy(
    winner: np.ndarray, loser: np.ndarray, *, lengths: tuple[np.ndarray, np.ndarray] | None = None
) -> float:
    """The share of pairs that a policy ranks right, in 0..1; equals count as wrong.

    Args:
        winner, loser: [B] log-probabilities of the preferred and of the other response.
        lengths: [B] of both, to compare log-probabilities per token.

    Raises:
        BadBatch: for no pairs, or of different lengths.
    """
    w, l = _pairs(winner, loser)  # noqa: E741
    if lengths is not None:
        w, l = w / np.asarray(lengths[0]), l / np.asarray(lengths[1])  # noqa: E741
    return float((w > l).mean())


def ideal_ranking_accuracy(
    reference_winner: np.ndarray, reference_loser: np.ndarray, agreement: np.ndarray, *, beta: float
) -> float:
    """RA*: what the optimum of DPO or RLHF attains.

    Args:
        reference_winner, reference_loser: [B] log-probabilities under the reference.
        agreement: [B] α, the share of people who prefer the winner; 1 makes any pair right.
        beta: of the objective, > 0.

    Raises:
        BadBatch: for no pairs, of different lengths, or an agreement outside [0, 1].
        BadOption: for a beta that is not positive.
    """
    w, l = _pairs(reference_winner, reference_loser)  # noqa: E741
    alpha = np.asarray(agreement, dtype=np.float64)
    if alpha.shape != w.shape or not ((alpha >= 0) & (alpha <= 1)).all():
        raise BadBatch("agreement", where="ideal_ranking_accuracy", expected="[B] in 0..1")
    if not beta > 0:
        raise BadOption(f"beta={beta!r}", where="ideal_ranking_accuracy", expected="a number above 0")
    with np.errstate(divide="ignore"):
        odds = np.log(alpha) - np.log1p(-alpha)
    return float((w - l + odds / beta > 0).mean())


def alignment_gap(
    winner: np.ndarray,
    loser: np.ndarray,
    reference_winner: np.ndarray,
    reference_loser: np.ndarray,
    agreement: np.ndarray,
    *,
    beta: float,
) -> float:
    """RA* − RA: the share of pairs that a perfect learner would rank right and this policy does not, on balance."""
    ideal = ideal_ranking_accuracy(reference_winner, reference_loser, agreement, beta=beta)
    return ideal - ranking_accuracy(winner, loser)


def dpo_loss(
    winner: np.ndarray, loser: np.ndarray, reference_winner: np.ndarray, reference_loser: np.ndarray, *, beta: float
) -> np.ndarray:
    """The DPO loss [B] of each pair, −log σ(β × the margin of log-ratios); log 2 where the policy is the reference."""
    w, l = _pairs(winner, loser)  # noqa: E741
    u, v = _pairs(reference_winner, reference_loser)
    return np.logaddexp(0.0, -beta * ((w - u) - (l - v)))


def flip_threshold(reference_winner: np.ndarray, reference_loser: np.ndarray, *, beta: float) -> np.ndarray:
    """The loss [B] below which a pair is ranked right: −log σ(β c), c how wrong the reference is, in nats."""
    w, l = _pairs(reference_winner, reference_loser)  # noqa: E741
    return np.logaddexp(0.0, -beta * (l - w))


def _pairs(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.ndim != 1 or a.shape != b.shape or not len(a):
        raise BadBatch(f"{a.shape} and {b.shape}", where="ranking accuracy", expected="[B] of both, B >= 1 pairs")
    return a, b
