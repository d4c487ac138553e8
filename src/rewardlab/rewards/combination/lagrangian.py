"""Lagrangian constraints.

    R = r − Σ_k λ_k c_k,    λ_k ← clip(λ_k + η (v_k − d_k), 0, cap),    v_k = running mean of c_k

Maximises a reward while each cost stays within its budget per step: a multiplier grows while its budget is overdrawn
and falls to 0 while something is left, so that nobody sets weights by hand. At the saddle point λ are the exact prices
of the budgets. The policy itself may go round the saddle; its average is what keeps the budgets.

Source: Altman, "Constrained Markov Decision Processes", Chapman and Hall 1999, Chapter 3; Ray, Achiam, Amodei,
"Benchmarking Safe Exploration in Deep Reinforcement Learning", 2019, Section 5 (Lagrangian baselines).
"""

from dataclasses import dataclass

import numpy as np

from rewardlab.core.arrays import Array
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward
from rewardlab.rewards.combination.multipliers import Constrained, Multipliers, checked_terms


@dataclass
class Lagrangian(Constrained):
    """Pays a reward less the priced costs; `update` learns the prices from on-policy batches.

    Rewards as `costs` with thresholds on top make the form of constrained RLHF that takes each reward up to its
    threshold and no further (All-PPO): `Lagrangian(WeightedSum(...), costs=(r_1, r_2), thresholds=(...))`.

    Args:
        reward: what is maximised.
        costs: K rewards without memory, each a cost of a step.
        thresholds: K budgets d: the largest mean cost per step.
        lr: η. Ours.
        ema: how much of the old mean a batch leaves. Ours.
        cap: the largest multiplier. Ours.

    Raises:
        BadOption: for another number of thresholds, costs with memory, or an lr, ema or cap out of range.
    """

    reward: Reward
    costs: tuple[Reward, ...]
    thresholds: tuple[float, ...]
    lr: float = 0.05
    ema: float = 0.9
    cap: float = 100.0

    def __post_init__(self) -> None:
        self.costs, self.thresholds = checked_terms(self.costs, self.thresholds, where="Lagrangian", name="costs")
        self._multipliers = Multipliers(
            len(self.costs), low=0.0, high=self.cap, lr=self.lr, ema=self.ema, where="Lagrangian"
        )

    @property
    def multipliers(self) -> tuple[float, ...]:
        """λ [K] now."""
        return tuple(map(float, self._multipliers.free))

    def __call__(self, batch: Transitions) -> Array:
        return self._pay(batch)

    def _terms(self) -> tuple[Reward, ...]:
        return self.costs

    def _weights(self) -> tuple[float, list[float]]:
        return 1.0, [-m for m in self.multipliers]

    def _missing(self, means: np.ndarray) -> np.ndarray:
        return means - np.array(self.thresholds)
