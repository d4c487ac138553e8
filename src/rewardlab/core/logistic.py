"""Logistic regression with a Gaussian posterior around it, for many data sets at once.

    θ̂ = argmin Σ_n log(1 + exp(x_n·θ)) − y_n x_n·θ + λ ‖θ‖² / 2,    Σ = λ I + Σ_n x_n x_nᵀ,    θ̄ ~ N(θ̂, σ² Σ⁻¹)
    E |(θ₀ − θ₁)·x| = √(4 / π) σ ‖x‖_{Σ⁻¹}    for two independent draws

Σ leaves the curvature of the loss out, so that the posterior is never too sure of itself; it is what theories of
logistic bandits and of learning from preferences draw from.

Source: Wu, Sun, "Making RL with Preference-based Feedback Efficient via Randomization", ICLR 2024, Algorithm 1.
"""

import math

import numpy as np


def fit_logistic(
    x: np.ndarray, y: np.ndarray, counts: np.ndarray | None = None, *, lam: float = 1.0, start: np.ndarray | None = None
) -> np.ndarray:
    """θ̂ [*lead, D] by Newton's method with halved steps.

    Args:
        x: [*lead, N, D].
        y: [*lead, N] in [0, 1].
        counts: weights [*lead, N] >= 0; 0 for what is not there. 1 by default.
        lam: λ > 0.
        start: [*lead, D] where to begin; 0 by default.
    """
    c = np.ones(y.shape) if counts is None else counts
    theta = np.zeros((*x.shape[:-2], x.shape[-1])) if start is None else np.array(start, dtype=np.float64)
    if not y.shape[-1]:
        return np.zeros_like(theta)
    across, eye = x.swapaxes(-1, -2), lam * np.eye(x.shape[-1])

    def loss(at: np.ndarray) -> np.ndarray:
        z = (x @ at[..., None])[..., 0]
        return (c * (np.logaddexp(0.0, z) - y * z)).sum(-1) + 0.5 * lam * (at * at).sum(-1)

    now = loss(theta)
    for _ in range(100):
        p = 0.5 + 0.5 * np.tanh(0.5 * (x @ theta[..., None])[..., 0])
        slope = (across @ (c * (p - y))[..., None])[..., 0] + lam * theta
        if np.abs(slope).max() <= 1e-10 * (1.0 + np.abs(theta).max()):
            break
        curve = across @ (x * (c * p * (1 - p))[..., None]) + eye
        step, size = np.linalg.solve(curve, slope[..., None])[..., 0], np.ones(now.shape)
        after = loss(theta - step)
        while (worse := after > now + 1e-12 * (1.0 + np.abs(now))).any():  # a whole step may overshoot
            size = np.where(worse, 0.5 * size, size)
            after = loss(theta - size[..., None] * step)
        theta, now = theta - size[..., None] * step, after
    return theta


def gram(x: np.ndarray, counts: np.ndarray | None = None, *, lam: float = 1.0) -> np.ndarray:
    """Σ [*lead, D, D] of vectors [*lead, N, D] that count so often."""
    weighted = x if counts is None else x * counts[..., None]
    return weighted.swapaxes(-1, -2) @ x + lam * np.eye(x.shape[-1])


def draw(mean: np.ndarray, precision: np.ndarray, scale: float, rng: np.random.Generator) -> np.ndarray:
    """θ̄ [*lead, D] of means [*lead, D] and precisions Σ [*lead, D, D]."""
    lower = np.linalg.cholesky(precision)  # Σ = L Lᵀ, so that L⁻ᵀ z has covariance Σ⁻¹
    z = rng.standard_normal(mean.shape)
    return mean + scale * np.linalg.solve(lower.swapaxes(-1, -2), z[..., None])[..., 0]


def expected_gap(x: np.ndarray, precision: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """E |(θ₀ − θ₁)·x| [*lead, N] of vectors [*lead, N, D] under precisions Σ [*lead, D, D]."""
    spread = (x * np.linalg.solve(precision, x.swapaxes(-1, -2)).swapaxes(-1, -2)).sum(-1)
    return math.sqrt(4 / math.pi) * scale * np.sqrt(np.maximum(spread, 0.0))
