"""Randomised preferences: a reward drawn from its posterior, and a draw that says which pairs are worth a question.

    P(τ¹ ≻ τ²) = σ(θ·(φ(τ¹) − φ(τ²))),    φ(τ) = Σ_t φ(s_t, a_t),    θ̄ ~ N(θ̂, σ² Σ⁻¹),    pay = θ̄·φ(s, a)
    ask if E |(θ₀ − θ₁)·(φ(τ¹) − φ(τ²))| = √(4 / π) σ ‖φ(τ¹) − φ(τ²)‖_{Σ⁻¹} > ε

Who plans for a drawn reward explores what may still be good, as in posterior sampling. Pairs on which two draws would
agree teach little and are not asked about, so that the questions come to an end.

Source: Wu, Sun, "Making RL with Preference-based Feedback Efficient via Randomization", ICLR 2024, Algorithm 1
(lines of the reward model and of the query) and Section 5 (other posteriors).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, array, is_torch, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.logistic import draw, expected_gap, fit_logistic, gram
from rewardlab.core.reward import Reward
from rewardlab.rewards.preference.kernel import check_comparisons, preference_logit

_STATE = ("compared", "labels", "mean", "drawn", "fits")


@dataclass(kw_only=True)
class RandomisedPreference(Reward):
    """Pays θ̄·φ, with weights drawn anew whenever it has learned.

    Items are Transitions [P, 2, T] with `info["label"]` [P] and perhaps `info["mask"]` [P, 2, T]. All that were ever
    learned from are kept.

    Args:
        features: steps [*lead] -> φ [*lead, D].
        sigma: σ >= 0, the width of the posterior; 0 pays θ̂ itself.
        lam: λ > 0, the strength of the prior.
        seed: of the draws.

    Attributes:
        mean: θ̂ [D].
        precision: Σ [D, D].
        drawn: θ̄ [D].

    Raises:
        BadOption: for a number outside its range.
    """

    features: Callable[[Transitions], Array]
    sigma: float = 1.0
    lam: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not (self.sigma >= 0 and self.lam > 0):
            raise BadOption(
                f"sigma={self.sigma!r}, lam={self.lam!r}",
                where="RandomisedPreference",
                expected="sigma >= 0 and lam > 0",
            )
        self._compared, self._labels, self._fits = np.zeros((0, 0)), np.zeros(0), 0  # [n, D], [n]
        self.mean = self.drawn = np.zeros(0)
        self.precision = np.zeros((0, 0))

    def __call__(self, batch: Transitions) -> Array:
        phi = self._features(batch)
        return _as(phi @ self.drawn, batch.reward)

    def segment_scores(self, items: Transitions) -> Array:
        """θ̂·φ(τ) [P, G] of whole segments."""
        return _as(self._summed(items) @ self.mean, items.reward)

    def probabilities(self, pairs: Transitions) -> Array:
        """P(first better) [1, P] under θ̂."""
        gap = self._differences(pairs) @ self.mean
        return (0.5 + 0.5 * np.tanh(0.5 * gap))[None]

    def disagreement(self, pairs: Transitions) -> Array:
        """E |(θ₀ − θ₁)·(φ(τ¹) − φ(τ²))| [P] of two draws, in closed form."""
        return _as(expected_gap(self._differences(pairs), self.precision, self.sigma), pairs.reward)

    def asks(self, pairs: Transitions, *, epsilon: float) -> Array:
        """[P] bool: the pairs on which draws differ by more than ε."""
        return self.disagreement(pairs) > epsilon

    def update(self, batch: Transitions) -> dict[str, float]:
        """Learn from items [P, 2, T]; batches of other axes teach nothing."""
        return self.fit(batch) if len(batch.shape) == 3 else {}

    def fit(self, items: Transitions) -> dict[str, float]:
        """Take in judged items [P, 2, T] beside the earlier ones, and draw anew.

        Raises:
            BadBatch: for wrong axes, or features that are not finite numbers of one width.
            MissingColumn: without judgements.
        """
        items = check_comparisons(items, where="RandomisedPreference")
        x = self._differences(items)
        if not np.isfinite(x).all():
            raise BadBatch("features with NaN or infinity", where="RandomisedPreference", expected="numbers")
        self._compared = np.concatenate([self._compared, x]) if len(self._labels) else x
        self._labels = np.concatenate([self._labels, array(items.info["label"]).astype(np.float64)])
        self.mean = fit_logistic(self._compared, self._labels, lam=self.lam, start=self.mean)
        self._fits += 1
        self.precision = gram(self._compared, lam=self.lam)
        self.drawn = self._draw()
        return {f"{self.name}/pairs": float(len(self._labels)), f"{self.name}/norm": float(np.linalg.norm(self.mean))}

    def state_dict(self) -> dict[str, Any]:
        held = (self._compared.copy(), self._labels.copy(), self.mean.copy(), self.drawn.copy(), self._fits)
        return dict(zip(_STATE, held, strict=True))

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, _STATE, where="RandomisedPreference")
        self._compared, self._labels, self.mean, self.drawn = (np.array(state[k]) for k in _STATE[:-1])
        self._fits = int(state["fits"])
        self.precision = gram(self._compared.reshape(len(self._labels), len(self.mean)), lam=self.lam)

    def _draw(self) -> np.ndarray:
        return draw(self.mean, self.precision, self.sigma, np.random.default_rng([self.seed, self._fits]))

    def _features(self, batch: Transitions) -> np.ndarray:
        """φ [*lead, D]; the first ones decide D, and with it the prior."""
        phi = array(self.features(batch)).astype(np.float64)
        if not len(self.mean) and phi.ndim == len(batch.shape) + 1:
            self.mean, self.precision = np.zeros(phi.shape[-1]), self.lam * np.eye(phi.shape[-1])
            self.drawn = self._draw()
        if phi.shape != (*batch.shape, len(self.mean)):
            raise BadBatch(
                f"features {phi.shape}", where="RandomisedPreference", expected=f"{(*batch.shape, len(self.mean))}"
            )
        return phi

    def _summed(self, items: Transitions) -> np.ndarray:
        """φ(τ) [P, G, D]."""
        phi, mask = self._features(items), items.info.get("mask")
        return (phi if mask is None else np.where(array(mask)[..., None] != 0, phi, 0.0)).sum(-2)

    def _differences(self, pairs: Transitions) -> np.ndarray:
        summed = self._summed(pairs)
        return np.asarray(summed[:, 0] - summed[:, 1])


def member_disagreement(scores: Array) -> Array:
    """E |Δ_k − Δ_l| [P] over pairs of different members, of segment scores [K, P, 2], Δ = S_1 − S_2.

    The rule of a question for ensembles: members stand for draws from a posterior without a closed form, as networks
    fitted to bootstraps do.

    Raises:
        BadBatch: for another form or fewer than two members.
    """
    if len(scores.shape) != 3 or scores.shape[2] != 2 or scores.shape[0] < 2:
        raise BadBatch(
            f"scores {tuple(scores.shape)}", where="member_disagreement", expected="[K, P, 2] with two members or more"
        )
    gap = preference_logit(scores)  # [K, P]
    members = len(gap)
    return abs(gap[:, None] - gap[None]).sum(0).sum(0) / (members * (members - 1))


def _as(x: np.ndarray, like: Array) -> Array:
    return tensor(x, device=like.device) if is_torch(like) else x
