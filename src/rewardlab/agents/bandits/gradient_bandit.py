"""Gradient bandit: preferences that follow the gradient of the expected pay.

    π = softmax(H);    H += α (r − r̄) (1[a] − π),    r̄ the mean of all pay before

A sample of the policy gradient with a baseline: the expected step is α ∂E[r]/∂H for every r̄ that does not depend on
the arm. Preferences know no scale of their own, so pay far from 0 does no harm.

Source: Sutton, Barto, "Reinforcement Learning: An Introduction", 2nd edition, 2018, Section 2.8, Equation 2.12;
Williams, "Simple Statistical Gradient-Following Algorithms for Connectionist Reinforcement Learning", Machine Learning
1992, Theorem 1.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.regularisers import simplex_entropy
from rewardlab.agents.loops.weights import LawAgent
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class GradientBandit(LawAgent):
    """A softmax policy on preferences, for Discrete actions and any observation, which it ignores.

    Rows that share a memory act by one policy, and their steps are added; the first of all pay is its own baseline.
    Late pay moves the preferences by the policy of the time at which it comes.

    Args:
        alpha: α > 0, the step size.

    Attributes:
        preferences: [M, K] H.

    Raises:
        BadOption: for a step size outside its range.
    """

    alpha: float = 0.1

    def prepare(self) -> None:
        super().prepare()
        if not 0 < self.alpha < np.inf:
            raise BadOption(f"alpha={self.alpha!r}", where="GradientBandit", expected="a number above 0")
        self.preferences = np.zeros((self.memories, self.num_actions))

    def feed(self, memory: np.ndarray, arm: np.ndarray, pay: np.ndarray) -> None:
        m = self.memories
        number, paid = np.bincount(memory, minlength=m), np.bincount(memory, pay, minlength=m)
        before = self.pulled - number
        known = np.where(before > 0, self.totals.sum(1) - paid, paid)
        baseline = known / np.maximum(np.where(before > 0, before, number), 1)
        better = pay - baseline[memory]
        cell = memory * self.num_actions + arm
        up = np.bincount(cell, better, minlength=self.counts.size).reshape(self.counts.shape)
        down = np.bincount(memory, better, minlength=m)[:, None] * self.chances
        self.preferences += self.alpha * (up - down)
        self.chances = simplex_entropy(-self.preferences)

    def tables(self) -> dict[str, Any]:
        return {**super().tables(), "preferences": self.preferences}
