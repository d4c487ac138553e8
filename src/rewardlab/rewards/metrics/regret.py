"""Regret of trusting a reward, exactly.

    regret(R₂) = (max J₁ − J₁(π₂)) / (max J₁ − min J₁),    π₂ optimal for R₂
    W(R₂) = max (J₁(π₁) − J₁(π₂)) / (max J₁ − min J₁)  over all π₁, π₂ with J₂(π₂) ≥ J₂(π₁)

How much of what the task has to give is lost, in 0..1: by who maximises R₂ instead of R₁, and by who leaves any policy
for another that R₂ does not like less. W is one linear program over the occupancies of two policies.

Source: Skalse, Farnik, Motwani, Jenner, Gleave, Abate, "STARC: A General Framework For Quantifying Differences Between
Reward Functions", ICLR 2024 (the regret that a distance should bound); Puterman, "Markov Decision Processes: Discrete
Stochastic Dynamic Programming", 1994 (the linear program of occupancies).
"""

from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from rewardlab.core.errors import BadOption, RewardlabError
from rewardlab.core.mdp import TabularMDP
from rewardlab.rewards.metrics.tables import (
    advantages,
    best_actions,
    discounted,
    live,
    restricted,
    settled,
    value_range,
)


def regret_of(mdp: TabularMDP, trusted: Any, *, gamma: float | None = None) -> float:
    """The largest normalised regret, in 0..1, of a policy that is optimal for `trusted`.

    Args:
        mdp: the process with the true reward.
        trusted: the reward that is maximised instead, [S, A], [S, A, S], or sparse [S * A, S].
        gamma: the discount, the process's own if None.

    Raises:
        BadOption: for wrong shapes, numbers that are not finite, a process without a discount, or, with a discount
            of 1, a cycle that pays or costs without end.
    """
    return regret_range(mdp, trusted, gamma=gamma)[1]


def regret_range(mdp: TabularMDP, trusted: Any, *, gamma: float | None = None) -> tuple[float, float]:
    """The least and the largest regret of the policies that are optimal for `trusted`; see `regret_of`."""
    mdp = discounted(mdp, gamma, where="regret_of")
    low, high = value_range(mdp)
    if not settled(np.array([high - low]), abs(high), abs(low)).any():
        return 0.0, 0.0
    worst, best = value_range(restricted(mdp, best_actions(mdp.with_reward(trusted))))
    return tuple(float(np.clip((high - v) / (high - low), 0.0, 1.0)) for v in (best, worst))  # type: ignore[return-value]


def worst_regret(mdp: TabularMDP, trusted: Any, *, gamma: float | None = None) -> float:
    """W in 0..1: the largest normalised loss in a step from one policy to another that `trusted` likes no less.

    Args:
        mdp: the process with the true reward; small, the program has 2 S A unknowns.
        trusted: the other reward, [S, A], [S, A, S], or sparse [S * A, S].
        gamma: the discount below 1, the process's own if None.

    Raises:
        BadOption: for wrong shapes, numbers that are not finite, or a discount of 1.
    """
    mdp = discounted(mdp, gamma, where="worst_regret")
    if mdp.gamma is None or mdp.gamma >= 1.0:
        raise BadOption("gamma=1", where="worst_regret", expected="a discount below 1, so that occupancies are bounded")
    acts = np.flatnonzero(live(mdp))
    pairs = (acts[:, None] * mdp.num_actions + np.arange(mdp.num_actions)).ravel()
    # Advantages instead of rewards: the same differences of returns, and numbers of one size.
    own, other = (advantages(mdp, R).ravel()[pairs] for R in (mdp.R, trusted))
    if not own.any():
        return 0.0
    if not other.any():
        return 1.0  # it likes every policy alike
    low, high = value_range(mdp.with_reward(advantages(mdp, mdp.R)))
    here = sparse.kron(sparse.eye_array(len(acts)), np.ones((1, mdp.num_actions)))
    flow = sparse.csr_array(here - mdp.gamma * mdp.P[pairs][:, acts].T)
    start = (1.0 - mdp.gamma) * mdp.initial[acts]  # occupancies that sum to at most 1
    other = other / np.abs(other).max()
    found = linprog(
        np.concatenate([-own, own]) / np.abs(own).max(),
        A_ub=sparse.csr_array(np.concatenate([other, -other])[None]),
        b_ub=[0.0],
        A_eq=sparse.block_diag([flow, flow], format="csr"),
        b_eq=np.concatenate([start, start]),
        method="highs-ds",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    if found.x is None:
        raise RewardlabError(f"no occupancies were found: {found.message}", where="worst_regret")
    span = (high - low) * (1.0 - mdp.gamma) / np.abs(own).max()
    return float(np.clip(-found.fun / span, 0.0, 1.0))
