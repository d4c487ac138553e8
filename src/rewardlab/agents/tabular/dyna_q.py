"""Dyna-Q: learning from steps that were taken, and from steps that are only remembered.

    after each step:  Q(s, a) ← Q(s, a) + α [r + γ max_b Q(s', b) − Q(s, a)]
    n times:          (s, a) any pair tried before,    s' ~ P̂(· | s, a),    r = r̂(s, a),    the same update

Steps in the world are dear, steps in the head are cheap: what was found once is carried back through the table without
being walked again. Successors are drawn as often as they were seen, so that random processes are learned as well.

Source: Sutton, "Integrated Architectures for Learning, Planning, and Reacting Based on Approximating Dynamic
Programming", ICML 1990; Sutton, Barto, "Reinforcement Learning: An Introduction", 2018, Section 8.2.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.tabular import blend, epsilon_greedy
from rewardlab.agents.loops.tabular_model import ModelAgent
from rewardlab.agents.loops.tabular_runs import FINITE, Moves


@dataclass(eq=False, kw_only=True)
class DynaQ(ModelAgent):
    """Q-learning with a model of counts, for Discrete observations and actions.

    Args:
        gamma: discount γ in [0, 1].
        learning_rate: α in (0, 1].
        epsilon: probability in [0, 1] of an action drawn from all.
        planning_steps: n >= 0, remembered steps for each that is taken.
        initial_value: what all values start from.

    Attributes:
        Q: [M, S, A] action values.
        tried: [M, S * A] the pairs s * A + a that were tried, in their order.

    Raises:
        BadOption: for a number outside its range.
    """

    gamma: float = 0.95
    learning_rate: float = 0.1
    epsilon: float = 0.1
    planning_steps: int = 10
    initial_value: float = 0.0

    def prepare(self) -> None:
        self.check(
            gamma=(0.0, 1.0, "a number in [0, 1]"),
            learning_rate=(1e-12, 1.0, "a number in (0, 1]"),
            epsilon=(0.0, 1.0, "a probability"),
            planning_steps=(0, 10**9, "an integer of at least 0"),
            initial_value=FINITE,
        )
        self.count()
        shape = (self.memories, self.num_states, self.num_actions)
        self.Q = np.full(shape, float(self.initial_value))
        self.tried = np.full((shape[0], shape[1] * shape[2]), -1)
        self.number = np.zeros(shape[0], dtype=np.int64)  # [M] of pairs tried

    def act(self, memory: np.ndarray, when: np.ndarray, state: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return epsilon_greedy(self.Q[memory, state], self.epsilon, rng)

    def due(self, moves: Moves) -> np.ndarray:
        return np.zeros(len(moves.row), dtype=bool)

    def take(self, moves: Moves) -> None:
        pair = moves.state * self.num_actions + moves.action
        fresh = np.unique(
            np.stack([moves.memory, pair])[:, self.visits[moves.memory, moves.state, moves.action] == 0], axis=1
        )
        super().take(moves)
        for m, p in fresh.T:
            self.tried[m, self.number[m]] = p
            self.number[m] += 1
        self._learn(moves.memory, pair, moves.reward, moves.after, moves.terminated)
        memory = moves.memory
        for _ in range(self.planning_steps):
            self._remember(memory)

    def _remember(self, memory: np.ndarray) -> None:
        """One step of the model in memories [n]; those that come twice take theirs at once."""
        rng = self._rng
        pair = self.tried[memory, rng.integers(self.number[memory])]
        state, action = np.divmod(pair, self.num_actions)
        n = self.visits[memory, state, action]
        line = self.counts[memory, state, action].cumsum(1)  # [n, S]
        # Beyond the last successor stand the times that the episode ended.
        after = (line <= (rng.random(len(n)) * n)[:, None]).sum(1)
        ended = after == self.num_states
        reward = self.totals[memory, state, action] / n
        self._learn(memory, pair, reward, np.where(ended, 0, after), ended)

    def _learn(
        self, memory: np.ndarray, pair: np.ndarray, reward: np.ndarray, after: np.ndarray, ended: np.ndarray
    ) -> None:
        target = reward + self.gamma * np.where(ended, 0.0, self.Q[memory, after].max(1))
        entry = memory * (self.num_states * self.num_actions) + pair
        blend(self.Q.reshape(-1), entry, target, np.full(len(entry), self.learning_rate))

    def tables(self) -> dict[str, Any]:
        return {**super().tables(), "tried": self.tried, "number": self.number}
