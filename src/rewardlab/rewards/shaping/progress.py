"""Potential-based shaping on an info column.

    F_t = γ Φ_t+1 − Φ_t,    Φ_t = sign · column_t,    Φ_0 = start,    Φ(terminal) = 0

For quantities that the environment tells but does not show, such as a distance. Steps carry no column of the reset, so
the first potential of an episode is a constant. That costs nothing: the discounted sum of an episode is
γ^T Φ_T − start whatever was done, so the optimal policies stay optimal for every `start`.

Source: Ng, Harada, Russell, "Policy Invariance Under Reward Transformations: Theory and Application to Reward Shaping",
ICML 1999, Theorem 1; Devlin, Kudenko, "Dynamic Potential-Based Reward Shaping", AAMAS 2012, Section 3 (potentials that
depend on the history).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.memory import EpisodeMemory
from rewardlab.core.reward import Reward
from rewardlab.rewards.shaping.kernel import kept


@dataclass
class Progress(Reward):
    """Pays γ Φ' − Φ for an info column that tells how far the task has come, or how far it has to go.

    Args:
        column: the info column, [B] numbers.
        sign: -1 for what shall shrink (a distance), +1 for what shall grow; its size scales the pay.
        gamma: the agent's own discount; with another one the invariance is lost.
        start: the potential of every episode's first observation. With the value that the column usually has at reset
            (times `sign`) the first step pays like the others.
    """

    column: str
    sign: float = -1.0
    gamma: float = 0.99
    start: float = 0.0
    memory: ClassVar[bool] = True
    invariance: ClassVar[Literal["exact", "limit", "no"]] = "exact"
    knowledge: ClassVar[str] = "a measure of progress"

    def __post_init__(self) -> None:
        self._before = EpisodeMemory(self.start, where="Progress")  # Φ_t [N]

    def __call__(self, batch: Transitions) -> Array:
        before = self._before.read(batch.reward)
        after = self.sign * namespace(before).astype(batch.column(self.column, by="Progress"), before.dtype)
        self._before.write(after)
        return self.gamma * kept(after, batch) - before

    def reset(self, begun: Array) -> None:
        self._before.reset(begun)

    def state_dict(self) -> dict[str, Any]:
        return self._before.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._before.load_state_dict(state)
