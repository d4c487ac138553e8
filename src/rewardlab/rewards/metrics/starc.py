"""STARC (standardised reward comparison).

    d(R₁, R₂) = ½ n(s₁ − s₂),    s = c(R) / n(c(R)),    s = 0 where c(R) = 0
    c(R)(s, a) = E[R(s, a, s') + γ V(s') − V(s)] = A_π(s, a),    V the value of R under a fixed policy π

How differently two rewards order the policies of a process, in 0..1: 0 exactly if they order all alike, 1 if one is the
opposite of the other. Shaping, positive factors, and what only the successor decides do not count. It bounds the regret
of who trusts the other reward from both sides. States that no policy reaches are left out, and 0 is ½ from all others.

Source: Skalse, Farnik, Motwani, Jenner, Gleave, Abate, "STARC: A General Framework For Quantifying Differences Between
Reward Functions", ICLR 2024 (value-adjusted levelling and the minimal canonicalisation).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import lsqr

from rewardlab.core.mdp import TabularMDP
from rewardlab.rewards.metrics.tables import advantages, discounted, live, settled, size_of, value_range

Canonical = Callable[[TabularMDP, Any], np.ndarray]
"""A process and a reward -> the one reward [S, A] that stands for all that order policies as it does."""
Norm = Callable[[TabularMDP, np.ndarray], float]
"""A process and a reward [S, A] -> its size."""

_DENSE = 1500  # states up to which least squares is solved densely


def l2(mdp: TabularMDP, reward: np.ndarray) -> float:
    """√Σ R(s, a)²."""
    return float(np.linalg.norm(reward))


def transition_l2(mdp: TabularMDP, reward: np.ndarray) -> float:
    """The least √Σ R(s, a, s')² of all tables [S, A, S] with these expectations: √Σ (R(s, a) / ‖P(s, a)‖)²."""
    return float(np.linalg.norm(reward / _lengths(mdp)))


def return_range(mdp: TabularMDP, reward: np.ndarray) -> float:
    """max J − min J over all policies."""
    low, high = value_range(mdp.with_reward(reward))
    return max(high - low, 0.0)


def levelled(mdp: TabularMDP, reward: Any) -> np.ndarray:
    """Value-adjusted levelling by the uniform policy: the advantages [S, A] of acting uniformly."""
    return advantages(mdp, reward)


def minimal(mdp: TabularMDP, reward: Any) -> np.ndarray:
    """The expectations [S, A] of that table [S, A, S] which has the least L2 norm of all that order policies alike.

    It is orthogonal to every shaping and to all that only the successor decides: one least-squares problem.
    """
    paid, acts, length = mdp.with_reward(reward), live(mdp), _lengths(mdp)
    rows = np.flatnonzero(np.repeat(acts, mdp.num_actions))
    own = sparse.csr_array(
        (np.ones(len(rows)), (np.arange(len(rows)), rows // mdp.num_actions)), shape=(len(rows), mdp.num_states)
    )
    scale = sparse.diags_array(1.0 / length.ravel()[rows])
    shapings = sparse.csr_array(scale @ (mdp.gamma * mdp.P[rows] - own))[:, np.flatnonzero(acts)]
    target = paid.R.ravel()[rows] / length.ravel()[rows]
    if mdp.num_states <= _DENSE:
        phi = np.linalg.lstsq(shapings.toarray(), target, rcond=None)[0]
    else:
        phi = lsqr(shapings, target, atol=1e-15, btol=1e-15, iter_lim=50 * mdp.num_states)[0]
    out = np.zeros(mdp.num_states * mdp.num_actions)
    out[rows] = (target - shapings @ phi) * length.ravel()[rows]
    return settled(out.reshape(paid.R.shape), size_of(paid), np.abs(phi).max(initial=0.0))


def standardised(
    mdp: TabularMDP, reward: Any, *, gamma: float | None = None, canonical: Canonical = levelled, norm: Norm = l2
) -> np.ndarray:
    """s(R) [S, A]: canonical, and of size 1 (or 0, if the reward does not tell policies apart)."""
    mdp = discounted(mdp, gamma, where="starc")
    x = canonical(mdp, reward)
    size = norm(mdp, x)
    return x / size if size > 0 else x


def starc(
    mdp: TabularMDP,
    first: Any,
    second: Any,
    *,
    gamma: float | None = None,
    canonical: Canonical = levelled,
    norm: Norm = l2,
) -> float:
    """The STARC distance in 0..1.

    Args:
        mdp: the process; its own reward does not count.
        first, second: rewards [S, A], [S, A, S], or sparse [S * A, S].
        gamma: the discount, the process's own if None.
        canonical: `levelled` (the paper's value-adjusted levelling), or `minimal` with `transition_l2`.
        norm: the size by which rewards are standardised and compared: `l2`, `transition_l2` or `return_range`.

    Raises:
        BadOption: for wrong shapes, numbers that are not finite, or a process without a discount.
    """
    mdp = discounted(mdp, gamma, where="starc")
    x, y = (standardised(mdp, R, canonical=canonical, norm=norm) for R in (first, second))
    return min(0.5 * norm(mdp, x - y), 1.0)


def _lengths(mdp: TabularMDP) -> np.ndarray:
    """‖P(s, a)‖₂ [S, A]."""
    squares = np.asarray(mdp.P.multiply(mdp.P).sum(axis=1)).ravel()
    return np.sqrt(squares).reshape(mdp.num_states, mdp.num_actions)
