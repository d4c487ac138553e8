"""Dr. GRPO: GRPO without its two divisions.

    A_i = r_i − r̄
    L = −(1/G) Σ_i (1/n) Σ_t [ min(ρ_it A_i, min(max(ρ_it, 1 − ε_low), 1 + ε_high) A_i) − β k3_it ]

Dividing by a response's own length makes long wrong answers cheap, and dividing by the spread of the rewards favours
prompts that are nearly always or nearly never solved. Without both the gradient at π = π_old is (G − 1)/G times that
of the expected reward, divided by n.

Source: Liu et al., "Understanding R1-Zero-Like Training: A Critical Perspective", COLM 2025, Section 3.2.
"""

from rewardlab.agents.parts import advantage, penalty, ratio, reduce, surrogate
from rewardlab.agents.parts.checked import checked, option
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group


def dr_grpo(group: Group, *, low: float = 0.2, high: float = 0.2, beta: float = 0.0, length: float = 1.0) -> Array:
    """The loss [P] of each prompt.

    Args:
        group: a few responses of each prompt.
        low, high: how far below and above 1 the ratio of a token is followed.
        beta: β, the weight of the divergence from the reference.
        length: n > 0, one constant for all responses, such as the longest that is allowed; 1 sums, as in the equation.

    Raises:
        BadBatch: for fields that do not fit together.
        BadOption: for a number outside its range.
    """
    checked(group, "dr_grpo")
    option("length", length, length > 0, by="dr_grpo", expected="a number above 0")
    loss = surrogate.clip(ratio.token(group), advantage.centred(group), low, high)
    return reduce.constant_length(loss + penalty.to_reference(group, beta), group.mask, length)
