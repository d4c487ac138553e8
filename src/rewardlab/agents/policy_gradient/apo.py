"""APO: right answers are held by the difficulty of the prompt, wrong ones are pushed harder the longer they are.

    d = share of wrong answers,    w_i = 1 − exp(−e (1 − d)) if A_i > 0 and 0 < d < 1, else 1
    v_i = 2 − b^(−δ_i) if y_i is wrong and δ_i > 0, else 1,    δ_i = |y_i| − mean length of the right answers
    L = −(1/G) Σ_i (1/|y_i|) Σ_t [ min(ρ_it v_i A_i, clipped ρ_it v_i A_i) − β w_i k3_it ]

A rare success on a hard prompt is hardly drawn back to the reference, a success on an easy prompt is, which keeps the
entropy up. Wrong answers that ramble get at most twice their push; short ones are left to explore. Groups that are all
right or all wrong are those of GRPO. An answer is right where its reward is above 0.

Source: Hong et al., "APO: Enhancing Reasoning Ability of MLLMs via Asymmetric Policy Optimization", 2025, Section 3.
"""

import math

from rewardlab.agents.parts import advantage, penalty, ratio, reduce, surrogate
from rewardlab.agents.parts.checked import checked, option
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Group


def apo(
    group: Group,
    *,
    beta: float = 0.01,
    base: float = 1.00001,
    low: float = 0.2,
    high: float = 0.2,
    epsilon: float = 1e-6,
) -> Array:
    """The loss [P] of each prompt.

    Args:
        group: answers that are right where the reward is above 0.
        beta: β, the weight of the divergence from the reference.
        base: b >= 1, for answers of about a thousand tokens; 1.03 halves b^(−δ) at 25 tokens.
        low, high: how far below and above 1 the ratio of a token is followed.
        epsilon: added to the standard deviation.

    Raises:
        BadBatch: for fields that do not fit together.
        BadOption: for a number outside its range.
    """
    checked(group, "apo")
    option("base", base, base >= 1, by="apo", expected="a number of at least 1")
    a = advantage.normalised(group, epsilon)
    loss = surrogate.clip(ratio.token(group), a * longer(group, base)[..., None], low, high)
    held = easier(group, a[..., 0])[..., None] * penalty.to_reference(group, beta)
    return reduce.per_response(loss + held, group.mask)


def easier(group: Group, a: Array) -> Array:
    """w, [P, G], for advantages a [P, G]: how much each answer is drawn to the reference."""
    xp = namespace(a)
    solved = _right(group).mean(-1)[..., None] + xp.zeros_like(a)
    return xp.where((a > 0) & (solved > 0) & (solved < 1), 1.0 - xp.exp(-math.e * solved), xp.ones_like(a))


def longer(group: Group, base: float) -> Array:
    """v, [P, G]: how much harder each answer is pushed."""
    right = _right(group)
    xp = namespace(right)
    length, number = (group.mask != 0).sum(-1) + xp.zeros_like(right), right.sum(-1)[..., None]
    excess = length - (right * length).sum(-1)[..., None] / xp.clip(number, 1.0, None)
    push = (right == 0) & (excess > 0) & (number > 0)
    return xp.where(push, 2.0 - base ** -xp.where(push, excess, xp.zeros_like(excess)), xp.ones_like(right))


def _right(group: Group) -> Array:
    r = advantage.rewards(group)
    xp = namespace(r)
    return xp.where(r > 0, xp.ones_like(r), xp.zeros_like(r))
