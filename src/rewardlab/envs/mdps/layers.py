"""Layers of a finite horizon, and what each action loses against the best one.

    horizon H      loss_t(s, a) = V*_t(s) − Q*_t(s, a),    undiscounted
    discount γ     loss(s, a) = V*(s) − Q*(s, a)
    average reward loss(s, a) = g + h(s) − R(s, a) − Σ_s' P(s' | s, a) h(s'),    g the gain, h the bias

Summed over the steps of an episode (with γ^t where there is a discount) the loss of a policy is, in expectation, what
it falls short of the optimum; for average reward T g − Σ r, up to E h(s_T) − h(s_0), which does not grow.

Source: Kakade, Langford, "Approximately Optimal Approximate Reinforcement Learning", ICML 2002, Lemma 6.1 (performance
difference); Puterman, "Markov Decision Processes: Discrete Stochastic Dynamic Programming", 1994, Sections 4.3, 8.4.
"""

from typing import Any

import numpy as np

from rewardlab.core.mdp import TabularMDP
from rewardlab.envs.lookup import returns as returns

ROUNDING = 1e-10  # losses below it are rounding, and shown as 0


def per_entry(process: TabularMDP) -> np.ndarray:
    """The rewards of the single transitions, aligned with `process.P.data`."""
    if process.pay is not None:
        return process.pay
    return np.repeat(process.R.ravel(), np.diff(process.P.indptr))


def layered(process: TabularMDP, horizon: int) -> TabularMDP:
    """The process for H steps: state t · S + s, (H + 1) · S of them; the last layer is terminal, and gamma = 1."""
    from scipy import sparse

    S, A = process.num_states, process.num_actions
    shift = sparse.csr_array(sparse.eye_array(horizon + 1, horizon + 1, k=1))
    P = sparse.csr_array(sparse.kron(shift, process.P, format="csr"))
    pay = sparse.csr_array((per_entry(process), process.P.indices, process.P.indptr), shape=process.P.shape)
    R: Any = sparse.csr_array(sparse.kron(shift, pay, format="csr"))
    if process.pay is None:
        R = np.concatenate([np.tile(process.R, (horizon, 1)), np.zeros((S, A))])
    terminal = np.tile(process.terminal, horizon + 1)
    terminal[horizon * S :] = True
    initial = np.concatenate([process.initial, np.zeros(horizon * S)])
    return TabularMDP(P, R, gamma=1.0, initial=initial, terminal=terminal)


def induction(process: TabularMDP, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """V* [H + 1, S] and Q* [H, S, A] of the undiscounted sum of H steps."""
    V = np.zeros((horizon + 1, process.num_states))
    Q = np.zeros((horizon, process.num_states, process.num_actions))
    for t in reversed(range(horizon)):
        Q[t] = process.R + process.expect(V[t + 1])
        V[t] = Q[t].max(1)
    return V, Q


def settled(process: TabularMDP, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """V* [S] and Q* [S, A] of an undiscounted process that surely ends within so many steps."""
    V = np.zeros(process.num_states)
    for _ in range(steps):
        Q = process.R + process.expect(V)
        V = Q.max(1)
    return V, process.R + process.expect(V)


def losses(process: TabularMDP, horizon: int | None = None) -> np.ndarray:
    """What each action loses against the best one, [S, A] or [H, S, A], by the criterion of the process."""
    if horizon is None:
        found = process.solve()
        gap = found.V[:, None] - found.Q
        gap[process.terminal] = 0.0
    else:
        V, Q = induction(process, horizon)
        gap = V[:-1, :, None] - Q
    scale = ROUNDING * max(1.0, float(np.abs(process.R).max()))
    return np.where(gap < scale, 0.0, gap)
