"""What a reward pays under a behaviour: its size, bounds, sparsity, and what each of its parts has of it.

Exactly, by how often a policy of a table comes by each transition, or from played episodes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.mdp import TabularMDP
from rewardlab.core.tabulate import PaidTable


@dataclass(frozen=True)
class Behaviour:
    """One policy, seen by the reward.

    Attributes:
        name: "random", "task-optimal", "reward-optimal", or the name under which the policy was given.
        paid: the expected discounted return of what is paid.
        true: the expected discounted return of the true reward.
        size: mean |pay| of a step.
        low, high: the least and the largest pay of a step.
        sparsity: the share of steps that pay exactly 0, in 0..1.
        shares: part -> its share of the sum of all |parts|, in 0..1; 0 for all if nothing is paid.
        steps: how long an episode is (discounted), or how many steps were played.
    """

    name: str
    paid: float
    true: float
    size: float
    low: float
    high: float
    sparsity: float
    shares: Mapping[str, float]
    steps: float

    def to_json(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {**vars(self), "shares": dict(self.shares)}


def exactly(name: str, policy: np.ndarray, table: PaidTable, truth: TabularMDP) -> Behaviour:
    """The behaviour of a policy [S', A] of the table, by its exact occupancy."""
    mdp = table.mdp
    visits = mdp.occupancy(policy)  # [S', A]
    weight = np.repeat(visits.ravel(), np.diff(mdp.P.indptr)) * mdp.P.data
    assert mdp.pay is not None
    return summed(
        name, mdp.pay, table.parts, weight, paid=float((visits * mdp.R).sum()), true=float((visits * truth.R).sum())
    )


def summed(
    name: str, pay: np.ndarray, parts: Mapping[str, np.ndarray], weight: np.ndarray, *, paid: float, true: float
) -> Behaviour:
    """A behaviour from the pays of transitions [B], their parts, and how often each comes."""
    seen, total = weight > 0, max(float(weight.sum()), 1e-300)
    sizes = {k: float((weight * np.abs(v)).sum()) for k, v in parts.items()}
    whole = sum(sizes.values())
    return Behaviour(
        name=name,
        paid=paid,
        true=true,
        size=float((weight * np.abs(pay)).sum()) / total,
        low=float(pay[seen].min()) if seen.any() else 0.0,
        high=float(pay[seen].max()) if seen.any() else 0.0,
        sparsity=float(weight[pay == 0].sum()) / total,
        shares={k: v / whole if whole > 0 else 0.0 for k, v in sizes.items()},
        steps=total,
    )
