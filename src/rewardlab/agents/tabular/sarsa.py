"""Sarsa(λ): learning the value of what one does, with traces of how one came there.

    δ = r + γ Q(s', a') − Q(s, a),    e ← γ λ e,    e(s, a) ← e(s, a) + 1  or  1,    Q ← Q + α δ e

Values are those of the behaviour itself, exploration included, so that it keeps away from where a slip is dear. Every
surprise is passed on to all pairs that led to it, the later ones more: λ = 0 is one step, λ = 1 the whole return.

Source: Rummery, Niranjan, "On-line Q-learning Using Connectionist Systems", Cambridge 1994; Singh, Sutton,
"Reinforcement Learning with Replacing Eligibility Traces", Machine Learning 1996, Equations 2 and 6 (the traces).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.rollout import Step
from rewardlab.agents.loops.tabular import TabularAgent, epsilon_greedy
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class Sarsa(TabularAgent):
    """Sarsa with eligibility traces and an ε-greedy behaviour, for Discrete observations and actions.

    One table learns from all N rows, each with traces of its own; their changes of one step are added. A truncated
    episode is valued by the action that would have come next. A step costs N · S · A.

    Args:
        gamma: discount γ in [0, 1].
        learning_rate: α in (0, 1]; with N rows divided by the number of rows whose traces meet in a pair.
        trace: λ in [0, 1].
        replacing: whether a pair that comes again has trace 1, or one more than was left.
        epsilon: probability in [0, 1] of an action drawn from all.
        initial_value: what all values start from.

    Attributes:
        Q: [S, A] action values.
        visits: [S, A] how often each pair was tried.

    Raises:
        BadOption: for a number outside its range.
    """

    gamma: float = 0.99
    learning_rate: float = 0.1
    trace: float = 0.9
    replacing: bool = True
    epsilon: float = 0.1
    initial_value: float = 0.0

    def prepare(self) -> None:
        for name, value, good, expected in (
            ("gamma", self.gamma, 0 <= self.gamma <= 1, "a number in [0, 1]"),
            ("learning_rate", self.learning_rate, 0 < self.learning_rate <= 1, "a number in (0, 1]"),
            ("trace", self.trace, 0 <= self.trace <= 1, "a number in [0, 1]"),
            ("replacing", self.replacing, isinstance(self.replacing, bool), "True or False"),
            ("epsilon", self.epsilon, 0 <= self.epsilon <= 1, "a probability"),
            ("initial_value", self.initial_value, np.isfinite(self.initial_value), "a finite number"),
        ):
            if not good:
                raise BadOption(f"{name}={value!r}", where="Sarsa", expected=expected)
        self.Q = np.full((self.num_states, self.num_actions), float(self.initial_value))
        self.visits = np.zeros((self.num_states, self.num_actions), dtype=np.int64)
        self._forget()

    def _forget(self) -> None:
        self._next = np.zeros(0, dtype=np.int64)  # [N] the action that comes next, -1 where none is promised
        self._traces = np.zeros((0, 0, 0))  # [N, S, A]

    def choose(self, obs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        drawn = epsilon_greedy(self.Q[self.states(obs)], self.epsilon, rng)
        if rng is self._predicting or len(self._next) != self.n_envs:
            return drawn
        assert self._rollout is not None
        promised = self._next[self._rollout.live]  # what the last target was made with is done
        return np.where(promised >= 0, promised, drawn)

    def absorb(self, step: Step) -> None:
        if len(self._next) != self.n_envs:
            self._next = np.full(self.n_envs, -1)
            self._traces = np.zeros((self.n_envs, self.num_states, self.num_actions))
        rows = np.flatnonzero(step.live)
        state, action = self.states(step.obs[rows]), step.action[rows] - self.first_action
        after = self.states(step.next_obs()[rows])
        follow = epsilon_greedy(self.Q[after], self.epsilon, self._rng)
        beyond = np.where(step.terminated[rows], 0.0, self.Q[after, follow])
        error = step.reward[rows] + self.gamma * beyond - self.Q[state, action]  # [B]
        e = self._traces
        e[rows] *= self.gamma * self.trace
        e[rows, state, action] = 1.0 if self.replacing else e[rows, state, action] + 1.0
        np.add.at(self.visits, (state, action), 1)
        active = e[rows]
        total = np.tensordot(error, active, 1)
        if len(rows) > 1:  # rows that are at one pair together teach it no more than one would
            total /= np.maximum((active > 0).sum(0), 1)
        self.Q += self.learning_rate * total
        over = step.done[rows]
        e[rows[over]] = 0.0
        self._next[rows] = np.where(over, -1, follow)

    def set_env(self, env: Any) -> None:
        super().set_env(env)
        self._forget()

    def tables(self) -> dict[str, Any]:
        return {"Q": self.Q, "visits": self.visits}
