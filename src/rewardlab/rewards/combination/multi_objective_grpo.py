"""Multi-objective group-relative advantages.

    combined     A_i = (R_i − mean R) / (std R + ε),    R_i = Σ_k w_k s_k,i
    separate     A_i = Σ_k w_k (s_k,i − mean s_k) / (std s_k + ε)
    fixed point of the first under β KL(π ‖ π_ref):    π ∝ π_ref exp(R / (β σ_π)),    σ_π = std of R under π

Several scores become one advantage without a value network. The paper weights first and normalises then, so that a
score on a larger scale counts for more; normalising each score first makes the scales irrelevant. Dividing by the
deviation turns β into β σ_π: for a small β no mixed policy holds itself up, and the policy collapses to the best
response. Where that begins depends on the rewards: with ten uniform ones between β = 0.5 and 1.2, not always at 1.

Source: Li et al., "Optimizing Safe and Aligned Language Generation: A Multi-Objective GRPO Approach", arXiv 2503.21819,
2025; Shao et al., "DeepSeekMath: Pushing the Limits of Mathematical Reasoning in Open Language Models", 2024 (group
advantages).
"""

from collections.abc import Sequence

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.errors import BadOption
from rewardlab.rewards.combination.vectors import checked_simplex, dot


def combine_then_normalise(
    scores: Array, weights: Sequence[float], *, probability: Array | None = None, epsilon: float = 1e-8
) -> Array:
    """Advantages of the weighted sum: changed by any rescaling of one score.

    Args:
        scores: [P, G, K], K scores of G responses to each prompt; any axes may stand before G. NumPy or torch.
        weights: K shares, not negative, that sum to 1.
        probability: [P, G], how likely each response is, where the group is a whole table and no sample; equal if not
            given.
        epsilon: added to the deviation.

    Returns:
        [P, G]; NaN in a score shows in its whole group.

    Raises:
        BadOption: for other weights, or another number of them.
    """
    parts, shares = _scores(scores, weights, "combine_then_normalise")
    return _standardised(dot(shares, parts), probability, epsilon)


def normalise_then_combine(
    scores: Array, weights: Sequence[float], *, probability: Array | None = None, epsilon: float = 1e-8
) -> Array:
    """The weighted sum of each score's own advantages: the same for a s_k + b with a > 0.

    Args:
        scores, weights, probability, epsilon: as in `combine_then_normalise`.

    Returns:
        [P, G].

    Raises:
        BadOption: for other weights, or another number of them.
    """
    parts, shares = _scores(scores, weights, "normalise_then_combine")
    return dot(shares, [_standardised(s, probability, epsilon) for s in parts])


def _scores(scores: Array, weights: Sequence[float], where: str) -> tuple[list[Array], tuple[float, ...]]:
    shares = checked_simplex(weights, where=where)
    if scores.ndim < 2 or scores.shape[-1] != len(shares):
        raise BadOption(
            f"scores of shape {tuple(scores.shape)} with {len(shares)} weights",
            where=where,
            expected="[P, G, K] and K weights",
        )
    return [scores[..., k] for k in range(len(shares))], shares


def _standardised(x: Array, probability: Array | None, epsilon: float) -> Array:
    """(x − mean) / (std + ε) along the last axis."""
    xp = namespace(x)
    p = xp.ones_like(x) / x.shape[-1] if probability is None else probability
    centred = x - xp.sum(p * x, axis=-1, keepdims=True)
    return centred / (xp.sqrt(xp.sum(p * centred * centred, axis=-1, keepdims=True)) + epsilon)
