"""Scores: how much a policy is for a response, read from the log-probabilities of its tokens.

    log ratio     h = Σ_t log π(y_t) / π_ref(y_t)           the implicit reward over β
    likelihood    Σ_t log π(y_t), or its mean over tokens    without a reference
    weighted      Σ_t w_t log π(y_t) / π_ref(y_t)
    discounted    Σ_t γ^t log π(y_t)                         t counts the tokens that count
    f′(e^h)       reverse KL h + 1, forward KL −e^(−h), Jensen-Shannon log 2 − log(1 + e^(−h)),
                  α (1 − e^(−αh)) / α, χ² mixed with reverse KL e^h + h

The last row is what stands in the place of h where the policy is held near its reference by another divergence
D_f = E_ref f(π / π_ref). Scores are [P, G].

Source: Wang, Jiang, Yang, Liu, Chen, "Beyond Reverse KL: Generalizing Direct Preference Optimization with Diverse
Divergence Constraints", ICLR 2024, Table 1; Huang, Zhan, Xie, et al., "Correcting the Mythos of KL-Regularization:
Direct Alignment without Overoptimization via Chi-Squared Preference Optimization", ICLR 2025, Algorithm 1 (χ²).
"""

import math

import numpy as np

from rewardlab.agents.parts.constant import constant
from rewardlab.agents.parts.masked import counted, mean, total
from rewardlab.agents.parts.stable import growing, softplus
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Group
from rewardlab.core.errors import BadOption

# -- sums over the tokens of a response ------------------------------------------------------------------------------


def likelihood(group: Group) -> Array:
    """log π(y) [P, G]."""
    return total(group.logp, group.mask)


def mean_likelihood(group: Group) -> Array:
    """The mean of log π over the tokens of a response, [P, G]."""
    return mean(group.logp, group.mask)


def token_ratio(group: Group) -> Array:
    """log π / π_ref of each token, [P, G, T]; 0 where the mask is 0. The reference takes no gradient."""
    return counted(group.logp, group.mask) - constant(counted(group.ref_logp, group.mask))


def log_ratio(group: Group) -> Array:
    """h = log π(y) / π_ref(y), [P, G]."""
    return token_ratio(group).sum(-1)


def mean_ratio(group: Group) -> Array:
    """h over the number of tokens, [P, G]."""
    return mean(token_ratio(group), group.mask)


def weighted_ratio(group: Group, weight: Array) -> Array:
    """Σ_t w_t log π / π_ref, [P, G], with weights [P, G, T]; those of padding are not looked at."""
    return total(token_ratio(group) * counted(weight, group.mask), group.mask)


def discounted(group: Group, gamma: float) -> Array:
    """Σ_t γ^t log π(y_t) [P, G]; t is 0 at the first token that counts."""
    if gamma == 1.0:
        return likelihood(group)
    xp = namespace(group.logp)
    one = xp.ones_like(group.logp)
    time = xp.cumulative_sum(counted(one, group.mask), axis=-1) - counted(one, group.mask)  # tokens that count before
    return total(counted(group.logp, group.mask) * gamma**time, group.mask)


# -- derivatives of divergences, as functions of h = log(π / π_ref) --------------------------------------------------


def reverse_kl(h: Array) -> Array:
    """f(u) = u log u: f′ = h + 1."""
    return h + 1.0


def forward_kl(h: Array) -> Array:
    """f(u) = −log u: f′ = −e^(−h); below h = −20 the tangent."""
    return -growing(-h)


def jensen_shannon(h: Array) -> Array:
    """f(u) = u log u − (1 + u) log((1 + u) / 2): f′ = log 2 − log(1 + e^(−h))."""
    return math.log(2.0) - softplus(-h)


def alpha_divergence(h: Array, *, alpha: float = 0.5) -> Array:
    """f′ = (1 − e^(−αh)) / α, between the reverse KL (α → 0) and the forward KL (α = 1); below αh = −20 the tangent.

    Raises:
        BadOption: for an alpha outside (0, 1].
    """
    if not (isinstance(alpha, (int, float, np.number)) and 0 < alpha <= 1):
        raise BadOption(f"alpha={alpha!r}", where="alpha_divergence", expected="a number in (0, 1]", mend="alpha=0.5")
    xp = namespace(h)
    x = -alpha * h
    near = xp.where(xp.abs(x) < 1.0, x, xp.zeros_like(x))  # expm1 keeps the digits of small ones
    return -xp.where(xp.abs(x) < 1.0, xp.expm1(near), growing(x) - 1.0) / alpha


def chi_squared(h: Array, *, weight: float = 1.0) -> Array:
    """f(u) = weight (u − 1)² / 2 + u log u: f′ = weight e^h + h, up to a constant; above h = 20 the tangent."""
    return weight * growing(h) + h
