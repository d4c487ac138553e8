"""Q-learning.

    Q(s, a) ← Q(s, a) + α [r + γ max_b Q(s', b) − Q(s, a)],    α = α₀ / n(s, a)^ω

Learns the value of acting best from steps taken by any behaviour, here ε-greedy: with α = 1/n^ω, 1/2 < ω <= 1, and
every pair tried for ever it converges to the optimum of a discounted or episodic process. Values that start too high
make it try everything that it has not tried enough, with ε = 0 too.

Source: Watkins, "Learning from Delayed Rewards", PhD thesis, Cambridge 1989; Watkins, Dayan, "Q-learning", Machine
Learning 1992, Equation 1; Even-Dar, Mansour, "Learning Rates for Q-learning", JMLR 2003 (the exponent ω); Even-Dar,
Mansour, "Convergence of Optimistic and Incremental Q-Learning", NIPS 2001 (the initial value).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.tabular import TabularAgent, blend, epsilon_greedy, linear, visits
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class QLearning(TabularAgent):
    """Watkins's Q-learning with an ε-greedy behaviour, for Discrete observations and actions.

    One table learns from all N rows. The successors of one step are valued by the table before that step; rows that
    visited the same pair count one after the other, each with its own α.

    Args:
        gamma: discount γ in [0, 1].
        learning_rate: α₀ in (0, 1].
        omega: ω >= 0; 0 for a constant rate.
        epsilon: probability ε in [0, 1] of an action drawn from all.
        final_epsilon: what ε falls to in a straight line; None to keep it.
        decay_steps: transitions over which it falls, >= 1.
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
    final_epsilon: float | None = None
    decay_steps: int = 10_000
    initial_value: float = 0.0

    def prepare(self) -> None:
        final = self.epsilon if self.final_epsilon is None else self.final_epsilon
        for name, value, good, expected in (
            ("gamma", self.gamma, 0 <= self.gamma <= 1, "a number in [0, 1]"),
            ("learning_rate", self.learning_rate, 0 < self.learning_rate <= 1, "a number in (0, 1]"),
            ("omega", self.omega, 0 <= self.omega < np.inf, "a number >= 0"),
            ("epsilon", self.epsilon, 0 <= self.epsilon <= 1, "a probability"),
            ("final_epsilon", final, 0 <= final <= 1, "a probability, or None"),
            ("decay_steps", self.decay_steps, self.decay_steps >= 1, "at least 1"),
            ("initial_value", self.initial_value, np.isfinite(self.initial_value), "a finite number"),
        ):
            if not good:
                raise BadOption(f"{name}={value!r}", where="QLearning", expected=expected)
        self.Q = np.full((self.num_states, self.num_actions), float(self.initial_value))
        self.visits = np.zeros((self.num_states, self.num_actions), dtype=np.int64)

    @property
    def exploration(self) -> float:
        """ε now."""
        final = self.epsilon if self.final_epsilon is None else self.final_epsilon
        return linear(self.epsilon, final, self.decay_steps, self.num_timesteps)

    def choose(self, obs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return epsilon_greedy(self.Q[self.states(obs)], self.exploration, rng)

    def update(
        self, state: np.ndarray, action: np.ndarray, reward: np.ndarray, after: np.ndarray, terminated: np.ndarray
    ) -> None:
        target = reward + self.gamma * np.where(terminated, 0.0, self.Q[after].max(1))  # [B]
        pair = state * self.num_actions + action
        number = visits(self.visits.reshape(-1), pair)
        blend(self.Q.reshape(-1), pair, target, self.learning_rate / number**self.omega)

    def tables(self) -> dict[str, Any]:
        return {"Q": self.Q, "visits": self.visits}
