"""P3O: pairs of responses, of which only the difference in reward counts.

    R_i = r_i − β log π_old(y_i)/π_ref(y_i),    D_ij = R_i − R_j,    w_i = π(y_i)/π_old(y_i)
    κ(w) = min(max(w, 1 − ε), 1 + ε)
    separate  L = −(1/G) Σ_i (1/(G−1)) Σ_{j≠i} min(w_i D_ij, κ(w_i) D_ij)
    joint     L = −mean over pairs, D_ij >= 0, of sg[min(w_i w_j, κ(w_i w_j)) D_ij] log(π(y_i)/π(y_j)) / 2

A reward model from comparisons knows rewards up to a number of each prompt: adding any c(x) changes nothing here. At
π = π_old both gradients are that of RLOO. The joint form has one bounded coefficient for each pair, written for the
better response first: the other order would bound it from below instead.

Source: Wu, Zhu, Zhang, Wen, Ramchandran, Jiao, "Pairwise Proximal Policy Optimization: Harnessing Relative Feedback for
LLM Alignment", 2023, Section 4.
"""

from rewardlab.agents.parts import advantage, masked, penalty, ratio
from rewardlab.agents.parts.checked import checked, option
from rewardlab.agents.parts.constant import constant
from rewardlab.agents.parts.surrogate import clip
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Group


def p3o_separate(group: Group, *, beta: float = 0.05, epsilon: float = 0.2) -> Array:
    """The loss [P] of each prompt, with the ratio of each response clipped by itself.

    Args:
        group: at least two responses of each prompt.
        beta: β, what a nat of divergence from the reference costs.
        epsilon: how far from 1 a ratio is followed.

    Raises:
        BadBatch: for fields that do not fit together, or one response alone.
        BadOption: for a negative number.
    """
    checked(group, "p3o_separate", responses=2)
    g = group.reward.shape[-1]
    loss = clip(ratio.product(group), _differences(group, beta), epsilon, epsilon)  # [P, G, G], 0 on the diagonal
    return loss.sum((-1, -2)) / (g * (g - 1))


def p3o_joint(group: Group, *, beta: float = 0.05, epsilon: float = 0.2) -> Array:
    """The loss [P] of each prompt, with one clipped ratio for each pair; arguments as `p3o_separate`.

    Raises:
        BadBatch: for fields that do not fit together, or one response alone.
        BadOption: for a number outside its range.
    """
    checked(group, "p3o_joint", responses=2)
    option("epsilon", epsilon, epsilon >= 0, by="p3o_joint", expected="a number of at least 0")
    xp = namespace(group.logp)
    g = group.reward.shape[-1]
    d = _differences(group, beta)
    w = constant(ratio.product(group))
    both = w * xp.matrix_transpose(w)
    coefficient = xp.minimum(both, xp.clip(both, 1.0 - epsilon, 1.0 + epsilon)) * xp.clip(d, 0.0, None)
    logp = masked.total(group.logp, group.mask)[..., None]
    return -(coefficient * (logp - xp.matrix_transpose(logp))).sum((-1, -2)) / (g * (g - 1))


def _differences(group: Group, beta: float) -> Array:
    """D, [P, G, G]."""
    r = advantage.rewards(penalty.charged(group, beta))
    return r[..., :, None] - r[..., None, :]
