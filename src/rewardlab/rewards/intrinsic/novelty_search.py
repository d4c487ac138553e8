"""Novelty search.

    ρ(x) = 1/k Σ_i=1..k ‖x − μ_i‖,    μ_i the k nearest behaviours of archive and population;    paid where episodes end

Pays an episode for behaving unlike those before it, whatever the task says: where the gradient of the task deceives,
stepping stones are found by variety. A behaviour is a short description of an episode, by default where it ended.

Source: Lehman, Stanley, "Abandoning Objectives: Evolution Through the Search for Novelty Alone", Evolutionary
Computation 2011, Equation 1 and Section 3.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rewardlab.core.arrays import Array, array, is_torch, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption
from rewardlab.core.hashing import rows_of
from rewardlab.core.reward import Reward


@dataclass
class NoveltySearch(Reward):
    """Pays the step on which an episode ends the mean distance of its behaviour to the k nearest known ones.

    `update` learns the behaviours of the episodes that end in its batch: the latest are the population, and those of
    more novelty than the threshold enter the archive. While fewer than k are known the mean is over those, and while
    none is, it is 0. What an episode did on its way reaches the behaviour through `info` columns.

    Args:
        k: neighbours. The paper's.
        threshold: ρ_min, how novel a behaviour must be to enter the archive. Ours, as it depends on their scale.
        describe: steps [*lead] -> behaviours [*lead, D], read where episodes end; all numbers of `next_obs` if not
            given.
        size: the largest archive; a further member takes the place of the oldest.
        population: how many of the latest behaviours count beside it. The paper's: a generation of 250.

    Raises:
        BadOption: for k, size or population < 1, or a negative threshold.
        BadBatch: from `update`, for a behaviour with NaN or infinity.
    """

    k: int = 15
    threshold: float = 0.0
    describe: Callable[[Transitions], Array] | None = None
    size: int = 1000
    population: int = 250
    knowledge: ClassVar[str] = "what makes behaviours differ"

    def __post_init__(self) -> None:
        if min(self.k, self.size, self.population) < 1 or not self.threshold >= 0:
            raise BadOption(
                f"k={self.k!r}, threshold={self.threshold!r}, size={self.size!r}, population={self.population!r}",
                where="NoveltySearch",
                expected="k, size and population >= 1, and a threshold >= 0",
            )
        self._archive = np.zeros((0, 0))  # [M, D], the oldest first
        self._latest = np.zeros((0, 0))  # [P, D], the oldest first

    def _behaviours(self, batch: Transitions, at: np.ndarray) -> np.ndarray:
        """[M, D] of the steps at the places `at` [M] of the flat batch."""
        n = math.prod(batch.shape)
        if self.describe is not None:
            return array(self.describe(batch)).reshape(n, -1)[at].astype(np.float64)
        return np.concatenate([x[at].astype(np.float64) for x in rows_of(batch.next_obs, batch.shape)], axis=1)

    def novelty(self, behaviour: np.ndarray) -> np.ndarray:
        """ρ [M] of behaviours [M, D]: the mean distance to the k nearest of archive and population."""
        from scipy.spatial.distance import cdist

        known = [x for x in (self._archive, self._latest) if len(x)]
        if not known or not len(behaviour):
            return behaviour.sum(-1) * 0.0  # a NaN shows
        distance = np.concatenate([cdist(behaviour, x) for x in known], axis=1)
        k = min(self.k, distance.shape[1])
        near = np.partition(distance, k - 1, axis=1)[:, :k].mean(1)
        return np.where(np.isnan(behaviour).any(1), np.nan, near)

    def __call__(self, batch: Transitions) -> Array:
        done = np.flatnonzero(array(batch.done))
        pay = np.zeros(math.prod(batch.shape))
        if len(done):
            pay[done] = self.novelty(self._behaviours(batch, done))
        pay = pay.reshape(batch.shape)
        return tensor(pay, like=batch.reward) if is_torch(batch.reward) else pay

    def update(self, batch: Transitions) -> dict[str, float]:
        done = np.flatnonzero(array(batch.done))
        if len(done):
            x = self._behaviours(batch, done)
            if not np.isfinite(x).all():
                raise BadBatch(
                    "a behaviour with NaN or infinity", where="NoveltySearch.update", expected="finite numbers"
                )
            novel = self.novelty(x) > self.threshold
            if not len(self._archive):
                novel[0] = True  # there is nothing yet that it could be like
            self._archive = _joined(self._archive, x[novel], self.size)
            self._latest = _joined(self._latest, x, self.population)
        return {f"{self.name}/archive": float(len(self._archive))}

    def state_dict(self) -> dict[str, Any]:
        return {"archive": self._archive.copy(), "latest": self._latest.copy()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("archive", "latest"), where="NoveltySearch")
        held = [np.array(state[k], dtype=np.float64) for k in ("archive", "latest")]
        if any(x.ndim != 2 for x in held):
            raise BadCheckpoint("behaviours of another shape", where="NoveltySearch", expected="[M, D]")
        self._archive, self._latest = held


def _joined(old: np.ndarray, new: np.ndarray, most: int) -> np.ndarray:
    return (np.concatenate([old, new]) if len(old) else new)[-most:]
