"""STEER: tokens whose update would change the entropy most are followed less.

    Ω_t = (A_t / p_old) p (1 − p) (log p + H_t)
    w_t = w_max − (w_max − w_min) (|Ω_t| − min |Ω|)/(max |Ω| − min |Ω|),    over the tokens of the batch
    L   = −(1/Σ|y|) Σ_i Σ_t w_it min(ρ_it A_i, clipped ρ_it A_i),    at most −c A_i for A_i < 0

−Ω estimates the first-order change of the entropy H_t of the choice of token t when a step is taken on it: raising what
is likely already (log p + H > 0) lowers the entropy, raising what is unlikely lifts it, and a negative advantage turns
both round. All weights are numbers without gradient; where all |Ω| are equal they are (w_max + w_min)/2.

Source: Hao et al., "Rethinking Entropy Interventions in RLVR: An Entropy Change Perspective", 2025, Section 4.
"""

from rewardlab.agents.parts import advantage, masked, modulate, ratio, reduce, surrogate
from rewardlab.agents.parts.checked import checked, column, option
from rewardlab.agents.parts.constant import constant
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Group


def steer(
    group: Group,
    *,
    least: float = 0.8,
    most: float = 1.2,
    low: float = 0.2,
    high: float = 0.28,
    dual: float = 3.0,
    epsilon: float = 1e-6,
) -> Array:
    """The loss [P] of each prompt; its mean over the prompts is the mean over the tokens of the batch.

    Args:
        group: with the column `entropy` [P, G, T] in nats.
        least, most: w_min and w_max, 0 <= w_min <= w_max.
        low, high: how far below and above 1 the ratio of a token is followed.
        dual: c > 1, what bounds the loss of a token with a negative advantage.
        epsilon: added to the standard deviation.

    Raises:
        BadBatch: for fields that do not fit together.
        BadOption: for a number outside its range.
        MissingColumn: if there is no entropy.
    """
    checked(group, "steer")
    option("least", least, 0 <= least <= most, by="steer", expected=f"from 0 to most={most!r}")
    option("dual", dual, dual > 1, by="steer", expected="a number above 1")
    a = advantage.normalised(group, epsilon)
    size = abs(entropy_change(group, a))
    smallest, largest = modulate.extremes(size, group.mask)
    xp = namespace(size)
    spread = largest - smallest
    share = xp.where(spread > 0, (size - smallest) / xp.where(spread > 0, spread, 1.0 + 0 * spread), 0.5 + 0 * size)
    loss = surrogate.dual_clip(ratio.token(group), a, low, high, dual)
    return reduce.per_token((most - (most - least) * share) * loss, group.mask)


def entropy_change(group: Group, a: Array) -> Array:
    """Ω [P, G, T] for advantages a, a number without gradient; 0 on padding."""
    xp = namespace(group.logp)
    logp = constant(masked.counted(group.logp, group.mask))
    entropy = constant(masked.counted(column(group, "entropy", by="steer"), group.mask))
    rho = constant(ratio.token(group))  # p / p_old
    return masked.counted(a * rho * (1.0 - xp.exp(logp)) * (logp + entropy), group.mask)
