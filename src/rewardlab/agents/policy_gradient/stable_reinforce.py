"""StableReinforce: three things that keep a critic-free policy gradient from blowing up.

    ρ = exp(min(max(log π/π_old, log d_min), log d_max)),    z_i = (r_i − r̄_batch)/σ_batch,    A_i = z_i 1[|z_i| <= 3]
    L = −(1/Σ|y|) Σ_i Σ_t min(ρ_it A_i, min(max(ρ_it, 1 − ε), 1 + ε) A_i)

For A < 0 the minimum of PPO does not bound the ratio: one unlucky token gives an infinite loss. The logarithm is
clipped before the exponential, so loss and gradient are bounded and a token beyond has no gradient; single outliers of
the batch are not learned from. With ten responses or fewer in a batch there is no outlier beyond 3.

Source: Zhang et al., "R1-Reward: Training Multimodal Reward Model Through Stable Reinforcement Learning", 2025, Section
3.
"""

from rewardlab.agents.parts import advantage, ratio, reduce, surrogate
from rewardlab.agents.parts.checked import checked, option
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group


def stable_reinforce(
    group: Group,
    *,
    least: float = 1e-3,
    most: float = 1e3,
    outlier: float = 3.0,
    low: float = 0.2,
    high: float = 0.2,
    epsilon: float = 1e-6,
) -> Array:
    """The loss [P] of each prompt; its mean over the prompts is the mean over the tokens of the batch.

    Args:
        group: a few responses of each prompt.
        least, most: d_min and d_max, 0 < d_min <= 1 <= d_max.
        outlier: how many standard deviations (of the sample) from the batch's mean a reward may lie.
        low, high: how far below and above 1 the ratio of a token is followed.
        epsilon: added to the standard deviation.

    Raises:
        BadBatch: for fields that do not fit together.
        BadOption: for a number outside its range.
    """
    checked(group, "stable_reinforce")
    option("least", least, 0 < least <= 1, by="stable_reinforce", expected="above 0, at most 1")
    option("most", most, most >= 1, by="stable_reinforce", expected="at least 1")
    a = advantage.inliers(advantage.batch_normalised(group, epsilon, 1), outlier)
    loss = surrogate.clip(ratio.bounded(group, least, most), a, low, high)
    return reduce.per_token(loss, group.mask)
