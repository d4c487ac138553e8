"""Linear losses of which one is seen: estimates of all of them, and the loop of those who play by such estimates.

    Σ = Σ_a p_a φ_a φ_aᵀ + γ I,    S = Σ⁻¹,    x = φ_aᵀ S φ_{a_t}
    plain               Q̂(a) = x ℓ                                        from −H/γ on
    magnitude-reduced   Q̂(a) = x ℓ − H (x)₋ + m(a),  m(a) = H Σ_b p_b (φ_aᵀ S φ_b)₋      from −H √(φ_aᵀ S φ_a) on

Both have the same mean, φ_a · S (Σ − γ I) θ, the true loss φ_a · θ where γ = 0. The second moves the lower tail into
its mean m, which is known: (x)₋ = min(x, 0), so that x ℓ − H (x)₋ is never negative for ℓ in [0, H].

Source: Dai, Luo, Wei, Zimmert, "Refined Regret for Adversarial MDPs with Linear Function Approximation", ICML 2023
(the estimators).
"""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.agents.loops.contextual import ContextualAgent
from rewardlab.agents.loops.rollout import Step
from rewardlab.core.errors import BadOption, BadReward


def gram(points: np.ndarray, p: np.ndarray, gamma: np.ndarray) -> np.ndarray:
    """φ_aᵀ S φ_b [..., K, K] for points [K, d], probabilities p [..., K] and γ [...]."""
    d = points.shape[1]
    sigma = np.einsum("...k,kd,ke->...de", p, points, points) + np.asarray(gamma)[..., None, None] * np.eye(d)
    return points @ np.linalg.solve(sigma, np.broadcast_to(points.T, (*p.shape[:-1], *points.T.shape)))


def plain(G: np.ndarray, played: np.ndarray, loss: np.ndarray) -> np.ndarray:
    """Estimates [B, K] from G [B, K, K], arms played [B] and their losses [B]."""
    return seen(G, played) * loss[:, None]


def reduced(G: np.ndarray, p: np.ndarray, played: np.ndarray, loss: np.ndarray, largest: float) -> np.ndarray:
    """Magnitude-reduced estimates [B, K] from G [B, K, K], p [B, K], arms played [B], their losses [B] in [0, H]."""
    x = seen(G, played)
    mean = (np.minimum(G, 0.0) @ p[..., None])[..., 0]
    return x * loss[:, None] - largest * np.minimum(x, 0.0) + largest * mean


def seen(G: np.ndarray, played: np.ndarray) -> np.ndarray:
    """φ_aᵀ S φ_{a_t} [B, K] for all arms a."""
    return np.take_along_axis(G, played[:, None, None], 2)[..., 0]


@dataclass(eq=False)
class LinearLossAgent(ContextualAgent):
    """An agent that draws arms from a law made of estimated losses; arms are vectors that do not change.

    Losses are minus the rewards. Rows that share a memory draw from one law, and the mean of their estimates counts.

    Methods write `law`, `scale` and `estimate`.

    Args:
        largest: H > 0; losses are in [0, H].
        rate: c > 0, a factor of the learning rate.
        gamma: γ > 0; None for 1 / t.
        bonus: β >= 0: β (φ_aᵀ S φ_a + Σ_b p_b φ_bᵀ S φ_b) is taken off each estimate.

    Attributes:
        total: [M, K] sum of the estimates.
        rounds: [M].

    Raises:
        BadOption: for a number outside its range.
        BadReward: for a loss outside [0, H], while learning.
    """

    largest: float = 1.0
    rate: float = 1.0
    gamma: float | None = None
    bonus: float = 0.0

    actions: ClassVar[tuple[type[spaces.Space], ...]] = (spaces.Discrete,)

    def prepare(self) -> None:
        super().prepare()
        for name in ("largest", "rate", "gamma"):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                raise BadOption(f"{name}={value!r}", where=self._name, expected="a number above 0")
        if not 0 <= self.bonus < math.inf:
            raise BadOption(f"bonus={self.bonus!r}", where=self._name, expected="a number >= 0")
        if self._points is None:
            raise BadOption(
                "arms that change with the observation", where=self._name, expected="points [K, d] or plain arms"
            )
        self.total, self.rounds = np.zeros((self.memories, self.arms)), np.zeros(self.memories, dtype=np.int64)

    def law(self, total: np.ndarray, eta: np.ndarray) -> np.ndarray:
        """Probabilities [M, K] for estimated losses [M, K] and rates [M]."""
        raise NotImplementedError

    def scale(self) -> float:
        """D such that the rate √(D / (H² d t)) is right: what the regulariser costs."""
        raise NotImplementedError

    def estimate(self, G: np.ndarray, p: np.ndarray, played: np.ndarray, loss: np.ndarray) -> np.ndarray:
        """Estimates [B, K] from G [B, K, K], p [B, K], arms played [B] and their losses [B]."""
        raise NotImplementedError

    def probabilities(self) -> np.ndarray:
        """[M, K] of the next round."""
        t = self.rounds + 1
        return self.law(self.total, self.rate * np.sqrt(self.scale() / (self.largest**2 * self.dimension * t)))

    def pick(self, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        edges = np.cumsum(self.probabilities(), axis=1)
        return (rng.random((len(x), 1)) * edges[:, -1:] >= edges).sum(1)[:, None]

    def value(self, x: np.ndarray) -> np.ndarray:
        return np.broadcast_to(self.probabilities()[:, None], (len(x), 1, self.arms))

    def gather(self, step: Step, live: Any, memory: np.ndarray) -> None:
        arm, loss = step.action[live] - self.first_action, -step.reward[live]
        wrong = (loss < -1e-9) | (loss > self.largest * (1 + 1e-9))
        if wrong.any():
            raise BadReward(
                f"a reward of {-loss[wrong][0]:.6g}",
                where=self._name,
                expected=f"losses in [0, {self.largest:g}], that is rewards in [{-self.largest:g}, 0]",
                mend="largest=..., or rewards less their largest value",
            )
        assert self._points is not None
        p = self.probabilities()
        gamma = 1.0 / (self.rounds + 1) if self.gamma is None else np.full(self.memories, self.gamma)
        G = gram(self._points, p, gamma)  # [M, K, K]
        found = self.estimate(G[memory], p[memory], arm, loss)
        if self.bonus > 0:
            own = np.diagonal(G, axis1=1, axis2=2)
            found = found - self.bonus * (own + (p * own).sum(1, keepdims=True))[memory]
        if self.memories == 1:
            memory, found = memory[:1], found.mean(0, keepdims=True)
        self.total[memory] += found
        self.rounds[memory] += 1

    def tables(self) -> dict[str, Any]:
        return {**super().tables(), "total": self.total, "rounds": self.rounds}
