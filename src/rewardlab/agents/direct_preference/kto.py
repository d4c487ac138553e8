"""Kahneman-Tversky optimisation.

    L = λ_D [1 − σ(β (h(y) − z₀))]   for a desirable response,
        λ_U [1 − σ(β (z₀ − h(y)))]   for an undesirable one,
    h(y) = log π(y | x) / π_ref(y | x),    z₀ = KL(π ‖ π_ref) ≈ max(0, mean of h over mismatched pairs (x_i, y_j))

Learns from single responses that are called good or bad, with the shape of human utility: what is won or lost counts
from a reference point z₀, and ever less far from it. No gradient goes through z₀.

Source: Ethayarajh, Xu, Muennighoff, Jurafsky, Kiela, "KTO: Model Alignment as Prospect Theoretic Optimization", ICML
2024, Section 4.1.
"""

from rewardlab.agents.parts.checked import checked, column
from rewardlab.agents.parts.constant import constant
from rewardlab.agents.parts.ranges import above_0, at_least_0
from rewardlab.agents.parts.score import log_ratio
from rewardlab.agents.parts.stable import sigmoid
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Group


def kto(group: Group, *, beta: float = 0.1, desirable: float = 1.0, undesirable: float = 1.0) -> Array:
    """The value that is lost, on average over the responses of a prompt, [P].

    The reference point is one number for the batch: the mean of h over the responses that the column `mismatched`
    [P, G] marks by a weight above 0. These are responses to other prompts (the paper: that of the next of the batch),
    and take no gradient. If their mean is negative, or there is none, the point is 0.

    Args:
        group: of each prompt one response or more, desirable where the reward is above 0, and mismatched ones.
        beta: β > 0.
        desirable: λ_D >= 0.
        undesirable: λ_U >= 0; λ_D n_D / (λ_U n_U) should lie in 1..4/3 for n_D good and n_U bad responses.

    Raises:
        BadBatch: for fields that do not fit.
        BadOption: for a number outside its range.
        MissingColumn: without `mismatched`.
    """
    above_0("kto", beta=beta)
    at_least_0("kto", desirable=desirable, undesirable=undesirable)
    h = log_ratio(checked(group, "kto"))
    xp = namespace(h)
    one, zero = xp.ones_like(h), xp.zeros_like(h)
    weight = constant(column(group, "mismatched", by="kto", axes=2)) * one
    point = _mean(constant(h), weight)
    point = xp.where(point > 0, point, 0.0 * point)
    good = group.reward > 0
    lost = sigmoid(beta * xp.where(good, point - h, h - point))  # 1 − σ(x) = σ(−x)
    lost = xp.where(good, desirable * one, undesirable * one) * lost
    own = xp.where(weight > 0, zero, one)
    return (own * lost).sum(-1) / xp.where(own.sum(-1) == 0, one[..., 0], own.sum(-1))


def _mean(x: Array, weight: Array) -> Array:
    """Σ w x / Σ w over the batch; 0 if nothing weighs."""
    whole = weight.sum()
    return (weight * x).sum() / namespace(x).where(whole == 0, 1.0 + 0.0 * whole, whole)
