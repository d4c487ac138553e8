"""Running standardisation.

    (r − μ) / σ,    clip(r, μ ± w σ),    (r − low) / (high − low)

Shapers that know a reward by what it has paid so far: its mean and deviation, or its least and largest value. Unlike
`Normalise` they move the mean, which pays for long or short episodes; they are meant for episodes of one step.

Source: Fu, Zhao, Yao, Wang, Han, Xiao, "Reward Shaping to Mitigate Reward Hacking in RLHF", 2025, Section 4 (running
mean-std, clipping and min-max as baselines); Chan, Golub, LeVeque, "Algorithms for Computing the Sample Variance:
Analysis and Recommendations", The American Statistician, 1983.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.reward import Reward
from rewardlab.core.statistics import RunningMoments
from rewardlab.rewards.transforms.references import positive


@dataclass
class Standardise(Reward):
    """Pays (r − μ) / σ with the running mean and deviation of what the stage below paid.

    Learned by `update` alone; before the first one rewards pass unchanged.

    Args:
        epsilon: added to the variance.
    """

    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        positive(self.epsilon, "epsilon", type(self).__name__)
        self._moments = RunningMoments()

    @property
    def mean(self) -> float:
        """μ, 0 before the first update."""
        return float(self._moments.mean)

    @property
    def deviation(self) -> float:
        """σ, 1 before the first update."""
        return math.sqrt(float(self._moments.var) + self.epsilon) if self._moments.count else 1.0

    def __call__(self, batch: Transitions) -> Array:
        return (batch.reward - self.mean) / self.deviation

    def update(self, batch: Transitions) -> dict[str, float]:
        self._moments.update(np.asarray(array(batch.reward), dtype=np.float64).ravel())
        return {f"{self.name}/mean": self.mean, f"{self.name}/deviation": self.deviation}

    def state_dict(self) -> dict[str, Any]:
        return self._moments.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._moments.load_state_dict(state)


@dataclass
class ClipBand(Standardise):
    """Pays r within μ ± w σ.

    Args:
        width: w > 0, in deviations.
    """

    width: float = 1.0

    def __post_init__(self) -> None:
        positive(self.width, "width", "ClipBand")
        super().__post_init__()

    def __call__(self, batch: Transitions) -> Array:
        if not self._moments.count:
            return batch.reward * 1.0
        reach = self.width * self.deviation
        return namespace(batch.reward).clip(batch.reward, self.mean - reach, self.mean + reach)


@dataclass
class MinMax(Reward):
    """Pays (r − low) / (high − low) with the least and the largest value so far; what lies beyond is clipped to [0, 1].

    Learned by `update` alone; before the first one, and while all values are equal, rewards pass unchanged.
    """

    def __post_init__(self) -> None:
        self._low, self._high = math.inf, -math.inf

    def __call__(self, batch: Transitions) -> Array:
        if not self._high > self._low:
            return batch.reward * 1.0
        span = self._high - self._low
        return namespace(batch.reward).clip((batch.reward - self._low) / span, 0.0, 1.0)

    def update(self, batch: Transitions) -> dict[str, float]:
        values = array(batch.reward)
        if values.size:
            self._low, self._high = min(self._low, float(values.min())), max(self._high, float(values.max()))
        return {"min_max/low": self._low, "min_max/high": self._high}

    def state_dict(self) -> dict[str, Any]:
        return {"low": self._low, "high": self._high}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("low", "high"), where="MinMax")
        self._low, self._high = float(state["low"]), float(state["high"])
