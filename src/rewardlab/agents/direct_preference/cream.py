"""Consistency-regularised self-rewarding.

    L = C ℓ(m) + (1 − C) ℓ(−m),    C = (1 + mean of Kendall's τ) / 2,    m = β [h(y_w) − h(y_l)]

A model that ranks its own responses is believed as far as its last iterate ranked them alike: the smallest loss has
m = log C/(1 − C), so that C = 1 is DPO and C = ½ teaches nothing.

Source: Wang, He, Liang, et al., "CREAM: Consistency Regularized Self-Rewarding Language Models", ICLR 2025, Algorithm
1.
"""

from rewardlab.agents.parts import link
from rewardlab.agents.parts.checked import checked, column
from rewardlab.agents.parts.compare import differences, pair
from rewardlab.agents.parts.constant import constant
from rewardlab.agents.parts.ranges import above_0
from rewardlab.agents.parts.score import log_ratio
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Group


def cream(group: Group, *, beta: float = 0.1) -> Array:
    """DPO with the label C, [P].

    Args:
        group: of each prompt at least two responses with the model's own rewards, the one with the largest against that
            with the smallest; the column `consistency` [P] holds C in [0, 1], of the prompt or, as in the paper, the
            same mean for all.
        beta: β > 0.

    Raises:
        BadBatch: for fields that do not fit, or a single response.
        BadOption: for a number outside its range.
        MissingColumn: without `consistency`.
    """
    above_0("cream", beta=beta)
    margin = beta * pair(group, log_ratio(checked(group, "cream", responses=2)))
    return link.soft(margin, constant(column(group, "consistency", by="cream", axes=1)))


def consistency(now: Array, before: Array) -> Array:
    """(1 + τ) / 2 of each prompt, [P]: the share of pairs that two rewards [P, N] order alike; ties count one half."""
    sign = namespace(now).sign
    alike = (sign(differences(now)) * sign(differences(before))).sum(-1).sum(-1)
    size = now.shape[-1]
    return 0.5 * (1.0 + alike / (size * (size - 1)))
