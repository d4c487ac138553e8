"""Knapsack-GRPO: roll-outs go to the prompts where they are worth most.

    V(n, p) = (1 − pⁿ − (1 − p)ⁿ) p (1 − p)²,    max Σ_i V(n_i, p_i)  s.t.  Σ n_i = B,  n_min <= n_i <= n_max

A group teaches only if some of it fails and some succeeds; what it then gains is about p (1 − p)², most at p = 1/3. V
is concave in n, so giving one roll-out after the other to the largest marginal value is optimal. Prompts that never or
always succeed get n_min.

Source: Li et al., "Knapsack RL: Unlocking Exploration of LLMs via Optimizing Budget Allocation", 2025, Section 4.
"""

import heapq
from collections.abc import Callable
from typing import Any

import numpy as np

from rewardlab.agents.parts.checked import option


def mixed(n: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """1 − pⁿ − (1 − p)ⁿ: how likely n roll-outs hold a success and a failure."""
    return 1.0 - rate**n - (1.0 - rate) ** n


def gain(rate: np.ndarray) -> np.ndarray:
    """p (1 − p)²: what a mixed group is worth; `np.ones_like` in its place maximises the number of mixed groups."""
    return rate * (1.0 - rate) ** 2


def knapsack(
    rate: np.ndarray,
    budget: int,
    *,
    least: int = 2,
    most: int = 128,
    worth: Callable[[np.ndarray], np.ndarray] = gain,
) -> np.ndarray:
    """The number of roll-outs [P] of each prompt, which sum to the budget where the bounds allow it.

    Args:
        rate: [P] success rates, 0 to 1, as estimated from earlier visits.
        budget: B, roll-outs in all, at least `least` for each prompt.
        least, most: n_min >= 1 and n_max.
        worth: what a mixed group of a prompt with this rate is worth.

    Raises:
        BadOption: for rates that are none, bounds out of order or a budget below the least.
    """
    p = np.asarray(rate, dtype=np.float64)
    option("rate", rate, bool(((p >= 0) & (p <= 1)).all()), by="knapsack", expected="success rates from 0 to 1")
    option("least", least, 1 <= least <= most, by="knapsack", expected=f"from 1 to most={most!r}")
    option("budget", budget, budget >= least * p.size, by="knapsack", expected=f"at least {least} for each prompt")
    n, open_ = np.full(p.size, least), (p > 0) & (p < 1)
    value = worth(p)

    def marginal(i: Any) -> float:
        return float(value[i] * (mixed(n[i] + 1, p[i]) - mixed(n[i], p[i])))

    heap = [(-marginal(i), i) for i in np.flatnonzero(open_ & (n < most))]
    heapq.heapify(heap)
    for _ in range(budget - least * p.size):
        if not heap:
            break  # the rest of the budget has no use
        _, i = heapq.heappop(heap)
        n[i] += 1
        if n[i] < most:
            heapq.heappush(heap, (-marginal(i), i))
    return n


def effective_cost(rate: np.ndarray, chance: float = 0.9) -> np.ndarray:
    """log(1 − α)/log max(p, 1 − p): roll-outs until a group is mixed with chance α, about; inf for p of 0 or 1."""
    with np.errstate(divide="ignore"):
        return np.log1p(-chance) / -np.abs(np.log(np.maximum(rate, 1.0 - np.asarray(rate))))
