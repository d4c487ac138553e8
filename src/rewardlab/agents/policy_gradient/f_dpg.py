"""f-DPG: any divergence from any target is a policy gradient with a pseudo-reward.

    ∇ D_f(π ‖ p) = E_π[ f'(π(y)/p(y)) ∇ log π(y) ],    D_f(π ‖ p) = Σ_y p(y) f(π(y)/p(y))
    L = (1/G) Σ_i sg[ (π/π_old)(y_i) (f'(t_i) − b) ] log π(y_i),    t = π/p,    b the mean of f' over the prompt

The target is given by its logarithm, `info["log_target"]` [P, G], normalised: log P(y) − log Z, where `log_partition`
estimates Z. P = a exp(r/β) is reinforcement learning with a price of divergence, P = a 1[constraint] is distributional
control. The forward divergence KL(p ‖ π) covers all of the target, the reverse one seeks its modes, total variation and
Jensen-Shannon stand between.

Source: Go et al., "Aligning Language Models with Preferences through f-divergence Minimization", ICML 2023, Theorem 1
and Table 1.
"""

from collections.abc import Callable

import numpy as np

from rewardlab.agents.parts import masked, ratio
from rewardlab.agents.parts.checked import checked, column
from rewardlab.agents.parts.constant import constant
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Group


def forward_kl(log_t: Array) -> Array:
    """f' of f(t) = −log t, from log t: −1/t."""
    return -namespace(log_t).exp(-log_t)


def reverse_kl(log_t: Array) -> Array:
    """f' of f(t) = t log t, from log t: 1 + log t."""
    return 1.0 + log_t


def total_variation(log_t: Array) -> Array:
    """f' of f(t) = |1 − t|/2, from log t: sign(t − 1)/2."""
    return 0.5 * namespace(log_t).sign(log_t)


def jensen_shannon(log_t: Array) -> Array:
    """f' of f(t) = (t log t − (t + 1) log((t + 1)/2))/2, from log t: log(2t/(t + 1))/2."""
    xp = namespace(log_t)
    low = xp.where(log_t < 0, log_t, xp.zeros_like(log_t))  # log(t/(t + 1)) = min(log t, 0) − log(1 + e^−|log t|)
    return 0.5 * (np.log(2.0) + low - xp.log1p(xp.exp(-xp.abs(log_t))))


def f_dpg(group: Group, *, slope: Callable[[Array], Array] = jensen_shannon) -> Array:
    """The loss [P] of each prompt.

    Args:
        group: with the column `log_target` [P, G], log p(y).
        slope: f' as a function of log t.

    Raises:
        BadBatch: for fields that do not fit together.
        MissingColumn: if there is no target.
    """
    checked(group, "f_dpg")
    target = constant(column(group, "log_target", by="f_dpg", axes=2))
    logp = masked.total(group.logp, group.mask)
    slopes = slope(constant(logp) - target)
    weight = constant(ratio.product(group))[..., 0]
    return (weight * (slopes - slopes.mean(-1)[..., None]) * logp).mean(-1)


def log_partition(log_unnormalised: Array, log_sampler: Array) -> Array:
    """log of the mean of P(y)/q(y) over samples y of q, both [..., G] -> [...]: an estimate of log Z."""
    xp = namespace(log_unnormalised)
    d = log_unnormalised - log_sampler
    top = xp.max(d, axis=-1, keepdims=True)
    return xp.log(xp.exp(d - top).mean(-1)) + top[..., 0]
