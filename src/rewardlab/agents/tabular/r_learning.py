"""R-learning: Q-learning for the average reward, without a discount.

    Q(s, a) ← Q(s, a) + α [r − ρ + max_b Q(s', b) − Q(s, a)]
    ρ ← ρ + β [r + max_b Q(s', b) − max_b Q(s, b) − ρ],    where a was greedy in s

Values are relative: how much better a pair is than what is earned on average. What is earned, ρ, is learned from greedy
steps alone, since exploring ones earn less; both sides of each line are those before the step. A constant added to all
values changes nothing, so that hope is not a matter of where they start but of ρ: while it is too high, all that is
tried seems worse than what is not.

Source: Schwartz, "A Reinforcement Learning Method for Maximizing Undiscounted Rewards", ICML 1993; Mahadevan, "Average
Reward Reinforcement Learning: Foundations, Algorithms, and Empirical Results", Machine Learning 1996.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.tabular import blend
from rewardlab.agents.loops.tabular_runs import Moves, RunsAgent


@dataclass(eq=False, kw_only=True)
class RLearning(RunsAgent):
    """R-learning with an ε-greedy behaviour, for Discrete observations and actions and no end.

    A step into a terminal state teaches nothing: its successor is another start. No proof says that it converges; the
    deeper a reward lies behind steps that pay nothing, the longer ε-greedy play takes to find it.

    Args:
        learning_rate: α in (0, 1].
        gain_rate: β in (0, 1], of the average reward.
        epsilon: probability ε in [0, 1] of an action drawn from all.
        initial_gain: what ρ starts from; above what can be earned it makes play explore.

    Attributes:
        Q: [M, S, A] relative action values.
        gain: [M] ρ, in reward per step.

    Raises:
        BadOption: for a number outside its range.
    """

    learning_rate: float = 0.1
    gain_rate: float = 0.01
    epsilon: float = 0.1
    initial_gain: float = 0.0

    def prepare(self) -> None:
        self.check(
            learning_rate=(1e-12, 1.0, "a number in (0, 1]"),
            gain_rate=(1e-12, 1.0, "a number in (0, 1]"),
            epsilon=(0.0, 1.0, "a probability"),
            initial_gain=(-1e12, 1e12, "a finite number"),
        )
        self.Q = np.zeros((self.memories, self.num_states, self.num_actions))
        self.gain = np.full(self.memories, float(self.initial_gain))

    def act(self, memory: np.ndarray, when: np.ndarray, state: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        drawn = rng.integers(self.num_actions, size=len(state))
        return np.where(rng.random(len(state)) < self.epsilon, drawn, super().act(memory, when, state, rng))

    def take(self, moves: Moves) -> None:
        on = ~moves.terminated
        m, s, a, reward = moves.memory[on], moves.state[on], moves.action[on], moves.reward[on]
        best, beyond = self.Q[m, s].max(1), self.Q[m, moves.after[on]].max(1)
        greedy = self.Q[m, s, a] == best
        entry = np.ravel_multi_index((m, s, a), self.Q.shape)
        target = reward - self.gain[m] + beyond
        blend(self.Q.reshape(-1), entry, target, np.full(len(m), float(self.learning_rate)))
        earned = (reward + beyond - best)[greedy]
        blend(self.gain, m[greedy], earned, np.full(len(earned), float(self.gain_rate)))

    def tables(self) -> dict[str, Any]:
        return {**super().tables(), "gain": self.gain}
