"""Induced Bayesian network: rewards of responses as Gaussians, tied by likeness and by comparisons.

    r ~ N(0, K),    g_n = r(a_n) − r(b_n) + N(0, v)
    E r = K Aᵀ (A K Aᵀ + v I)⁻¹ g,    S = K − K Aᵀ (A K Aᵀ + v I)⁻¹ A K,    d(i, j) = S_ii + S_jj − 2 S_ij

The inference distance d is the variance that comparisons leave to a difference of rewards. It says before any training
which differences a set of comparisons can tell.

Source: Qiu, Zeng, Ji, Yan, Wang, Zhou, Han, Dai, Pan, Yang, "Reward Generalization in RLHF: A Topological Perspective",
Findings of ACL 2025, Sections 3 and 4 (induced Bayesian network, inference distance, tree-structured data); the
Gaussian form is ours, its posterior that of Rasmussen, Williams, "Gaussian Processes for Machine Learning", 2006,
Eq. 2.25 and 2.26.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rewardlab.core.arrays import Array, array, is_torch, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.reward import Reward
from rewardlab.rewards.preference import kernel as likelihood

Likeness = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Flat observations [N, F] and [M, F] -> prior covariances [N, M] of their rewards."""


@dataclass(kw_only=True)
class InducedNetwork(Reward):
    """Pays the posterior mean of a Gaussian reward, given comparisons; the reward of a segment is the sum of its steps.

    Items are Transitions [P, 2, T] with `info["label"]` [P], and perhaps `info["mask"]` [P, 2, T]. A column
    `info["gap"]` [P] holds measured differences; without it a label y counts as a measured gap of 2 y − 1, which is
    ours. Everything that was ever fitted is kept, so that more data never leaves more open.

    Args:
        prior: covariances of rewards by observation, see `Likeness`; actions are not looked at.
        noise: v > 0, the variance of a measured difference.

    Raises:
        BadOption: for a noise that is not positive.
    """

    knowledge: ClassVar[str] = "which responses are alike"

    prior: Likeness
    noise: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.noise < np.inf:
            raise BadOption(f"noise={self.noise!r}", where="InducedNetwork", expected="a finite number above 0")
        self._points = np.zeros((0, 0))  # [U, F] different steps that were compared
        self._signs = np.zeros((0, 0))  # [n, U] A
        self._gaps = np.zeros(0)  # [n]
        self._refresh()

    def __call__(self, batch: Transitions) -> Array:
        return _as(self._mean(_flat(batch)), batch.reward)

    def uncertainty(self, batch: Transitions) -> Array:
        """Posterior deviation [*lead] of the pay."""
        x = _flat(batch).reshape(-1, _width(batch))
        parts = np.array_split(x, max(1, len(x) // 64))  # only the diagonal is asked for
        spread = np.concatenate([np.diagonal(self._covariance(part, part)) for part in parts])
        return _as(np.sqrt(np.maximum(spread, 0.0)).reshape(batch.shape), batch.reward)

    def covariance(self, batch: Transitions) -> np.ndarray:
        """S [B, B] of steps [B]; S_ii + S_jj − 2 S_ij are distances."""
        x = _flat(batch).reshape(-1, _width(batch))
        return self._covariance(x, x)

    def segment_scores(self, items: Transitions) -> Array:
        """Posterior means [P, G] of whole segments."""
        mask = items.info.get("mask")
        steps = self._mean(_flat(items))
        return _as(likelihood.segment_scores(steps, None if mask is None else array(mask)), items.reward)

    def distances(self, pairs: Transitions) -> Array:
        """d [P], the posterior variance of the difference of the two segments of each pair."""
        x, signs = _flat(pairs), _signs(pairs)
        found = [float(s.ravel() @ self._covariance(y, y) @ s.ravel()) for s, y in zip(signs, _rows(x), strict=True)]
        return _as(np.array(found), pairs.reward)

    def update(self, batch: Transitions) -> dict[str, float]:
        """Take in items [P, 2, T]; batches of other axes teach nothing."""
        return self.fit(batch) if len(batch.shape) == 3 else {}

    def fit(self, items: Transitions) -> dict[str, float]:
        """Take in judged items [P, 2, T], beside those that were taken in before.

        Raises:
            BadBatch: for wrong axes, or numbers that are not finite.
            MissingColumn: without judgements.
        """
        items = likelihood.check_comparisons(items, where="InducedNetwork")
        gap = items.info.get("gap", 2.0 * items.info["label"] - 1.0)
        gap, x, signs = array(gap).astype(np.float64), _flat(items), _signs(items)
        if gap.shape != items.shape[:1] or not (np.isfinite(gap).all() and np.isfinite(x).all()):
            raise BadBatch(
                "gaps or observations", where="InducedNetwork", expected="finite numbers, a gap for each pair"
            )
        held = len(self._points)
        old = self._points if held else np.zeros((0, x.shape[-1]))
        points, place = np.unique(np.concatenate([old, x.reshape(-1, x.shape[-1])]), axis=0, return_inverse=True)
        table = np.zeros((len(self._gaps) + len(gap), len(points)))
        table[: len(self._gaps), place[:held]] = self._signs
        row = np.repeat(np.arange(len(self._gaps), len(table)), signs[0].size if len(signs) else 0)
        np.add.at(table, (row, place[held:]), signs.ravel())
        self._points, self._signs, self._gaps = points, table, np.concatenate([self._gaps, gap])
        self._refresh()
        return {f"{self.name}/pairs": float(len(self._gaps))}

    def state_dict(self) -> dict[str, Any]:
        return {"points": self._points.copy(), "signs": self._signs.copy(), "gaps": self._gaps.copy()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("points", "signs", "gaps"), where="InducedNetwork")
        self._points, self._signs, self._gaps = (np.array(state[k]) for k in ("points", "signs", "gaps"))
        self._refresh()

    def _refresh(self) -> None:
        """(A K Aᵀ + v I)⁻¹ and what means need of it."""
        if not len(self._gaps):
            return
        gram = self._signs @ self.prior(self._points, self._points) @ self._signs.T
        self._inverse = np.linalg.inv(gram + self.noise * np.eye(len(gram)))
        self._weights = self._signs.T @ (self._inverse @ self._gaps)  # [U]

    def _mean(self, x: np.ndarray) -> np.ndarray:
        if not len(self._gaps):
            return np.zeros(x.shape[:-1])
        return (self.prior(x.reshape(-1, x.shape[-1]), self._points) @ self._weights).reshape(x.shape[:-1])

    def _covariance(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        before = self.prior(x, y)
        if not len(self._gaps):
            return before
        left, right = (self.prior(z, self._points) @ self._signs.T for z in (x, y))
        return before - left @ self._inverse @ right.T


def _width(batch: Transitions) -> int:
    return int(np.prod(batch.obs.shape[len(batch.shape) :]))


def _flat(batch: Transitions) -> np.ndarray:
    """Observations [*lead, F]."""
    if isinstance(batch.obs, (Mapping, tuple)):
        raise BadBatch("observations of several parts", where="InducedNetwork", expected="one array")
    return array(batch.obs).astype(np.float64).reshape(*batch.shape, _width(batch))


def _signs(items: Transitions) -> np.ndarray:
    """[P, 2, T]: 1 on the steps of the first segments, −1 on those of the second, 0 where a mask is 0."""
    signs = np.ones(items.shape) * np.array([1.0, -1.0])[:, None]
    mask = items.info.get("mask")
    return signs if mask is None else signs * (array(mask) != 0)


def _rows(x: np.ndarray) -> np.ndarray:
    return x.reshape(len(x), -1, x.shape[-1])


def _as(x: np.ndarray, like: Array) -> Array:
    return tensor(x, device=like.device) if is_torch(like) else x
