"""Expected Sarsa: the value of the behaviour, without the chance of its next action.

    Q(s, a) ← Q(s, a) + α [r + γ Σ_b π(b | s') Q(s', b) − Q(s, a)],    π ε-greedy,    α = α₀ / n(s, a)^ω

As Sarsa it learns what its behaviour is worth, exploration included; the mean in place of a draw makes it steadier, and
allows α = 1 where the process is not random.

Source: van Seijen, van Hasselt, Whiteson, Wiering, "A Theoretical and Empirical Analysis of Expected Sarsa", ADPRL
2009, Equation 6 and Algorithm 1.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.tabular import TabularAgent, blend, epsilon_greedy, visits
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class ExpectedSarsa(TabularAgent):
    """Expected Sarsa with an ε-greedy behaviour, for Discrete observations and actions; one table for all N rows.

    Args:
        gamma: discount γ in [0, 1].
        learning_rate: α₀ in (0, 1].
        omega: ω >= 0; 0 for a constant rate.
        epsilon: probability in [0, 1] of an action drawn from all.
        initial_value: what all values start from.

    Attributes:
        Q: [S, A] action values.
        visits: [S, A] how often each pair was learned from.

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
                raise BadOption(f"{name}={value!r}", where="ExpectedSarsa", expected=expected)
        self.Q = np.full((self.num_states, self.num_actions), float(self.initial_value))
        self.visits = np.zeros((self.num_states, self.num_actions), dtype=np.int64)

    def choose(self, obs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return epsilon_greedy(self.Q[self.states(obs)], self.epsilon, rng)

    def update(
        self, state: np.ndarray, action: np.ndarray, reward: np.ndarray, after: np.ndarray, terminated: np.ndarray
    ) -> None:
        Q = self.Q[after]  # equals share the greedy part, which does not change the mean
        mean = (1.0 - self.epsilon) * Q.max(1) + self.epsilon * Q.mean(1)
        target = reward + self.gamma * np.where(terminated, 0.0, mean)
        pair = state * self.num_actions + action
        number = visits(self.visits.reshape(-1), pair)
        blend(self.Q.reshape(-1), pair, target, self.learning_rate / number**self.omega)

    def tables(self) -> dict[str, Any]:
        return {"Q": self.Q, "visits": self.visits}
