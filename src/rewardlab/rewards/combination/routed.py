"""Mixed-R1: rewards routed by the type of the task.

    R = Σ_k 1[type = k] R_k

Pays each item by the rule of its type, so that one run mixes tasks that are checked in different ways. Advantages stay
comparable if every rule pays in [0, 1] and groups belong to one prompt. A format term is added beside it:
`Routed(...) + 0.5 * FormatReward(...)`. Evidence: waits for a policy that answers mixed tasks.

Source: Xu, Li, Yang, Zhang, Sun, Chow, Li, Song, Xu, Tong, Li, Fei, "Mixed-R1: Unified Reward Perspective For Reasoning
Capability in Multimodal Large Language Models", arXiv 2505.24164, 2025 (mixed rewards).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rewardlab.core.arrays import Array, array, is_torch, namespace, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.reward import Reward, add, joined
from rewardlab.rewards.combination.several import Several


@dataclass
class Routed(Several):
    """Pays what the reward of the step's type pays; every route sees every row, and may pay NaN where it is not asked.

    Parts are those of the routes, 0 where another one pays.

    Args:
        routes: type -> reward; types are texts or integers, as the column gives them.
        column: the info column [B] of types.

    Raises:
        BadOption: for no routes, or anything in them that is no reward.
        BadBatch: when called, for a type without a route.
        MissingColumn: when called, for a column that the environment does not give.
    """

    routes: Mapping[Any, Reward]
    column: str = "type"
    knowledge: ClassVar[str] = "a rule for each type of task"

    def __post_init__(self) -> None:
        if not self.routes or not all(isinstance(r, Reward) for r in self.routes.values()):
            raise BadOption(f"routes={self.routes!r}", where="Routed", expected="a mapping of types to rewards")
        self.routes = dict(self.routes)

    def children(self) -> tuple[Reward, ...]:
        return tuple(self.routes.values())

    def __call__(self, batch: Transitions) -> Array:
        return add(self.parts(batch))

    def parts(self, batch: Transitions) -> dict[str, Array]:
        return self._routed(batch, [r.parts(batch) for r in self.children()])

    def recorded(self, batch: Transitions) -> dict[str, Array]:
        return self._routed(batch, [r.recorded(batch) for r in self.children()])

    def _routed(self, batch: Transitions, many: list[dict[str, Array]]) -> dict[str, Array]:
        types = array(batch.column(self.column, by="Routed"))
        masks = [np.asarray(types == kind, dtype=bool) for kind in self.routes]
        lost = ~np.logical_or.reduce(masks)
        if types.shape != batch.shape or lost.any():
            strange = f"{types[lost][0]!r}" if types.shape == batch.shape else f"of shape {types.shape}"
            raise BadBatch(f"{self.column} {strange}", where="Routed", expected=f"one of {[*self.routes]} for each row")
        return joined([{k: _kept(v, m) for k, v in p.items()} for p, m in zip(many, masks, strict=True)])


def _kept(pay: Array, mask: np.ndarray) -> Array:
    xp = namespace(pay)
    asked = tensor(mask, device=pay.device) if is_torch(pay) else mask
    return xp.where(asked, pay, xp.zeros_like(pay))
