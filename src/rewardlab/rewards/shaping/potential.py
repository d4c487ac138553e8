"""Potential-based shaping.

    F(s, s') = γ Φ(s') − Φ(s),    Φ(terminal) = 0

Pays progress; for every Φ the optimal policies of the task stay optimal.

Source: Ng, Harada, Russell, "Policy Invariance Under Reward Transformations: Theory and Application to Reward Shaping",
ICML 1999, Theorem 1; Grzes, "Reward Shaping in Episodic Reinforcement Learning", AAMAS 2017 (the terminal potential).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rewardlab.core.arrays import Array, Tree, is_torch, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadReward
from rewardlab.core.reward import Reward


@dataclass
class Potential(Reward):
    """Pays γ Φ(s') − Φ(s).

    Args:
        phi: the potential of observations, [B, *obs] -> [B]; of terminal ones it is not used, and may be NaN.
        gamma: the agent's own discount; with another one the invariance is lost.

    Raises:
        BadReward: when called, if `phi` does not give one number for each observation.
    """

    phi: Callable[[Tree], Array]  # [B, *obs] -> [B]
    gamma: float = 0.99

    def __call__(self, batch: Transitions) -> Array:
        before, after = (_checked(self.phi(x), batch) for x in (batch.obs, batch.next_obs))
        # The terminal state has no potential, or the sum would not telescope; a truncated one keeps its own.
        xp = namespace(after)
        return self.gamma * xp.where(batch.terminated, xp.zeros_like(after), after) - before


def _checked(phi: Any, batch: Transitions) -> Array:
    shape = getattr(phi, "shape", None)
    if shape is None or tuple(shape) != batch.shape or is_torch(phi) != is_torch(batch.reward):
        raise BadReward(
            f"phi gave {type(phi).__name__}" + ("" if shape is None else f" of shape {tuple(shape)}"),
            where="Potential",
            expected=f"one number per observation: shape {batch.shape}, in the kind of the batch",
            mend="make it of the observations that phi is given, and reduce every axis but the first",
        )
    return phi
