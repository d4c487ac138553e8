"""Planning for M tabular models at once, draws of models from their posterior, and the model that an environment tells.

Models are P [M, S, A, S], whose rows may sum to less than 1 where the episode ends, and R [M, S, A].
"""

from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP


def expect(P: np.ndarray, V: np.ndarray) -> np.ndarray:
    """Σ_s' P(s' | s, a) V(s') [M, S, A], for P [M, S, A, S] and V [M, S]."""
    M, S, A, _ = P.shape
    return (P.reshape(M, S * A, S) @ V[:, :, None]).reshape(M, S, A)


def induct(P: np.ndarray, R: np.ndarray, horizon: int) -> np.ndarray:
    """The best values Q [M, H, S, A] of H steps, by backward induction."""
    Q = np.zeros((len(P), horizon, *R.shape[1:]))
    V = np.zeros(R.shape[:2])
    for h in reversed(range(horizon)):
        Q[:, h] = R + expect(P, V)
        V = Q[:, h].max(2)
    return Q


def discounted(P: np.ndarray, R: np.ndarray, gamma: float, Q: np.ndarray, tolerance: float = 1e-8) -> np.ndarray:
    """The best values Q [M, S, A] under a discount below 1, to `tolerance`, from a first guess."""
    allowed = tolerance * (1.0 - gamma)
    while True:
        new = R + gamma * expect(P, Q.max(2))
        if np.abs(new - Q).max() <= allowed:
            return new
        Q = new


def average(
    P: np.ndarray, R: np.ndarray, tolerance: np.ndarray, max_sweeps: int = 20_000
) -> tuple[np.ndarray, np.ndarray]:
    """Gain [M] and relative values Q [M, S, A] of the best average reward, by value iteration.

    Each step goes half the way, so that periodic chains converge too; it ends at a span of `tolerance` [M].
    """
    return sweep(lambda u, left: R[left] + expect(P[left], u), R.shape, tolerance, max_sweeps)


def sweep(backup: Any, shape: tuple[int, ...], tolerance: np.ndarray, max_sweeps: int) -> tuple[np.ndarray, np.ndarray]:
    """Relative value iteration with any backup(u [n, S], models [n]) -> [n, S, A], for models of shape [M, S, A].

    Returns:
        Gain [M], within half the tolerance, and the last backup less the gain [M, S, A].
    """
    M = shape[0]
    gain, Q = np.zeros(M), np.zeros(shape)
    u, left = np.zeros((M, shape[1])), np.arange(M)
    for _ in range(max_sweeps):
        q = backup(u[left], left)
        change = q.max(2) - u[left]
        low, high = change.min(1), change.max(1)
        middle = 0.5 * (low + high)
        gain[left], Q[left] = middle, q - middle[:, None, None]
        u[left] += 0.5 * (change - low[:, None])
        left = left[high - low > tolerance[left]]
        if not len(left):
            break
    return gain, Q


def optimistic(chance: np.ndarray, radius: np.ndarray, u: np.ndarray) -> np.ndarray:
    """max_p Σ p u over distributions with ‖p − p̂‖₁ <= radius, exactly.

    The best state gets half the radius more, and the worst ones lose what is too much.

    Args:
        chance: p̂ [M, S, A, S]; where a row is all 0 nothing was seen, and the best state is taken.
        radius: [M, S, A] >= 0.
        u: values [M, S].

    Returns:
        [M, S, A].
    """
    order = np.argsort(-u, axis=1, kind="stable")  # best first
    ranked = np.take_along_axis(chance, order[:, None, None, :], axis=3)
    value = np.take_along_axis(u, order, axis=1)[:, None, None, :]
    first = np.minimum(1.0, ranked[..., 0] + 0.5 * radius)
    # What may stand in the first k places is at most 1: the worst places are cut.
    line = np.minimum(1.0, first[..., None] + np.cumsum(ranked, axis=3) - ranked[..., :1])
    # An empty row has no mass to move: it takes the best state altogether.
    line = np.where(ranked.sum(3, keepdims=True) > 0, line, 1.0)
    share = np.diff(line, axis=3, prepend=0.0)
    return (share * value).sum(3)


def posterior(
    rng: np.random.Generator,
    *,
    counts: np.ndarray,
    ends: np.ndarray,
    visits: np.ndarray,
    totals: np.ndarray,
    squares: np.ndarray,
    prior: float,
    mean: float,
    strength: float,
    deviation: float,
) -> tuple[np.ndarray, np.ndarray]:
    """A process drawn for each memory from the posterior of what it has counted: P [n, S, A, S] and R [n, S, A].

        p ~ Dirichlet(α + counts, ends),    τ ~ Gamma(1 + n / 2, rate β),    μ ~ Normal(m, 1 / (κ τ))
        κ = κ₀ + n,    m = (κ₀ μ₀ + Σ r) / κ,    β = σ₀² + Σ (r − r̄)² / 2 + κ₀ n (r̄ − μ₀)² / (2 κ)

    An end of the episode is an outcome from the time that one was seen.

    Args:
        rng: where it comes from.
        counts, ends, visits, totals, squares: those of `ModelAgent`, of n memories.
        prior: α > 0 of each successor.
        mean: μ₀, the expected reward before any was seen.
        strength: κ₀ > 0, as how many rewards that counts.
        deviation: σ₀ > 0, the expected deviation of rewards.
    """
    weight = rng.standard_gamma(counts + prior)
    P = weight / (weight.sum(3) + rng.standard_gamma(ends))[..., None]
    centre = totals / np.maximum(visits, 1)
    spread = np.maximum(squares - visits * centre**2, 0.0)
    kappa = strength + visits
    rate = deviation**2 + 0.5 * spread + 0.5 * strength * visits * (centre - mean) ** 2 / kappa
    precision = rng.standard_gamma(1.0 + 0.5 * visits) / rate
    middle = (strength * mean + totals) / kappa
    return P, middle + rng.standard_normal(visits.shape) / np.sqrt(kappa * precision)


def model_of(envs: Any, where: str) -> TabularMDP:
    """The exact process of a vector environment that can tell it; its own rewards, whatever is paid around it.

    Raises:
        BadOption: if it cannot.
    """
    inner = getattr(envs, "unwrapped", envs)
    rows = getattr(inner, "envs", None)
    if not hasattr(inner, "to_mdp") and rows:
        inner = rows[0].unwrapped
    if not hasattr(inner, "to_mdp"):
        raise BadOption("no model", where=where, expected="mdp=TabularMDP(...), or an environment with to_mdp()")
    return inner.to_mdp()
