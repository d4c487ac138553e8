"""Potential-based shaping.

    F(s, s') = γ Φ(s') − Φ(s),    Φ(terminal) = 0

Pays progress; for every Φ the optimal policies of the task stay optimal.

Source: Ng, Harada, Russell, "Policy Invariance Under Reward Transformations: Theory and Application to Reward Shaping",
ICML 1999, Theorem 1; Grzes, "Reward Shaping in Episodic Reinforcement Learning", AAMAS 2017 (the terminal potential).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward
from rewardlab.rewards.shaping.kernel import checked, kept
from rewardlab.rewards.shaping.table import Table


@dataclass
class Potential(Reward):
    """Pays γ Φ(s') − Φ(s).

    Args:
        phi: the potential of observations, [B, *obs] -> [B]; of terminal ones it is not used, and may be NaN. Where
            observations are states 0, 1, 2, ... also their potentials as a tuple, which a saved reward keeps.
        gamma: the agent's own discount; with another one the invariance is lost.

    Raises:
        BadReward: when called, if `phi` does not give one number for each observation.
    """

    phi: Callable[[Tree], Array] | tuple[float, ...]  # [B, *obs] -> [B]
    gamma: float = 0.99
    invariance: ClassVar[Literal["exact", "limit", "no"]] = "exact"
    knowledge: ClassVar[str] = "a potential"

    def __post_init__(self) -> None:
        self._phi = Table(self.phi) if isinstance(self.phi, tuple) else self.phi

    def __call__(self, batch: Transitions) -> Array:
        before, after = (checked(self._phi(x), batch, where="Potential") for x in (batch.obs, batch.next_obs))
        return self.gamma * kept(after, batch) - before
