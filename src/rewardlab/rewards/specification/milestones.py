"""Milestones.

    F_t = Σ_k w_k (max_{τ ≤ t} c_k,τ − max_{τ < t} c_k,τ),    the maximum of no step is 0

Pays for reaching, once in an episode: a flag pays its weight the first time that it is up, a counter of stages pays its
weight for each new stage, and losing and regaining one pays nothing, so that there is no cycle to farm.

Source: Randløv, Alstrøm, "Learning to Drive a Bicycle Using Reinforcement Learning and Shaping", ICML 1998 (the cycle
that this avoids); Toro Icarte, Klassen, Valenzano, McIlraith, "Reward Machines: Exploiting Reward Function Structure in
Reinforcement Learning", JAIR 2022, Section 3 (rewards that remember what was done).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.core.memory import EpisodeMemory
from rewardlab.core.reward import Reward


@dataclass
class Milestones(Reward):
    """Pays the first time in an episode that info columns rise.

    Args:
        columns: info column -> weight; columns [N] of flags, or of numbers that count stages from 0.

    Raises:
        BadOption: for no columns at all.
        MissingColumn: when called, for a column that the environment does not give.
    """

    columns: Mapping[str, float]
    memory: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not self.columns:
            raise BadOption("no columns", where="Milestones", expected='e.g. {"has_key": 0.1, "door_open": 0.2}')
        self._highest = EpisodeMemory(shape=(len(self.columns),), where="Milestones")  # [K, N]

    def __call__(self, batch: Transitions) -> Array:
        highest = self._highest.read(batch.reward)
        xp = namespace(highest)
        now = xp.stack([xp.astype(batch.column(c, by="Milestones"), highest.dtype) for c in self.columns])
        risen = xp.maximum(highest, now)  # NaN stays NaN
        self._highest.write(risen)
        rise = risen - highest
        pay = xp.zeros_like(highest[0])
        for k, weight in enumerate(self.columns.values()):
            pay = pay + weight * rise[k]
        return pay

    def reset(self, begun: Array) -> None:
        self._highest.reset(begun)

    def state_dict(self) -> dict[str, Any]:
        return self._highest.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._highest.load_state_dict(state)
