"""Double Q-learning.

    Q_i(s, a) ← Q_i(s, a) + α [r + γ Q_j(s', argmax_b Q_i(s', b)) − Q_i(s, a)],    i a coin, j the other one

The best of many noisy values is too high on average. Of two tables, learned from different steps, one chooses the
action and the other says what it is worth: no value is chosen for its own noise. What is left errs on the low side.

Source: van Hasselt, "Double Q-learning", NeurIPS 2010, Algorithm 1.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.tabular import TabularAgent, blend, epsilon_greedy, visits
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class DoubleQLearning(TabularAgent):
    """Two tables that value each other's choices, for Discrete observations and actions; both learn from all N rows.

    It acts on the mean of both.

    Args:
        gamma: discount γ in [0, 1].
        learning_rate: α₀ in (0, 1].
        omega: ω >= 0 in α = α₀ / n_i(s, a)^ω; 0 for a constant rate.
        epsilon: probability in [0, 1] of an action drawn from all.
        initial_value: what all values start from.

    Attributes:
        pair: [2, S, A] both tables.
        visits: [2, S, A] how often each entry was learned from.
        Q: [S, A] their mean.

    Raises:
        BadOption: for a number outside its range.
    """

    gamma: float = 0.99
    learning_rate: float = 0.1
    omega: float = 0.0
    epsilon: float = 0.1
    initial_value: float = 0.0

    def prepare(self) -> None:
        for name, value, good, expected in (
            ("gamma", self.gamma, 0 <= self.gamma <= 1, "a number in [0, 1]"),
            ("learning_rate", self.learning_rate, 0 < self.learning_rate <= 1, "a number in (0, 1]"),
            ("omega", self.omega, 0 <= self.omega < np.inf, "a number >= 0"),
            ("epsilon", self.epsilon, 0 <= self.epsilon <= 1, "a probability"),
            ("initial_value", self.initial_value, np.isfinite(self.initial_value), "a finite number"),
        ):
            if not good:
                raise BadOption(f"{name}={value!r}", where="DoubleQLearning", expected=expected)
        shape = (2, self.num_states, self.num_actions)
        self.pair, self.visits = np.full(shape, float(self.initial_value)), np.zeros(shape, dtype=np.int64)
        self.Q = self.pair.mean(0)

    def choose(self, obs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return epsilon_greedy(self.Q[self.states(obs)], self.epsilon, rng)

    def update(
        self, state: np.ndarray, action: np.ndarray, reward: np.ndarray, after: np.ndarray, terminated: np.ndarray
    ) -> None:
        which = self._rng.integers(2, size=len(state))
        best = self.pair[which, after].argmax(1)
        target = reward + self.gamma * np.where(terminated, 0.0, self.pair[1 - which, after, best])
        entry = (which * self.num_states + state) * self.num_actions + action
        number = visits(self.visits.reshape(-1), entry)
        blend(self.pair.reshape(-1), entry, target, self.learning_rate / number**self.omega)
        self.Q[state, action] = self.pair[:, state, action].mean(0)

    def tables(self) -> dict[str, Any]:
        return {"Q": self.Q, "pair": self.pair, "visits": self.visits}
