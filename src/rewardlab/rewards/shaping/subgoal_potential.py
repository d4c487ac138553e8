"""Subgoal potential.

    Φ(s, k) = (k + 1 / (1 + ‖position(s) − landmark_k‖₂ / scale)) / K,    Φ(s, K) = 1
    F_t = γ Φ(s', k') − Φ(s, k),    k the landmarks reached so far in this episode, in their order

A way given as K landmarks: Φ rises towards the next one, and by 1 / K along the whole. Landmarks off the best way cost
time and not the optimum, as k is part of the past that a potential may depend on. An info column that counts stages
needs no landmarks: `Progress("stage", sign=1.0)`.

Source: Okudo, Yamada, "Subgoal-Based Reward Shaping to Improve Efficiency in Reinforcement Learning", IEEE Access 2021
(potentials by the number of subgoals achieved in order; the closeness to the next one is ours); Grzes,
Kudenko, "Plan-based Reward Shaping for Reinforcement Learning", IEEE Intelligent Systems 2008.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from rewardlab.core.arrays import Array, Tree, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.core.memory import EpisodeMemory
from rewardlab.core.reward import Reward
from rewardlab.rewards.shaping.kernel import Part, discount, kept, part


@dataclass
class SubgoalPotential(Reward):
    """Pays progress along landmarks that are to be reached in order.

    Args:
        position: where the observation says what is to arrive, D numbers.
        landmarks: K >= 1 points of D numbers, the first to be reached first.
        radius: a landmark is reached at this distance or less, >= 0.
        scale: the distance at which the closeness to a landmark is one half, > 0.
        gamma: the agent's own discount, in [0, 1]; with another one the invariance is lost.

    Raises:
        BadOption: for no landmarks, ones of different lengths, or a number outside its range.
    """

    position: Part
    landmarks: tuple[tuple[float, ...], ...]
    radius: float = 0.5
    scale: float = 1.0
    gamma: float = 0.99
    memory: ClassVar[bool] = True
    invariance: ClassVar[Literal["exact", "limit", "no"]] = "exact"
    knowledge: ClassVar[str] = "landmarks on the way"

    def __post_init__(self) -> None:
        self.gamma = discount(self.gamma, where="SubgoalPotential")
        self.landmarks = tuple(tuple(map(float, m)) for m in self.landmarks)
        if len({len(m) for m in self.landmarks}) != 1 or not all(map(math.isfinite, sum(self.landmarks, ()))):
            raise BadOption(
                f"landmarks={self.landmarks}", where="SubgoalPotential", expected="finite points of equal length"
            )
        if not (self.radius >= 0 and self.scale > 0):
            raise BadOption(
                f"radius={self.radius!r}, scale={self.scale!r}", where="SubgoalPotential", expected=">= 0 and > 0"
            )
        self._reached = EpisodeMemory(where="SubgoalPotential")  # k [N]

    def __call__(self, batch: Transitions) -> Array:
        reached, before = self._potential(batch.obs, self._reached.read(batch.reward))
        reached, after = self._potential(batch.next_obs, reached)
        self._reached.write(reached)
        return self.gamma * kept(after, batch) - before

    def _potential(self, obs: Tree, reached: Array) -> tuple[Array, Array]:
        """Landmarks reached with this observation [N], and the potential [N]."""
        position = part(self.position, obs)  # [N, D]
        xp = namespace(position)
        away = []  # the distance to each landmark, K times [N]
        for mark in self.landmarks:
            gap = xp.stack([position[..., i] - x for i, x in enumerate(mark)], axis=-1)
            away.append(xp.sqrt((gap * gap).sum(-1)))
        for k, distance in enumerate(away):  # one observation may reach several in a row
            reached = xp.where((reached == k) & (distance <= self.radius), reached + 1, reached)
        near = xp.zeros_like(reached)
        for k, distance in enumerate(away):
            near = xp.where(reached == k, xp.astype(1 / (1 + distance / self.scale), near.dtype), near)
        return reached, (reached + near) / len(self.landmarks)

    def reset(self, begun: Array) -> None:
        self._reached.reset(begun)

    def state_dict(self) -> dict[str, Any]:
        return self._reached.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._reached.load_state_dict(state)
