"""REINFORCE with a baseline, for a softmax of a table.

    θ(s_t, a) ← θ(s_t, a) + α γ^t (G_t − b(s_t)) (1{a = a_t} − π(a | s_t)),    π(a | s) = exp θ(s, a) / Σ_c exp θ(s, c)
    b(s_t) ← b(s_t) + α_b (G_t − b(s_t)),    G_t = r_t + γ r_{t+1} + γ² r_{t+2} + ...

Each finished episode is a step along an estimate of the gradient of the return, unbiased whatever the baseline; a
baseline near the values makes it vary less. For episodes that end: one that is cut off counts as if nothing followed.

Source: Williams, "Simple Statistical Gradient-Following Algorithms for Connectionist Reinforcement Learning", Machine
Learning 1992, Equation 11; Sutton, Barto, "Reinforcement Learning: An Introduction", 2018, Section 13.4 (the baseline).
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rewardlab.agents.loops.tabular_runs import ABOVE_ZERO, Moves, RunsAgent


@dataclass(eq=False, kw_only=True)
class Reinforce(RunsAgent):
    """The Monte-Carlo policy gradient, for Discrete observations and actions.

    Rows that share a memory and end together are one step along the mean of their gradients.

    Args:
        gamma: discount γ in [0, 1].
        learning_rate: α > 0.
        baseline_rate: α_b in [0, 1]; 0 for no baseline.

    Attributes:
        Q: [M, S, A] the preferences θ.
        baseline: [M, S].

    Raises:
        BadOption: for a number outside its range.
    """

    gamma: float = 0.99
    learning_rate: float = 0.1
    baseline_rate: float = 0.1
    stochastic: ClassVar[bool] = True
    """What it has learned is a policy of probabilities: judge it as it acts."""

    def prepare(self) -> None:
        self.check(
            gamma=(0.0, 1.0, "a number in [0, 1]"),
            learning_rate=ABOVE_ZERO,
            baseline_rate=(0.0, 1.0, "a number in [0, 1]"),
        )
        self.Q = np.zeros((self.memories, self.num_states, self.num_actions))
        self.baseline = np.zeros((self.memories, self.num_states))
        self._steps: list[tuple[np.ndarray, ...]] = []  # row, state, action, reward of each step since the oldest begin
        self._begun = np.zeros(0, dtype=np.int64)  # [N] how many of them each row had not begun yet

    def policy(self) -> np.ndarray:
        """π [M, S, A]."""
        weight = np.exp(self.Q - self.Q.max(2, keepdims=True))
        return weight / weight.sum(2, keepdims=True)

    def act(self, memory: np.ndarray, when: np.ndarray, state: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        score = self.Q[memory, state]
        return (score + rng.gumbel(size=score.shape)).argmax(1)

    def take(self, moves: Moves) -> None:
        if len(self._begun) != self.n_envs:
            self._steps, self._begun = [], np.zeros(self.n_envs, dtype=np.int64)
        column = np.full((3, self.n_envs), -1.0)
        column[:, moves.row] = moves.state, moves.action, moves.reward
        self._steps.append((column[0].astype(np.int64), column[1].astype(np.int64), column[2]))
        rows = moves.row[moves.over]
        if not len(rows):
            return
        self._learn(rows, moves.memory[moves.over])
        self._begun[rows] = len(self._steps)
        old = int(self._begun.min())
        if old:
            del self._steps[:old]
            self._begun -= old

    def _learn(self, rows: np.ndarray, memory: np.ndarray) -> None:
        state, action, reward = (np.stack([step[k][rows] for step in self._steps]) for k in range(3))  # [T, n]
        T, begun = len(state), self._begun[rows]
        lived = (np.arange(T)[:, None] >= begun) & (state >= 0)  # rows that were being reset took no step
        clock = np.cumsum(lived, axis=0) - 1
        to_go, G = np.zeros((T, len(rows))), np.zeros(len(rows))
        for t in reversed(range(T)):
            G = np.where(lived[t], reward[t] + self.gamma * G, G)
            to_go[t] = G
        when, i = np.nonzero(lived)
        m, s, a = memory[i], state[when, i], action[when, i]
        policy, share = self.policy(), np.bincount(memory, minlength=self.memories)
        advantage = to_go[when, i] - (self.baseline[m, s] if self.baseline_rate else 0.0)
        weight = self.learning_rate * self.gamma ** clock[when, i] * advantage / share[m]
        change = np.zeros(self.Q.shape)
        np.add.at(change, (m, s, a), weight)
        np.add.at(change, (m, s), -weight[:, None] * policy[m, s])
        self.Q += change
        if self.baseline_rate:
            total, number = np.zeros(self.baseline.shape), np.zeros(self.baseline.shape)
            np.add.at(total, (m, s), to_go[when, i])
            np.add.at(number, (m, s), 1)
            keep = (1.0 - self.baseline_rate) ** number  # as many small steps to their mean
            mean = total / np.maximum(number, 1)
            self.baseline = np.where(number > 0, keep * self.baseline + (1 - keep) * mean, self.baseline)

    def set_env(self, env: Any) -> None:
        super().set_env(env)
        self._begun = np.zeros(0, dtype=np.int64)

    def tables(self) -> dict[str, Any]:
        return {**super().tables(), "baseline": self.baseline}
