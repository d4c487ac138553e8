"""Prioritised sweeping: planning where the plan is most wrong.

    priority(s, a) = | r̂(s, a) + γ Σ_s' P̂(s' | s, a) max_b Q(s', b) − Q(s, a) |
    n times after each step:  the pair of the highest priority gets its value, its predecessors a new priority

One surprise is followed backwards through all that leads to it, before anything is looked at that it does not touch:
some hundred times fewer updates than sweeps over all states.

Source: Moore, Atkeson, "Prioritized Sweeping: Reinforcement Learning with Less Data and Less Time", Machine Learning
1993, Section 4; Peng, Williams, "Efficient Learning and Planning Within the Dyna Framework", Adaptive Behavior 1993.
"""

import heapq
from dataclasses import dataclass

import numpy as np

from rewardlab.agents.loops.tabular import epsilon_greedy
from rewardlab.agents.loops.tabular_model import ModelAgent
from rewardlab.agents.loops.tabular_runs import FINITE, Moves


@dataclass(eq=False, kw_only=True)
class PrioritisedSweeping(ModelAgent):
    """Full backups of a counted model in the order of their effect, for Discrete observations and actions.

    Args:
        gamma: discount γ in [0, 1].
        epsilon: probability in [0, 1] of an action drawn from all.
        backups: n >= 1 for each step that is taken.
        threshold: priorities up to this, >= 0, are let go.
        initial_value: what all values start from.

    Attributes:
        Q: [M, S, A] action values.

    Raises:
        BadOption: for a number outside its range.
    """

    gamma: float = 0.95
    epsilon: float = 0.1
    backups: int = 10
    threshold: float = 1e-4
    initial_value: float = 0.0

    def prepare(self) -> None:
        self.check(
            gamma=(0.0, 1.0, "a number in [0, 1]"),
            epsilon=(0.0, 1.0, "a probability"),
            backups=(1, 10**9, "an integer of at least 1"),
            threshold=(0.0, 1e300, "a number >= 0"),
            initial_value=FINITE,
        )
        self.count()
        self.Q = np.full((self.memories, self.num_states, self.num_actions), float(self.initial_value))
        # The queues hold every priority that was ever due; one that no longer is the pair's own is passed over.
        self._queues: list[list[tuple[float, int]]] = [[] for _ in range(self.memories)]
        self._due = np.zeros((self.memories, self.num_states * self.num_actions))

    def act(self, memory: np.ndarray, when: np.ndarray, state: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return epsilon_greedy(self.Q[memory, state], self.epsilon, rng)

    def due(self, moves: Moves) -> np.ndarray:
        return np.zeros(len(moves.row), dtype=bool)

    def take(self, moves: Moves) -> None:
        super().take(moves)
        if len(self._queues) != self.memories:  # as many as the file had that was loaded
            self._queues = [[] for _ in range(self.memories)]
            self._due = np.zeros((self.memories, self.num_states * self.num_actions))
        for m, s, a in zip(moves.memory.tolist(), moves.state.tolist(), moves.action.tolist(), strict=True):
            self._push(m, s, a)
            for _ in range(self.backups):
                if not self._sweep(m):
                    break

    def backup(self, m: int, s: int, a: int) -> float:
        """What Q(s, a) of memory m should be by its model."""
        n = self.visits[m, s, a]
        beyond = self.counts[m, s, a] @ self.Q[m].max(1)
        return float((self.totals[m, s, a] + self.gamma * beyond) / n)

    def _push(self, m: int, s: int, a: int) -> None:
        priority, pair = abs(self.backup(m, s, a) - self.Q[m, s, a]), s * self.num_actions + a
        if priority > self.threshold and priority > self._due[m, pair]:
            self._due[m, pair] = priority
            heapq.heappush(self._queues[m], (-priority, pair))

    def _sweep(self, m: int) -> bool:
        """Back up the most urgent pair of memory m; False if there is none."""
        queue, due = self._queues[m], self._due[m]
        while queue:
            negative, pair = heapq.heappop(queue)
            if due[pair] != -negative:
                continue
            due[pair] = 0.0
            s, a = divmod(pair, self.num_actions)
            before = self.Q[m, s].max()
            self.Q[m, s, a] = self.backup(m, s, a)
            if self.Q[m, s].max() != before:
                for i, j in np.argwhere(self.counts[m, :, :, s] > 0):
                    self._push(m, int(i), int(j))
            return True
        return False
