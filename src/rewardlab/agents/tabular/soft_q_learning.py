"""Soft Q-learning, regularised by a reference policy.

    V(s) = β log Σ_a π_ref(a | s) exp(Q(s, a) / β),    π(a | s) = π_ref(a | s) exp((Q(s, a) − V(s)) / β)
    Q(s, a) ← Q(s, a) + α [r + γ V(s') − Q(s, a)],    α = α₀ / n(s, a)^ω

Learns the policy that is best for the return less β times the divergence from π_ref, by acting as that policy. On tasks
of one step it is the optimum of KL-regularised preference learning, π_ref exp(r / β) / Z, so that what a reward does to
such a policy can be seen without a language model. With a uniform π_ref it is maximum-entropy Q-learning.

Source: Fox, Pakman, Tishby, "Taming the Noise in Reinforcement Learning via Soft Updates", UAI 2016, Equations 13 and
16; Haarnoja, Tang, Abbeel, Levine, "Reinforcement Learning with Deep Energy-Based Policies", ICML 2017, Equation 6.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rewardlab.agents.loops.tabular import TabularAgent, blend, visits
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class SoftQLearning(TabularAgent):
    """Q-learning of the KL-regularised optimum, for Discrete observations and actions.

    Args:
        beta: β > 0, the price of a nat of divergence, in units of return.
        reference: π_ref as probabilities [S, A] or [A]; None for the uniform policy.
        gamma: discount γ in [0, 1].
        learning_rate: α₀ in (0, 1].
        omega: ω >= 0; 1 makes the values of one-step tasks plain means.
        epsilon: probability in [0, 1] of an action drawn from π_ref while learning; with 1 it learns from the steps of
            the reference, so that no early success keeps it from looking further.
        initial_value: what all values start from.

    Attributes:
        Q: [S, A] action values.
        visits: [S, A] how often each pair was learned from.

    Raises:
        BadOption: for a number outside its range, or a reference that is no policy.
    """

    beta: float = 0.1
    reference: Sequence[Any] | None = None
    gamma: float = 0.99
    learning_rate: float = 1.0
    omega: float = 0.6
    epsilon: float = 0.0
    initial_value: float = 0.0
    stochastic: ClassVar[bool] = True
    """What it has learned is a policy of probabilities: judge it as it acts."""

    def prepare(self) -> None:
        for name, value, good, expected in (
            ("beta", self.beta, 0 < self.beta < math.inf, "a number above 0"),
            ("gamma", self.gamma, 0 <= self.gamma <= 1, "a number in [0, 1]"),
            ("learning_rate", self.learning_rate, 0 < self.learning_rate <= 1, "a number in (0, 1]"),
            ("omega", self.omega, 0 <= self.omega < math.inf, "a number >= 0"),
            ("epsilon", self.epsilon, 0 <= self.epsilon <= 1, "a probability"),
            ("initial_value", self.initial_value, math.isfinite(self.initial_value), "a finite number"),
        ):
            if not good:
                raise BadOption(f"{name}={value!r}", where="SoftQLearning", expected=expected)
        shape = (self.num_states, self.num_actions)
        given = np.full(shape, 1 / shape[1]) if self.reference is None else np.asarray(self.reference, dtype=float)
        if given.shape not in (shape, shape[1:]) or (given < 0).any() or not np.allclose(given.sum(-1), 1.0):
            raise BadOption(
                f"a reference of shape {given.shape}",
                where="SoftQLearning",
                expected=f"probabilities {list(shape)} or [{shape[1]}]",
            )
        with np.errstate(divide="ignore"):
            self._prior = np.log(np.broadcast_to(given, shape))
        self.Q = np.full(shape, float(self.initial_value))
        self.visits = np.zeros(shape, dtype=np.int64)

    def policy(self, states: np.ndarray) -> np.ndarray:
        """π [n, A] of states [n], counted from 0."""
        score = self._prior[states] + self.Q[states] / self.beta
        weight = np.exp(score - score.max(1, keepdims=True))
        return weight / weight.sum(1, keepdims=True)

    def values(self, states: np.ndarray) -> np.ndarray:
        """V [n] of states [n], counted from 0."""
        score = self._prior[states] + self.Q[states] / self.beta
        top = score.max(1)
        return self.beta * (top + np.log(np.exp(score - top[:, None]).sum(1)))

    def choose(self, obs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        states = self.states(obs)
        chance = self.policy(states)
        if self.epsilon and rng is not self._predicting:
            free = rng.random(len(obs)) < self.epsilon
            chance = np.where(free[:, None], np.exp(self._prior[states]), chance)
        line = chance.cumsum(1)
        return (line < rng.random((len(obs), 1)) * line[:, -1:]).sum(1)

    def greedy(self, obs: np.ndarray) -> np.ndarray:
        return self.policy(self.states(obs)).argmax(1)

    def update(
        self, state: np.ndarray, action: np.ndarray, reward: np.ndarray, after: np.ndarray, terminated: np.ndarray
    ) -> None:
        target = reward + self.gamma * np.where(terminated, 0.0, self.values(after))  # [B]
        pair = state * self.num_actions + action
        number = visits(self.visits.reshape(-1), pair)
        blend(self.Q.reshape(-1), pair, target, self.learning_rate / number**self.omega)

    def tables(self) -> dict[str, Any]:
        return {"Q": self.Q, "visits": self.visits}
