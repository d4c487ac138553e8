"""Potential-based shaping.

    F(s, s') = γ Φ(s') − Φ(s),    Φ(terminal) = 0

Pays progress; for every Φ the optimal policies of the task stay optimal.

Source: Ng, Harada, Russell, "Policy Invariance Under Reward Transformations: Theory and Application to Reward Shaping",
ICML 1999, Theorem 1; Grzes, "Reward Shaping in Episodic Reinforcement Learning", AAMAS 2017 (the terminal potential).
"""

from collections.abc import Callable
from dataclasses import dataclass

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward


@dataclass
class Potential(Reward):
    """Pays γ Φ(s') − Φ(s).

    Args:
        phi: the potential of observations, [B, *obs] -> [B].
        gamma: the agent's own discount; with another one the invariance is lost.
    """

    phi: Callable[[Tree], Array]  # [B, *obs] -> [B]
    gamma: float = 0.99

    def __call__(self, batch: Transitions) -> Array:
        # The terminal state has no potential, or the sum would not telescope; a truncated one keeps its own.
        after = self.phi(batch.next_obs) * ~batch.terminated
        return self.gamma * after - self.phi(batch.obs)
