"""Constrained Markov decision processes: the best policy within budgets, from one linear programme.

    max_x Σ x(s, a) R(s, a)    s.t.  Σ x(s, a) c_k(s, a) ≤ d_k,    x ≥ 0
    Σ_a x(s', a) − γ Σ_{s, a} P(s' | s, a) x(s, a) = μ_0(s')      for every state s' that does not end the episode
    π(a | s) = x(s, a) / Σ_a x(s, a)

The variables are how often each action is taken in each state, so that reward and costs are linear in them. Its dual
variables are the exact Lagrange multipliers: the truth behind the tests of learned ones.

Source: Altman, "Constrained Markov Decision Processes", Chapman and Hall 1999, Chapter 3 (discounted), 4 (average).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP


@dataclass(frozen=True)
class ConstrainedSolution:
    """The best policy that keeps every budget.

    Attributes:
        policy: [S, A] probabilities; it may have to draw lots in as many states as there are budgets.
        value: its expected return, or under average reward its reward per step.
        costs: [K] what it spends, in the same measure.
        multipliers: [K] λ ≥ 0, how much value one more unit of each budget would buy; 0 where something is left over.
        occupancy: [S, A] x, with Σ x R the value.
    """

    policy: np.ndarray  # [S, A]
    value: float
    costs: np.ndarray  # [K]
    multipliers: np.ndarray  # [K]
    occupancy: np.ndarray  # [S, A]


def solve_constrained(mdp: TabularMDP, costs: Any, thresholds: Any) -> ConstrainedSolution:
    """The best of all policies, drawing lots where it must, whose expected costs stay within the thresholds.

    Costs are measured as the value is: the discounted sum from the initial distribution, with gamma = 1 the sum over
    the episode, under average reward the cost per step. A discounted frequency J = (1 − γ) Σ γ^t c ≤ d is the threshold
    d / (1 − γ). In states that the policy never visits it does what is best for R − Σ λ_k c_k.

    Args:
        mdp: the process, with R as what is maximised.
        costs: [K, S, A] expected costs of each step, K >= 0; those of terminal states are ignored.
        thresholds: [K] budgets.

    Raises:
        BadOption: for wrong shapes, numbers that are not finite, budgets that no policy keeps, or a return without
            bound.
    """
    S, A = mdp.num_states, mdp.num_actions
    c = np.array(costs, dtype=np.float64).reshape(-1, S, A) if np.size(costs) % (S * A) == 0 else np.empty((0, 0, 0))
    d = np.asarray(thresholds, dtype=np.float64)
    if c.shape[1:] != (S, A) or d.shape != (len(c),) or not (np.isfinite(c).all() and np.isfinite(d).all()):
        raise BadOption(
            f"costs of shape {np.shape(costs)} and thresholds of shape {np.shape(thresholds)}",
            where="solve_constrained",
            expected=f"finite numbers [K, {S}, {A}] and [K]",
        )
    c[:, mdp.terminal] = 0.0
    flow, source = _balance(mdp)
    live = np.repeat(~mdp.terminal, A)  # [S * A]
    found = linprog(
        -mdp.R.ravel()[live],
        A_ub=c.reshape(len(c), -1)[:, live] if len(c) else None,
        b_ub=d if len(c) else None,
        A_eq=flow[:, live],
        b_eq=source,
        method="highs",
    )
    if found.status != 0:
        raise BadOption(
            "no policy keeps these budgets" if found.status == 2 else f"the programme has no optimum: {found.message}",
            where="solve_constrained",
            expected=f"thresholds that some policy keeps; given {d.tolist()}",
            mend="raise a threshold: solving with reward -cost shows the least that each of them can be",
        )
    taken = np.zeros(S * A)
    taken[live] = np.maximum(found.x, 0.0)
    x = taken.reshape(S, A)
    multipliers = np.maximum(-found.ineqlin.marginals, 0.0) if len(c) else np.zeros(0)
    visits = x.sum(1, keepdims=True)
    best = mdp.with_reward(mdp.R - np.tensordot(multipliers, c, 1)).solve().policy
    policy = np.where(visits > 1e-12, x / np.where(visits > 1e-12, visits, 1.0), np.eye(A)[best])
    spent = np.tensordot(c, x, 2) if len(c) else np.zeros(0)
    return ConstrainedSolution(policy, float((x * mdp.R).sum()), spent, multipliers, x)


def _balance(mdp: TabularMDP) -> tuple[sparse.csr_array, np.ndarray]:
    """What flows out of each state minus what flows in, as rows over [S * A], and what it must equal."""
    S, A = mdp.num_states, mdp.num_actions
    leave = sparse.csr_array((np.ones(S * A), (np.repeat(np.arange(S), A), np.arange(S * A))), shape=(S, S * A))
    gamma = 1.0 if mdp.gamma is None else mdp.gamma
    rows = sparse.csr_array(leave - gamma * sparse.csr_array(mdp.P.T))
    if mdp.gamma is None:
        ones = sparse.csr_array(np.ones((1, S * A)))
        return sparse.csr_array(sparse.vstack([rows, ones])), np.append(np.zeros(S), 1.0)
    live = np.flatnonzero(~mdp.terminal)
    return sparse.csr_array(rows[live]), mdp.initial[live]
