"""STARC from samples.

    δ = R(s, a, s') + γ V(s') − V(s),    E[δ | s, a] = A_π(s, a)
    d² = ½ (1 − ⟨δ₁, δ₂⟩ / √(⟨δ₁, δ₁⟩ ⟨δ₂, δ₂⟩)),    ⟨x, y⟩ = E_(s, a)[E[x | s, a] E[y | s, a]]

For spaces that are no tables: steps from a coverage distribution, and for each reward its value under the fixed policy,
fitted or from returns. Where the dynamics are random, K successors of each state and action keep the noise out of the
inner products: those of different successors are independent, so that their products have no bias.

Source: Skalse, Farnik, Motwani, Jenner, Gleave, Abate, "STARC: A General Framework For Quantifying Differences Between
Reward Functions", ICLR 2024 (the distance; the products over different successors are ours); Bradtke, Barto, "Linear
Least-Squares Algorithms for Temporal Difference Learning", Machine Learning 1996 (the fitted value).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from rewardlab.core.arrays import Tree, array, tree_map
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadOption

Value = Callable[[Tree], Any]
"""Observations [B, *obs] -> values [B]."""


def fitted_value(
    batch: Transitions, pay: Any, *, gamma: float, features: Callable[[Tree], Any], ridge: float = 1e-9
) -> Value:
    """V of the policy that took the actions, linear in `features`: Σ φ(s) (r + γ φ(s')·w − φ(s)·w) = 0.

    Args:
        batch: steps [B]; beyond a termination nothing has value.
        pay: what the reward pays for them [B].
        gamma: the discount in [0, 1].
        features: observations [B, *obs] -> [B, D].
        ridge: what is added to the diagonal of the mean matrix, so that features that never vary do no harm. Ours.

    Raises:
        BadBatch: for a pay of another shape, or that is not finite.
    """
    before, after = (np.asarray(array(features(x)), dtype=float) for x in (batch.obs, batch.next_obs))
    after = np.where(array(batch.terminated)[:, None], 0.0, after)
    A = before.T @ (before - gamma * after) / len(before) + ridge * np.eye(before.shape[1])
    w = np.linalg.solve(A, before.T @ _finite(pay, batch) / len(before))
    return lambda obs: np.asarray(array(features(obs)), dtype=float) @ w


def starc_sampled(
    batch: Transitions, first: Any, second: Any, *, first_value: Value, second_value: Value, gamma: float
) -> float:
    """The STARC distance in 0..1 (value-adjusted levelling, L2 over the coverage); it comes to `starc` as B grows.

    Args:
        batch: steps [B], or [B, K] with K independent successors of each state and action. With K = 1 the dynamics must
            be deterministic.
        first, second: what each reward pays for them, in the batch's shape.
        first_value, second_value: each reward's value under one fixed policy, as from `fitted_value`.
        gamma: the discount in [0, 1].

    Raises:
        BadBatch: for a pay or value of another shape, or that is not finite.
        BadOption: for a gamma outside [0, 1].
    """
    if not 0.0 <= gamma <= 1.0:
        raise BadOption(f"gamma={gamma!r}", where="starc_sampled", expected="a number in [0, 1]")
    x, y = (
        _levelled(batch, pay, value, gamma) for pay, value in ((first, first_value), (second, second_value))
    )  # [B, K]
    own, other, both = _product(x, x), _product(y, y), _product(x, y)
    if own <= 0.0 or other <= 0.0:  # one of them tells nothing apart, as far as these samples go
        return 0.0 if own <= 0.0 and other <= 0.0 else 0.5
    if x.shape[1] == 1:
        return min(0.5 * float(np.linalg.norm(x / np.linalg.norm(x) - y / np.linalg.norm(y))), 1.0)
    return float(np.sqrt(0.5 * np.clip(1.0 - both / np.sqrt(own * other), 0.0, 2.0)))


def _levelled(batch: Transitions, pay: Any, value: Value, gamma: float) -> np.ndarray:
    """δ [B, K]."""
    shape = batch.shape
    flat = batch.map(lambda x: array(x).reshape(-1, *x.shape[len(shape) :]))
    r = _finite(pay, batch).ravel()
    before, after = (_finite(value(tree_map(array, x)), flat) for x in (flat.obs, flat.next_obs))
    after = np.where(flat.terminated, 0.0, after)
    delta = r + gamma * after - before
    size = max(np.abs(x).max(initial=0.0) for x in (r, before, after))
    rounding = np.abs(delta).max(initial=0.0) <= 1e-10 * size
    return np.zeros_like(delta).reshape(shape[0], -1) if rounding else delta.reshape(shape[0], -1)


def _product(x: np.ndarray, y: np.ndarray) -> float:
    """⟨x, y⟩ of [B, K], over different successors where there are several."""
    K = x.shape[1]
    if K == 1:
        return float((x * y).mean())
    return float(((x.sum(1) * y.sum(1) - (x * y).sum(1)) / (K * (K - 1))).mean())


def _finite(pay: Any, batch: Transitions) -> np.ndarray:
    out = np.asarray(array(pay), dtype=float)
    if out.shape != batch.shape or not np.isfinite(out).all():
        raise BadBatch(
            f"numbers of shape {out.shape}" + ("" if out.shape != batch.shape else " that are not finite"),
            where="starc_sampled",
            expected=f"finite numbers of shape {batch.shape}",
            mend="one pay and one value for each step",
        )
    return out
