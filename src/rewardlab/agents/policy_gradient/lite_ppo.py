"""Lite PPO: the group's mean, the batch's spread, and a mean over tokens.

    A_i = (r_i − r̄) / (σ_batch + ε),    L = −(1/Σ|y|) Σ_i Σ_t min(ρ_it A_i, min(max(ρ_it, 1 − ε_c), 1 + ε_c) A_i)

Two of the many tricks suffice: the spread of one group is noise where nearly all its rewards are equal, that of the
batch is not; and tokens weigh the same.

Source: Liu et al., "Part I: Tricks or Traps? A Deep Dive into RL for LLM Reasoning", 2025, Section 5.
"""

from rewardlab.agents.parts import advantage, ratio, reduce, surrogate
from rewardlab.agents.parts.checked import checked
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group


def lite_ppo(group: Group, *, low: float = 0.2, high: float = 0.2, epsilon: float = 1e-6) -> Array:
    """The loss [P] of each prompt; its mean over the prompts is the mean over the tokens of the batch.

    Args:
        group: a few responses of each prompt.
        low, high: how far below and above 1 the ratio of a token is followed.
        epsilon: added to the standard deviation.

    Raises:
        BadBatch: for fields that do not fit together.
        BadOption: for a negative number.
    """
    checked(group, "lite_ppo")
    loss = surrogate.clip(ratio.token(group), advantage.batch_scaled(group, epsilon), low, high)
    return reduce.per_token(loss, group.mask)
