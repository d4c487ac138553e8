"""PPO on tokens: a clipped ratio times an advantage that a critic has estimated.

    L = −(1/Σ|y|) Σ_i Σ_t min(ρ_it A_it, min(max(ρ_it, 1 − ε_low), 1 + ε_high) A_it)

The advantages of tokens come from the loop, which holds the values and the discounts: `info["advantage"]`. The values
have a loss of their own there. Every token of the batch weighs the same.

Source: Schulman, Wolski, Dhariwal, Radford, Klimov, "Proximal Policy Optimization Algorithms", 2017, Equation 7;
Ouyang et al., "Training Language Models to Follow Instructions with Human Feedback", NeurIPS 2022, Appendix C (tokens
as steps).
"""

from rewardlab.agents.parts import ratio, reduce, surrogate
from rewardlab.agents.parts.checked import checked, column
from rewardlab.agents.parts.constant import constant
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group


def ppo(group: Group, *, low: float = 0.2, high: float = 0.2) -> Array:
    """The loss [P] of each prompt.

    Args:
        group: with the column `advantage` [P, G, T].
        low, high: ε, how far below and above 1 the ratio is followed.

    Raises:
        BadBatch: for fields that do not fit together.
        BadOption: for a negative number.
        MissingColumn: if there are no advantages.
    """
    checked(group, "ppo")
    a = constant(column(group, "advantage", by="ppo"))
    return reduce.per_token(surrogate.clip(ratio.token(group), a, low, high), group.mask)
