"""Differentiation of graded rewards, with thresholds that tighten.

    φ(r) = 0 if r < low, 1 if r > high, r otherwise;    (low, high): early, then late

Makes low scores nothing and high scores full, and keeps the middle graded, so that the answers of a group differ more.
The thresholds tighten for good once the mean score of a batch passes a mark, or after a number of steps.

Source: Zhan, Zhu, Zheng, Zhao, Yang, Tang, Wang, "Vision-R1: Evolving Human-Free Alignment in Large Vision-Language
Models via Vision-Guided Reinforcement Learning", arXiv 2503.18013, 2025, Section 3 (progressive rule refinement).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Reward


@dataclass
class Differentiated(Reward):
    """Pays φ of what the stage below paid: `graded.then(Differentiated())`; NaN stays NaN.

    Args:
        early: (low, high) at the beginning.
        late: (low, high) once tightened.
        enough: the mean of a batch's rewards above which they tighten; infinite for never.
        steps: transitions learned from after which they tighten in any case; never if None.

    Raises:
        BadOption: for thresholds out of order, or steps below 1.
    """

    early: tuple[float, float] = (0.5, 0.75)
    late: tuple[float, float] = (0.75, 0.9)
    enough: float = 0.75
    steps: int | None = None

    def __post_init__(self) -> None:
        for name in ("early", "late"):
            values = getattr(self, name)
            if len(values) != 2 or not values[0] <= values[1]:
                raise BadOption(f"{name}={values!r}", where="Differentiated", expected="(low, high) with low <= high")
        if self.steps is not None and self.steps < 1:
            raise BadOption(f"steps={self.steps!r}", where="Differentiated", expected="an integer >= 1, or None")
        self._seen, self._tight = 0, False

    @property
    def tight(self) -> bool:
        """Whether the late thresholds are in force."""
        return self._tight

    def __call__(self, batch: Transitions) -> Array:
        low, high = self.late if self._tight else self.early
        r = batch.reward * 1.0
        xp = namespace(r)
        return xp.where(r < low, xp.zeros_like(r), xp.where(r > high, xp.ones_like(r), r))

    def update(self, batch: Transitions) -> dict[str, float]:
        scores = np.asarray(array(batch.reward), dtype=np.float64).ravel()
        if not scores.size:
            return {}
        mean = float(scores.mean())
        self._seen += scores.size
        self._tight = self._tight or mean > self.enough or (self.steps is not None and self._seen >= self.steps)
        return {f"{self.name}/mean": mean, f"{self.name}/tight": float(self._tight)}

    def state_dict(self) -> dict[str, Any]:
        return {"seen": self._seen, "tight": self._tight}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("seen", "tight"), where="Differentiated")
        self._seen, self._tight = int(state["seen"]), bool(state["tight"])
