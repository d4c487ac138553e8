"""GRPO: the group is the critic.

    A_i = (r_i − r̄) / (σ + ε)
    L = −(1/G) Σ_i (1/|y_i|) Σ_t [ min(ρ_it A_i, min(max(ρ_it, 1 − ε_low), 1 + ε_high) A_i) − β k3_it ]

Rewards of one prompt are compared with one another, so no value network is needed. Long responses count as much as
short ones: each token of theirs moves less. σ is the standard deviation over the G responses (divided by G), k3 the
estimate of the divergence from the reference.

Source: Shao et al., "DeepSeekMath: Pushing the Limits of Mathematical Reasoning in Open Language Models", 2024,
Equations 3 and 4.
"""

from rewardlab.agents.parts import advantage, penalty, ratio, reduce, surrogate
from rewardlab.agents.parts.checked import checked
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group


def grpo(group: Group, *, low: float = 0.2, high: float = 0.2, beta: float = 0.0, epsilon: float = 1e-6) -> Array:
    """The loss [P] of each prompt.

    Args:
        group: a few responses of each prompt.
        low, high: how far below and above 1 the ratio of a token is followed.
        beta: β, the weight of the divergence from the reference; the paper's is 0.04. Without it no reference is read.
        epsilon: ε, added to the standard deviation; ours.

    Raises:
        BadBatch: for fields that do not fit together.
        BadOption: for a negative number.
    """
    checked(group, "grpo")
    loss = surrogate.clip(ratio.token(group), advantage.normalised(group, epsilon), low, high)
    return reduce.per_response(loss + penalty.to_reference(group, beta), group.mask)
