"""DAPO: GRPO with more room upwards, and every token of the batch with the same weight.

    L = −(1/Σ_i |y_i|) Σ_i Σ_t min(ρ_it A_i, min(max(ρ_it, 1 − ε_low), 1 + ε_high) A_i),    ε_low < ε_high

The higher upper clip lets unlikely tokens grow, which keeps entropy. The mean over tokens is taken over the whole
batch, as is usual; the paper writes it for one prompt. Its other two parts stand outside the loss: prompts of equal
rewards are left out (`parts.select.varied`, before sampling goes on), and cut-off responses are not learned from
(`parts.select.overlong`).

Source: Yu et al., "DAPO: An Open-Source LLM Reinforcement Learning System at Scale", NeurIPS 2025, Equation 8.
"""

from rewardlab.agents.parts import advantage, ratio, reduce, surrogate
from rewardlab.agents.parts.checked import checked
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group


def dapo(group: Group, *, low: float = 0.2, high: float = 0.28, epsilon: float = 1e-6) -> Array:
    """The loss [P] of each prompt; its mean over the prompts is the mean over the tokens of the batch.

    Args:
        group: a few responses of each prompt.
        low, high: how far below and above 1 the ratio of a token is followed.
        epsilon: added to the standard deviation; ours.

    Raises:
        BadBatch: for fields that do not fit together.
        BadOption: for a negative number.
    """
    checked(group, "dapo")
    loss = surrogate.clip(ratio.token(group), advantage.normalised(group, epsilon), low, high)
    return reduce.per_token(loss, group.mask)
