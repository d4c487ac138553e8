"""Novelty difference (NovelD).

    r(s, s') = max(b(s') − α b(s), 0) · 1[n_e(s') = 1]

Pays the step over the border of what is known: where the novelty b of the state reached exceeds that of the state left,
once per episode. It draws an agent along a frontier, where b itself would reward staying beyond it.

Source: Zhang, Xu, Wang, Wu, Keutzer, Gonzalez, Tian, "NovelD: A Simple yet Effective Exploration Criterion", NeurIPS
2021, Section 3.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np

from rewardlab.core.algebra import Composite, finite
from rewardlab.core.arrays import Array, Tree, namespace, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Reward
from rewardlab.core.visits import EpisodeVisits


@dataclass
class NovelD(Composite):
    """Pays what a lifelong bonus gains over a step, on the first visit of the episode.

    The bonus is asked twice, for the state reached and, as if a step had led there, for the state left; it learns from
    the steps as they are. The state in which an episode begins counts as visited.

    Args:
        bonus: b, a reward that depends on `next_obs` alone: RND(), CountBonus(), HashedCount() ...
        alpha: α, how much of the novelty of the state left is taken off. The paper's.
        key: observations [N, *obs] -> what tells states apart in an episode. None takes whole observations.
        most: the largest number of states that one episode remembers; beyond it new ones pay 0.

    Raises:
        BadOption: for a bonus with episode memory or on a column of `info`, an alpha that is not finite, or
            most < 1.
    """

    bonus: Reward
    alpha: float = 0.5
    key: Callable[[Tree], Tree] | None = None
    most: int = 4096
    memory: ClassVar[bool] = True  # type: ignore[misc]
    invariance: ClassVar[Literal["exact", "limit", "no"]] = "limit"

    def __post_init__(self) -> None:
        if self.bonus.memory:
            raise BadOption(
                f"{self.bonus!r} has episode memory",
                where="NovelD",
                expected="a lifelong bonus, which can be asked for any state",
                mend="RND(), CountBonus() or HashedCount()",
            )
        if isinstance(getattr(self.bonus, "key", None), str):
            raise BadOption(
                f"{self.bonus!r} counts by a column of info",
                where="NovelD",
                expected="a bonus on observations: a column says nothing of the state left",
                mend="a key that is a function of observations",
            )
        self.alpha = finite(self.alpha, "alpha", "NovelD")
        self._visits = EpisodeVisits(self.key, self.most, where="NovelD", cap=2)

    def __call__(self, batch: Transitions) -> Array:
        xp = namespace(batch.reward)
        gain = self.bonus(batch) - self.alpha * self.bonus(replace(batch, next_obs=batch.obs))
        paid = xp.where(gain < 0, xp.zeros_like(gain), gain)  # NaN stays
        visit = self._visits.reached(batch)
        first = np.where(np.isnan(visit), np.nan, visit == 1.0)
        return paid * tensor(first, like=paid) if xp is not np else paid * first.astype(paid.dtype)

    def update(self, batch: Transitions) -> dict[str, float]:
        return self.bonus.update(batch)

    def reset(self, begun: Array) -> None:
        super().reset(begun)
        self._visits.reset(begun)

    def state_dict(self) -> dict[str, Any]:
        return {"bonus": super().state_dict(), "episode": self._visits.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("bonus", "episode"), where="NovelD")
        super().load_state_dict(state["bonus"])
        self._visits.load_state_dict(state["episode"])
