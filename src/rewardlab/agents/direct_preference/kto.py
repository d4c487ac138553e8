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

    The reference point is one number for the batch: the mean of the column `mismatched` [P], each prompt's log ratio
    h(y_j | x_i) of a response to another prompt (the paper: the next of the batch); 0 if that is negative.

    Args:
        group: single responses (G = 1) or more; desirable where the reward is above 0.
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
    point = constant(column(group, "mismatched", by="kto", axes=1)).mean()
    point = xp.where(point > 0, point, 0.0 * point)
    good = group.reward > 0
    lost = sigmoid(beta * xp.where(good, point - h, h - point))  # 1 − σ(x) = σ(−x)
    return (xp.where(good, desirable * xp.ones_like(h), undesirable * xp.ones_like(h)) * lost).mean(-1)
