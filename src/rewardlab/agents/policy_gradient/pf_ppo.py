"""PF-PPO: learn from the ranks at which the reward model can be trusted.

    best of N     keep rank 1
    best, random  keep rank 1 and one of the others, each with chance 1/(N − 1)
    best, worst   keep ranks 1 and N
    R² = 1 − Σ (true − a − b proxy)² / Σ (true − mean)²,    by least squares on what is kept

A reward model errs most on middling responses; the extremes it knows. The filter stands before any objective on groups,
which then sees the kept responses alone, with the log-probabilities of their sampler. Which filter to use is told
beforehand by R² on responses whose true score is known: the largest wins.

Source: Shen, Zhang, "Policy Filtration in RLHF to Fine-Tune LLM for Code Generation", ICML 2025, Section 4.
"""

import numpy as np

from rewardlab.agents.parts import select
from rewardlab.agents.parts.checked import checked
from rewardlab.core.arrays import is_torch, tensor
from rewardlab.core.batch import Group


def best_of_n(group: Group) -> Group:
    """The best response of each prompt, [P, 1, T]."""
    return select.ranked(checked(group, "best_of_n"), (0,))


def best_worst(group: Group) -> Group:
    """The best and the worst response of each prompt, [P, 2, T]."""
    return select.ranked(checked(group, "best_worst", responses=2), (0, -1))


def best_random(group: Group, rng: np.random.Generator) -> Group:
    """The best response of each prompt and another one by chance, [P, 2, T]."""
    checked(group, "best_random", responses=2)
    p, g = group.reward.shape
    drawn = np.stack([np.zeros(p, dtype=np.int64), rng.integers(1, g, p)], axis=-1)
    order = select.by_rank(group)
    ranks = tensor(drawn, device=order.device) if is_torch(order) else drawn
    rows = np.arange(p)[:, None]
    return select.responses(group, order[tensor(rows, device=order.device) if is_torch(order) else rows, ranks])


def explained(proxy: np.ndarray, true: np.ndarray) -> float:
    """R² of the true scores by a straight line of the proxy's, over all that is given.

    Args:
        proxy: scores of the reward model, of any shape.
        true: the true scores, of the same shape.
    """
    x, y = np.ravel(proxy), np.ravel(true)
    return float(np.corrcoef(x, y)[0, 1] ** 2)
