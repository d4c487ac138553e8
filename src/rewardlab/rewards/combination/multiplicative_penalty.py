"""Multiplicative penalty.

    R' = R Π_i p_i^c_i,    p_i in (0, 1] factors, c_i in [0, 1] infractions

Infractions take a share of what the step earned instead of a fine: whoever stands still breaks no rule and earns
nothing, so the penalties never make standing still the best. It assumes a reward that is not negative, such as
progress; a negative one would shrink too.

Source: Jaeger, Dauner, Beißwenger, Gerstenecker, Chitta, Geiger, "CaRL: Learning Scalable Planning Policies with Simple
Rewards", CoRL 2025 (the soft penalties).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from rewardlab.core.arrays import Array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Reward, add
from rewardlab.rewards.combination.several import Several, checked_factors, soft_factor


@dataclass
class MultiplicativePenalty(Several):
    """Pays a reward times a factor for each infraction; each part of the reward keeps its name.

    Args:
        reward: what is earned without infractions, not negative.
        factors: info column -> p in (0, 1], what a full infraction leaves. Columns [B] are flags, or degrees in [0, 1];
            others are cut to that range, and NaN is paid as NaN.

    Raises:
        BadOption: for no factors, or one outside (0, 1].
        MissingColumn: when called, for a column that the environment does not give.
    """

    reward: Reward
    factors: Mapping[str, float]
    knowledge: ClassVar[str] = "the infractions"

    def __post_init__(self) -> None:
        self.factors = checked_factors(self.factors, where="MultiplicativePenalty")
        if not self.factors:
            raise BadOption("no factors", where="MultiplicativePenalty", expected='e.g. {"off_lane": 0.5}')

    def __call__(self, batch: Transitions) -> Array:
        return add(self.parts(batch))

    def parts(self, batch: Transitions) -> dict[str, Array]:
        return {k: pay * self._kept(batch, pay) for k, pay in self.reward.parts(batch).items()}

    def recorded(self, batch: Transitions) -> dict[str, Array]:
        return {k: pay * self._kept(batch, pay) for k, pay in self.reward.recorded(batch).items()}

    def _kept(self, batch: Transitions, pay: Array) -> Array:
        return soft_factor(self.factors, batch, pay, by="MultiplicativePenalty")
