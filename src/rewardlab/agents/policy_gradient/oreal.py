"""OREAL: imitation of successes, a policy gradient on failures, and token weights learned from outcomes alone.

    A_i = r_i − mean of the others,    m_t = mean_{s<=t} w_s,    w⁺ = max(2σ(m) − 1, 0),    w⁻ = max(1 − 2σ(m), 0)
    L = −Σ_right A_i Σ_t w⁺_t log π(y_t) / N_right − c Σ_wrong A_i Σ_t w⁻_t ρ_t / N_wrong + β Σ k3 / N

The best of N answers follows π exp(r/β_N)/Z with 1/β_N = log[(1 − (1−p)^N) / (p (1−p)^(N−1))], p the share of right
ones, so cloning right answers of such a sample reaches that optimum; failures need the opposite push, or the gradient
is not that of the expected reward. w_t is the output of a token reward model, `info["token_score"]` [P, G, T], which
`token_model_loss` fits to outcomes: it finds the tokens after which things went wrong. Each N counts tokens.

Source: Lyu et al., "Exploring the Limit of Outcome Reward for Learning Mathematical Reasoning", 2025, Section 3.
"""

import math

from rewardlab.agents.parts import advantage, masked, modulate, penalty, ratio, reduce
from rewardlab.agents.parts.checked import checked, column, option
from rewardlab.agents.parts.constant import constant
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Group


def oreal(group: Group, *, failures: float = 0.5, beta: float = 0.01) -> Array:
    """The loss [P] of each prompt; its mean over the prompts is the batch's.

    Args:
        group: at least two answers of each prompt, right where the reward is above 0, with the column `token_score`
            [P, G, T]. Prompts that are all right or all wrong are better left out (`parts.select.varied`).
        failures: c, the weight of the wrong ones.
        beta: β, the weight of the divergence from the reference.

    Raises:
        BadBatch: for fields that do not fit together, or one response alone.
        BadOption: for a negative number.
        MissingColumn: if there are no token scores.
    """
    checked(group, "oreal", responses=2)
    option("failures", failures, failures >= 0, by="oreal", expected="a number of at least 0")
    a, (good, bad) = advantage.leave_one_out(group), token_weights(group)
    right = (advantage.rewards(group) > 0)[..., None]
    clone = -a * good * masked.counted(group.logp, group.mask)
    push = -failures * a * bad * ratio.token(group)
    loss = reduce.per_token(clone, (group.mask != 0) & right) + reduce.per_token(push, (group.mask != 0) & ~right)
    held = penalty.to_reference(group, beta)
    return loss + reduce.per_token(held, group.mask) if beta else loss


def token_weights(group: Group) -> tuple[Array, Array]:
    """w⁺ and w⁻, [P, G, T] in 0 to 1, of which one is 0 everywhere."""
    m = modulate.running_mean(constant(column(group, "token_score", by="oreal")), group.mask)
    xp = namespace(m)
    sure = xp.tanh(0.5 * m)  # 2σ(m) − 1
    return xp.clip(sure, 0.0, None), xp.clip(-sure, 0.0, None)


def token_model_loss(score: Array, right: Array, mask: Array) -> Array:
    """The cross-entropy [P] of outcomes under σ(mean_t w_t): what the token reward model minimises.

    Args:
        score: [P, G, T] w, with gradient.
        right: [P, G], 1 or 0.
        mask: [P, G, T].
    """
    xp = namespace(score)
    m = masked.mean(score, mask)
    return (xp.log1p(xp.exp(-xp.abs(m))) + xp.clip(m, 0.0, None) - right * m).mean(-1)


def best_of_tilt(rate: float, n: int) -> float:
    """1/β_N: the best of n answers is the policy tilted by it, where a share `rate` of all answers is right.

    Raises:
        BadOption: for a rate that is not strictly between 0 and 1, or n < 1.
    """
    option("rate", rate, 0 < rate < 1, by="best_of_tilt", expected="strictly between 0 and 1")
    option("n", n, n >= 1, by="best_of_tilt", expected="at least one answer")
    return math.log(-math.expm1(n * math.log1p(-rate)) / rate) - (n - 1) * math.log1p(-rate)
