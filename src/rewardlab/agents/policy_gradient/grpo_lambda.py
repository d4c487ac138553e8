"""GRPO-λ: the ratio of a token is a fading memory of those before it.

    ρ^λ_t = exp( Σ_{j≤t} W_tj (log π(y_j) − log π_old(y_j)) ),    W_tj = c^(t−j),    c = γλ
    A_i = max((r_i − r̄)/(σ + ε'), a_min)
    L = −(1/G) Σ_i (1/|y_i|) Σ_t min(ρ^λ_it A_i, min(max(ρ^λ_it, 1 − ε), 1 + ε) A_i)

The trace of TD(λ), taken over log-probabilities: what came before a token shares in its error, and all tokens are
given the group's advantage for want of a critic. Early tokens are followed by many and get up to 1/(1 − c) times the
weight of the last. `grpo_lambda_both` lets the beginning count as much as the recent past: W_tj = max(c^(t−j), c^j).
A floor under bad advantages keeps traces of failures from running away. With c = 0 it is GRPO.

Time runs over all columns, so tokens in the middle that do not count lengthen the way; `both` counts from column 0.

Source: Parthasarathi, Reymond, Chen, Cui, Chandar, "GRPO-λ: Credit Assignment Improves LLM Reasoning", 2025, Section
3.2 and Equation 2 (the weights), from descriptions of it.
"""

from rewardlab.agents.parts import advantage, penalty, ratio, reduce, surrogate
from rewardlab.agents.parts.checked import checked, option
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Group


def grpo_lambda(
    group: Group,
    *,
    decay: float = 0.99,
    low: float = 0.2,
    high: float = 0.2,
    beta: float = 0.0,
    worst: float = -0.1,
    epsilon: float = 1e-6,
) -> Array:
    """The loss [P] of each prompt, with the trace of the recent past.

    Args:
        group: a few responses of each prompt.
        decay: c = γλ, 0 to 1.
        low, high: how far below and above 1 the ratio is followed.
        beta: the weight of the divergence from the reference.
        worst: a_min, the floor under advantages; minus infinity for none.
        epsilon: added to the standard deviation; ours.

    Raises:
        BadBatch: for fields that do not fit together.
        BadOption: for a number outside its range.
    """
    option("decay", decay, 0 <= decay <= 1, by="grpo_lambda", expected="0 to 1")
    checked(group, "grpo_lambda")
    rho = ratio.trace(group, ratio.recent(group.logp.shape[-1], decay))
    return _loss(group, rho, low, high, beta, worst, epsilon)


def grpo_lambda_both(
    group: Group,
    *,
    decay: float = 0.99,
    low: float = 0.2,
    high: float = 0.2,
    beta: float = 0.0,
    worst: float = -0.1,
    epsilon: float = 1e-6,
) -> Array:
    """The loss [P] of each prompt, with a trace in which the beginning counts too; arguments as `grpo_lambda`.

    Raises:
        BadBatch: for fields that do not fit together.
        BadOption: for a number outside its range.
    """
    option("decay", decay, 0 <= decay <= 1, by="grpo_lambda_both", expected="0 to 1")
    checked(group, "grpo_lambda_both")
    rho = ratio.trace(group, ratio.both_ends(group.logp.shape[-1], decay))
    return _loss(group, rho, low, high, beta, worst, epsilon)


def _loss(group: Group, rho: Array, low: float, high: float, beta: float, worst: float, epsilon: float) -> Array:
    a = advantage.normalised(group, epsilon)
    floored = namespace(a).clip(a, worst, None) if worst > -float("inf") else a
    loss = surrogate.clip(rho, floored, low, high)
    return reduce.per_response(loss + penalty.to_reference(group, beta), group.mask)
