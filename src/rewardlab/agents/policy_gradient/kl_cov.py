"""KL-Cov: the tokens that would lower the entropy most are held near the policy that sampled them.

    C_t = (log π(y_t) − mean)(A − mean),    L = GRPO's + β k_t for the ⌊f N⌋ tokens of largest C,  N tokens in the batch
    k_t = ρ_t − 1 − log ρ_t,    E_old[k] = KL(π_old ‖ π)

All other tokens are left alone, so the pull costs little. With f = 0 it is GRPO to the bit. The paper has no clip
(`low=inf, high=inf`) and |log ρ| in the place of k.

Source: Cui et al., "The Entropy Mechanism of Reinforcement Learning for Reasoning Language Models", 2025, Section 4.
"""

from rewardlab.agents.parts import advantage, masked, modulate, penalty, ratio, reduce, surrogate
from rewardlab.agents.parts.checked import checked, option
from rewardlab.agents.parts.constant import constant
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group


def kl_cov(
    group: Group,
    *,
    fraction: float = 2e-3,
    beta: float = 1.0,
    low: float = 0.2,
    high: float = 0.2,
    epsilon: float = 1e-6,
) -> Array:
    """The loss [P] of each prompt.

    Args:
        group: a few responses of each prompt.
        fraction: f, the share of all tokens that is held; the paper's, for batches of millions.
        beta: β, how strongly.
        low, high: how far below and above 1 the ratio of a token is followed.
        epsilon: added to the standard deviation.

    Raises:
        BadBatch: for fields that do not fit together.
        BadOption: for a number outside its range.
    """
    checked(group, "kl_cov")
    option("fraction", fraction, 0 <= fraction <= 1, by="kl_cov", expected="0 to 1")
    option("beta", beta, beta >= 0, by="kl_cov", expected="a number of at least 0")
    a = advantage.normalised(group, epsilon)
    loss = surrogate.clip(ratio.token(group), a, low, high)
    number = int(fraction * float((group.mask != 0).sum()))
    if number:
        held = modulate.largest(modulate.covariance(group.logp, a, group.mask), group.mask, number)
        loss = loss + beta * masked.counted(penalty.k3(constant(group.old_logp), group.logp, group.mask), held)
    return reduce.per_response(loss, group.mask)
