"""Occupancy-regularised policy optimisation.

    max_π J(π, Q) − λ √χ²(μ_π ‖ μ_base),    χ² = E_base[ (μ_π / μ_base)² ] − 1
    Q'(s, a) = Q(s, a) − (λ / √χ²) μ_π(s, a) / μ_base(s, a)      the reward with the same gradient
    (J(π, R) − J(base, R)) / σ_R  ≥  (1/r) [ (J(π, Q) − J(base, Q)) / σ_Q − √((1 − r²) χ²) ]

A proxy Q that correlates with the truth R by r under a base policy stops doing so where another policy goes. Held near
the base in what it visits, rather than in what it does, a policy that gains on the proxy gains in truth: by no less
than the last line, if λ = σ_Q √(1 − r²).

Source: Laidlaw, Singhal, Dragan, "Correlated Proxies: A New Definition and Improved Mitigation for Reward Hacking",
ICLR 2025, Theorem 5.1 and Section 5 (the discriminator and the reward that is optimised).
"""

from typing import Any

import numpy as np
from scipy.optimize import brentq
from torch import Tensor

from rewardlab.core.arrays import Array
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP


def chi_square(occupancy: np.ndarray, base: np.ndarray) -> float:
    """χ²(μ ‖ μ_base) of two distributions of one shape; infinite where only μ goes."""
    where = base > 0
    if np.any(occupancy[~where] > 0):
        return float("inf")
    return float((occupancy[where] ** 2 / base[where]).sum()) - 1.0


def improvement_bound(proxy_gain: Array, chi_square: Array, correlation: float) -> Array:
    """What a policy gains in truth at least, in deviations of the true reward.

    Args:
        proxy_gain: what it gains on the proxy, in deviations of the proxy under the base.
        chi_square: χ² of its occupancy.
        correlation: r of proxy and truth under the base, in (0, 1].

    Raises:
        BadOption: for a correlation outside these bounds.
    """
    if not 0 < correlation <= 1:
        raise BadOption(f"correlation={correlation!r}", where="improvement_bound", expected="0 < r <= 1")
    return (proxy_gain - ((1 - correlation**2) * chi_square) ** 0.5) / correlation


def regularised_reward(proxy: Tensor, log_ratio: Tensor, weight: float) -> Tensor:
    """Q' of steps that the policy took.

    Args:
        proxy: Q [B].
        log_ratio: d = log(μ_π / μ_base) [B]; χ² is estimated as the mean of exp(d) less 1.
        weight: λ.
    """
    ratio = log_ratio.exp()
    chi = (ratio.mean() - 1).clamp(min=1e-4)  # 0 at the base itself, where √χ² has no derivative
    return proxy - weight / chi.sqrt() * ratio


def best_occupancy(mdp: TabularMDP, base: Any, weight: float) -> np.ndarray:
    """The occupancy [S, A], summing to 1, that maximises J(μ) − λ √χ²(μ ‖ μ_base) exactly.

    Args:
        mdp: discounted, without terminal states; its reward is the proxy.
        base: a policy, actions [S] or probabilities [S, A].
        weight: λ > 0.

    Raises:
        BadOption: for another process, or a weight that is not above 0.
    """
    if mdp.gamma is None or not mdp.gamma < 1 or mdp.terminal.any():
        raise BadOption(f"{mdp!r}", where="best_occupancy", expected="gamma < 1 and no terminal states")
    if not weight > 0:
        raise BadOption(f"weight={weight!r}", where="best_occupancy", expected="above 0")
    reference = (1 - mdp.gamma) * mdp.occupancy(base)
    dual = _Dual(mdp, reference)

    def excess(log_price: float) -> float:
        price = np.exp(log_price)
        return price * np.sqrt(max(chi_square(dual.solve(price), reference), 0.0)) - weight

    # With price c the same μ maximises J − ½ c χ², and c = λ / √χ². The spread c √χ² grows with c up to what it is
    # for directions so small that nothing is clipped; if λ is beyond that, the base itself is the best.
    scale = np.log(np.abs(mdp.R - mdp.R.mean()).max() + 1e-12)
    low, high = scale - 12.0, scale + 9.0
    if excess(high) <= 0:
        return reference
    if excess(low) >= 0:
        return dual.solve(np.exp(low))
    return dual.solve(np.exp(brentq(excess, low, high, xtol=1e-12)))


class _Dual:
    """max_μ J(μ) − ½ c χ² by Newton steps on min_V (1 − γ) μ₀ V + Σ μ_base [Q + γ P V − V]₊² / 2c."""

    def __init__(self, mdp: TabularMDP, reference: np.ndarray) -> None:
        gamma = float(mdp.gamma or 0.0)
        self.shape, self.base = reference.shape, reference.ravel()
        self.seen = reference.sum(1) > 0  # [S]; from what the base does nothing else can be reached
        leave = np.repeat(np.eye(mdp.num_states), mdp.num_actions, axis=0)
        self.flow = (gamma * mdp.P.toarray() - leave)[:, self.seen]  # [S * A, S']
        self.reward, self.source = mdp.R.ravel(), (1 - gamma) * mdp.initial[self.seen]
        self.start, self.gamma = mdp.evaluate(_policy(reference)).V[self.seen], gamma

    def solve(self, price: float) -> np.ndarray:
        """μ [S, A]."""
        V = self.start - price / (1 - self.gamma)
        for _ in range(200):
            gap = self.reward + self.flow @ V
            visits = self.base * np.maximum(gap, 0.0) / price
            slope = self.source + self.flow.T @ visits
            if np.abs(slope).max() < 1e-13:
                break
            active = self.base * (gap > 0) / price
            curve = self.flow.T @ (active[:, None] * self.flow)
            curve[np.diag_indices_from(curve)] += 1e-13 * max(curve.diagonal().max(), 1e-300)
            step = -np.linalg.solve(curve, slope)
            now, fall, size = self._height(V, price), slope @ step, 1.0
            while size > 1e-9 and self._height(V + size * step, price) > now + 1e-4 * size * fall + 1e-15 * abs(now):
                size *= 0.5
            V = V + size * step
        gap = self.reward + self.flow @ V
        return (self.base * np.maximum(gap, 0.0) / price).reshape(self.shape)

    def _height(self, V: np.ndarray, price: float) -> float:
        gap = np.maximum(self.reward + self.flow @ V, 0.0)
        return float(self.source @ V + (self.base * gap**2).sum() / (2 * price))


def _policy(occupancy: np.ndarray) -> np.ndarray:
    """The policy [S, A] that visits so; uniform where it never comes."""
    total = occupancy.sum(1, keepdims=True)
    return np.where(total > 0, occupancy / np.where(total > 0, total, 1.0), 1.0 / occupancy.shape[1])
