"""Directional preference alignment (DPA).

    R(x, v, y) = v · r̂(x, y),    ‖v‖ = 1,    r̂_k = (r_k − mean r_k) / std r_k
    v = (cos φ, sin φ),    φ uniform in [−45°, 45°]

Users are directions in the space of objectives: a policy that is conditioned on v, and trained on the best of n of its
own samples under v · r̂, is then steered by arithmetic. Objectives are standardised once, so that a direction means the
same in any units; a fixed norm leaves no way to ask for more of everything. Evidence:
`benchmarks.effects.written_people`, a small transformer with nine directions in its prompts, three rounds of the best
of eight: lengths follow the angle (Spearman 0.98), each round brings more, and directions bring 2.00 deviations, one
reward for all 1.87, values in the prompt 1.27.

Source: Wang et al., "Arithmetic Control of LLMs for Diverse User Preferences: Directional Preference Alignment with
Multi-Objective Rewards", ACL 2024, Section 3.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rewardlab.core.arrays import Array, array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.reward import Reward
from rewardlab.core.statistics import RunningMoments
from rewardlab.rewards.combination.vectors import checked_numbers, dot, objectives


@dataclass
class Directional(Reward):
    """Pays the length of the standardised objectives along a direction.

    Mean and deviation are learned by `update`; before the first one, objectives pass as they are. Taking off the mean
    favours neither response of a pair, but in episodes of free length it pays for long or short ones.

    Args:
        v: the direction, [m] of length 1; components may be negative: less of that, please.
        column: the info column [B, m].

    Raises:
        BadOption: for a v whose length is not 1.
        BadBatch: from `update`, for objectives with NaN or infinity.
    """

    v: tuple[float, ...]
    column: str = "reward_vector"
    knowledge: ClassVar[str] = "the direction that a user wants"

    def __post_init__(self) -> None:
        self.v = checked_numbers(self.v, least=1, where="Directional", name="v")
        length = math.hypot(*self.v)
        if abs(length - 1.0) > 1e-6:
            unit = tuple(round(c / length, 6) for c in self.v) if length else ()
            raise BadOption(f"v={self.v!r}", where="Directional", expected="a vector of length 1", mend=f"v={unit}")
        self._moments = RunningMoments((len(self.v),))

    def __call__(self, batch: Transitions) -> Array:
        values = objectives(batch, self.column, len(self.v), by="Directional")
        if self._moments.count:
            mean, deviation = array(self._moments.mean), np.sqrt(array(self._moments.var))
            scale = np.where(deviation > 0, deviation, 1.0)
            values = [(x - float(m)) / float(s) for x, m, s in zip(values, mean, scale, strict=True)]
        return dot(self.v, values)

    def update(self, batch: Transitions) -> dict[str, float]:
        values = objectives(batch, self.column, len(self.v), by="Directional")
        rows = np.stack([array(x).ravel() for x in values], axis=-1)
        if not np.isfinite(rows).all():
            raise BadBatch(
                f"NaN or infinity in column {self.column!r}", where="Directional.update", expected="finite numbers"
            )
        self._moments.update(rows)
        return {}

    def state_dict(self) -> dict[str, Any]:
        return self._moments.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._moments.load_state_dict(state)


def direction(degrees: float) -> tuple[float, float]:
    """The unit vector (cos φ, sin φ) for an angle φ from the first objective towards the second."""
    angle = math.radians(degrees)
    return math.cos(angle), math.sin(angle)


def draw_directions(n: int, rng: np.random.Generator, *, angle_max: float = 45.0) -> np.ndarray:
    """[n, 2] directions whose angle is uniform in ±angle_max degrees around the first objective.

    Raises:
        BadOption: for an angle_max outside [0, 180].
    """
    if not 0 <= angle_max <= 180:
        raise BadOption(f"angle_max={angle_max!r}", where="draw_directions", expected="degrees in [0, 180]")
    angle = np.radians(rng.uniform(-angle_max, angle_max, n))
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def direction_tokens(v: Sequence[float], names: Sequence[str]) -> str:
    """A direction as words for a prompt, in hundredths: "helpfulness 80 verbosity -60".

    Raises:
        BadOption: unless there is a name for each component.
    """
    if len(v) != len(names):
        raise BadOption(f"{len(names)} names for {len(v)} components", where="direction_tokens", expected="as many")
    return " ".join(f"{name} {round(100 * float(c))}" for name, c in zip(names, v, strict=True))
