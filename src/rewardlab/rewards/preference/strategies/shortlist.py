"""Shortlist: one strategy among the best of another.

    candidates -> the times · count of highest score -> the count that a second strategy picks

With scores of doubt and a k-centre behind them these are the questions that are both open and different.

Source: Lee, Smith, Dragan, Abbeel, "B-Pref: Benchmarking Preference-Based Reinforcement Learning", NeurIPS 2021
Datasets and Benchmarks (hybrid sampling of queries).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.arrays import is_torch, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.strategies.kernel import Strategy, check_count


@dataclass
class Shortlist:
    """Lets a second strategy pick among what a first one picks.

    Args:
        first: makes the list, e.g. `Disagreement()`.
        then: picks from it, e.g. `KCentre()`.
        times: how many times as many are on the list as are picked, at least 1.

    Raises:
        BadOption: for times below 1.
    """

    first: Strategy
    then: Strategy
    times: int = 10

    def __post_init__(self) -> None:
        if self.times < 1:
            raise BadOption(f"times={self.times!r}", where="Shortlist", expected="at least 1")

    def __call__(self, candidates: Transitions, model: Any, count: int, rng: np.random.Generator) -> np.ndarray:
        """Positions [count].

        Raises:
            BadOption: for a count outside 0 .. C.
        """
        check_count(candidates, count, where="Shortlist")
        kept = self.first(candidates, model, min(self.times * count, len(candidates)), rng)
        rows = candidates.rows(tensor(kept, device=candidates.reward.device) if is_torch(candidates.reward) else kept)
        return kept[self.then(rows, model, count, rng)]
