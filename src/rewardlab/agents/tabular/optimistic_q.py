"""Optimistic Q-learning (UCB-H): a bonus without a model.

    Q_h(s, a) ← (1 − α_t) Q_h(s, a) + α_t [ r + V_{h+1}(s') + b_t ],    α_t = (H + 1) / (H + t)
    b_t = c √(H³ ι / t),    ι = ln(S A T / δ),    V_h = min{ H, max_a Q_h }

The first learner without a model that was proved to explore: its regret is √(H⁴ S A T). The rate α_t, which forgets
what is older than a share 1 / H of the visits, keeps early optimism from lasting.

Source: Jin, Allen-Zhu, Bubeck, Jordan, "Is Q-learning Provably Efficient?", NeurIPS 2018, Algorithm 1.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.tabular import blend, visits
from rewardlab.agents.loops.tabular_runs import ABOVE_ZERO, CHANCE, COUNT, ROUNDS, Moves, RunsAgent


@dataclass(eq=False, kw_only=True)
class OptimisticQ(RunsAgent):
    """Q-learning with Hoeffding bonuses, for Discrete observations and actions and rewards in [0, 1].

    Args:
        horizon: H >= 1.
        scale: c > 0; the proof asks for a constant above 1, 0.01 to 0.1 learns sooner.
        delta: δ in (0, 1).
        total_steps: T >= 1, in ι alone.

    Attributes:
        Q: [M, H, S, A] optimistic values.
        visits: [M, H, S, A].

    Raises:
        BadOption: for a number outside its range.
    """

    horizon: int = 20
    scale: float = 1.0
    delta: float = 0.05
    total_steps: int = 100_000

    def prepare(self) -> None:
        self.check(horizon=COUNT, scale=ABOVE_ZERO, delta=CHANCE, total_steps=ROUNDS)
        shape = (self.memories, self.horizon, self.num_states, self.num_actions)
        self.Q, self.visits = np.full(shape, float(self.horizon)), np.zeros(shape, dtype=np.int64)
        self._log = math.log(self.num_states * self.num_actions * self.total_steps / self.delta)

    def take(self, moves: Moves) -> None:
        H = self.horizon
        entry = np.ravel_multi_index((moves.memory, moves.when, moves.state, moves.action), self.Q.shape)
        t = visits(self.visits.reshape(-1), entry)
        last = moves.terminated | (moves.when + 1 == H)
        beyond = self.Q[moves.memory, np.minimum(moves.when + 1, H - 1), moves.after].max(1)
        target = moves.reward + np.where(last, 0.0, np.minimum(beyond, H))
        target += self.scale * np.sqrt(H**3 * self._log / t)
        blend(self.Q.reshape(-1), entry, target, (H + 1) / (H + t))

    def tables(self) -> dict[str, Any]:
        return {**super().tables(), "visits": self.visits}
