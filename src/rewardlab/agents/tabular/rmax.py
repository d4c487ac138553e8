"""R-max: what is not known well is as good as can be.

    Q(s, a) = r̂(s, a) + γ Σ_s' P̂(s' | s, a) max_b Q(s', b)   if n(s, a) >= m,   else R_max / (1 − γ)

A pair is known when it was tried m times; the plan leads to where something is unknown, or is nearly the best: one of
both at any time, so that the number of steps that are worse than ε is polynomial.

Source: Brafman, Tennenholtz, "R-max: A General Polynomial Time Algorithm for Near-Optimal Reinforcement Learning", JMLR
2002, Figure 1; Kakade, "On the Sample Complexity of Reinforcement Learning", PhD thesis, London 2003, Chapter 8 (the
discounted form).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.tabular_model import ModelAgent
from rewardlab.agents.loops.tabular_plans import discounted
from rewardlab.agents.loops.tabular_runs import FINITE, Moves


@dataclass(eq=False, kw_only=True)
class RMax(ModelAgent):
    """Optimism by thresholds, for Discrete observations and actions.

    Args:
        gamma: discount γ in [0, 1).
        known_at: m >= 1; 1 does for deterministic processes.
        max_reward: R_max, the highest reward of a step.
        tolerance: > 0, to which plans are made.

    Attributes:
        Q: [M, S, A] optimistic values.

    Raises:
        BadOption: for a number outside its range.
    """

    gamma: float = 0.95
    known_at: int = 5
    max_reward: float = 1.0
    tolerance: float = 1e-6

    def prepare(self) -> None:
        self.check(
            gamma=(0.0, 1 - 1e-12, "a number in [0, 1)"),
            known_at=(1, 10**15, "an integer of at least 1"),
            max_reward=FINITE,
            tolerance=(1e-13, 1e12, "a number above 0"),
        )
        self.count()
        hope = self.max_reward / (1.0 - self.gamma)
        self.Q = np.full((self.memories, self.num_states, self.num_actions), hope)
        self.known = np.zeros(self.visits.shape, dtype=bool)  # [M, S, A] as the last plan had it

    def due(self, moves: Moves) -> np.ndarray:
        pair = (moves.memory, moves.state, moves.action)
        return (self.visits[pair] >= self.known_at) & ~self.known[pair]

    def plan(self, memory: np.ndarray) -> None:
        visits = self.visits[memory]
        self.known[memory] = known = visits >= self.known_at
        P = np.where(known[..., None], self.counts[memory] / np.maximum(visits, 1)[..., None], 0.0)
        mean = self.totals[memory] / np.maximum(visits, 1)
        hope = self.max_reward / (1.0 - self.gamma)
        self.Q[memory] = discounted(P, np.where(known, mean, hope), self.gamma, self.Q[memory], self.tolerance)

    def tables(self) -> dict[str, Any]:
        return {**super().tables(), "known": self.known}
