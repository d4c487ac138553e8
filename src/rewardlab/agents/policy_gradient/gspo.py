"""GSPO: the ratio is that of the whole response, per token.

    s_i = (π(y_i) / π_old(y_i))^(1/|y_i|),    L = −(1/G) Σ_i min(s_i A_i, min(max(s_i, 1 − ε_low), 1 + ε_high) A_i)

Ratios of single tokens are samples of one each and correct nothing; the geometric mean over a response varies little,
so the clip is narrow, and it keeps or drops whole responses. At π = π_old the gradient is GRPO's.

Source: Zheng et al., "Group Sequence Policy Optimization", 2025, Equations 5 to 7.
"""

from rewardlab.agents.parts import advantage, penalty, ratio, reduce, surrogate
from rewardlab.agents.parts.checked import checked
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group


def gspo(group: Group, *, low: float = 3e-4, high: float = 4e-4, beta: float = 0.0, epsilon: float = 1e-6) -> Array:
    """The loss [P] of each prompt.

    Args:
        group: a few responses of each prompt.
        low, high: how far below and above 1 the ratio of a response is followed.
        beta: the weight of the divergence from the reference, a mean over tokens.
        epsilon: added to the standard deviation; ours.

    Raises:
        BadBatch: for fields that do not fit together.
        BadOption: for a negative number.
    """
    checked(group, "gspo")
    loss = surrogate.clip(ratio.sequence(group), advantage.normalised(group, epsilon), low, high)
    return reduce.per_response(loss + penalty.to_reference(group, beta), group.mask)
