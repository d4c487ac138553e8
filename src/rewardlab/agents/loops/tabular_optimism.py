"""The loop of optimistic value iteration: the likeliest process with pay for uncertainty, planned before episodes."""

import math
from dataclasses import dataclass

import numpy as np

from rewardlab.agents.loops.tabular_model import ModelAgent
from rewardlab.agents.loops.tabular_plans import expect
from rewardlab.agents.loops.tabular_runs import ABOVE_ZERO, CHANCE, COUNT, ROUNDS, Moves


@dataclass(eq=False, kw_only=True)
class OptimismAgent(ModelAgent):
    """An agent that plans H steps ahead with a bonus b_h(s, a), for rewards in [0, 1].

        Q_h(s, a) = min{ H − h, r̂(s, a) + b_h(s, a) + Σ_s' P̂(s' | s, a) V_{h+1}(s') }

    Methods write `bonus`.

    Args:
        horizon: H >= 1.
        scale: what the bonus is multiplied by, > 0.
        delta: δ in (0, 1).
        total_steps: T >= 1, in L = ln(5 S A T / δ) alone.
        growth: by which share the visits of some pair must have grown since the last plan for a new one, >= 0; 0 plans
            after each episode, 1 when they have doubled.

    Attributes:
        Q: [M, H, S, A] optimistic values.

    Raises:
        BadOption: for a number outside its range.
    """

    horizon: int = 20
    scale: float = 1.0
    delta: float = 0.05
    total_steps: int = 100_000
    growth: float = 0.0

    def prepare(self) -> None:
        self.check(horizon=COUNT, scale=ABOVE_ZERO, delta=CHANCE, total_steps=ROUNDS, growth=(0, 1e6, "a number >= 0"))
        self.count()
        S, A = self.num_states, self.num_actions
        self.log = math.log(5 * S * A * self.total_steps / self.delta)
        left = np.arange(self.horizon, 0, -1.0)  # [H] steps to go, all that can be earned
        self.Q = np.broadcast_to(left[None, :, None, None], (self.memories, self.horizon, S, A)).copy()
        self._planned = np.zeros((self.memories, S, A), dtype=np.int64)

    def bonus(self, memory: np.ndarray, h: int, n: np.ndarray, chance: np.ndarray, beyond: np.ndarray) -> np.ndarray:
        """b_h [m, S, A] of m memories for counts >= 1 [m, S, A], frequencies [m, S, A, S] and values beyond [m, S]."""
        raise NotImplementedError

    def due(self, moves: Moves) -> np.ndarray:
        if not self.growth:
            return moves.over
        before, now = self._planned[moves.memory], self.visits[moves.memory]
        return moves.over & (now > (1 + self.growth) * before).any((1, 2))

    def plan(self, memory: np.ndarray) -> None:
        visits, counts = self.visits[memory], self.counts[memory]
        followed = counts.sum(3) + self.ends[memory]
        chance = counts / np.maximum(followed, 1)[..., None]
        mean = self.totals[memory] / np.maximum(visits, 1)
        V = np.zeros(mean.shape[:2])
        for h in reversed(range(self.horizon)):
            n = visits if h + 1 == self.horizon else followed
            Q = mean + self.bonus(memory, h, np.maximum(n, 1), chance, V) + expect(chance, V)
            Q = np.where(n > 0, np.minimum(Q, self.horizon - h), self.horizon - h)
            self.Q[memory, h] = Q
            V = Q.max(2)
        self._planned[memory] = visits
