"""DARD (dynamics-aware reward distance).

    d(R₁, R₂) = √((1 − ρ(C(R₁), C(R₂))) / 2) over the transitions that happen
    C(R)(s, a, s') = R(s, a, s') + E[γ R(s', A, S'') − R(s, A, S') − γ R(S', A, S'')]
    A ~ D_A,    S' ~ P(· | s, A),    S'' ~ P(· | s', A)

As EPIC, but what is imagined comes from the dynamics, so that learned rewards are asked mostly where they have learned.
Shaping cancels. The last term still pairs an S' with an S'' that need not follow it, and rewards that differ on the
possible transitions only by what is imagined there can be near each other without ordering policies alike.

Source: Wulfe, Balakrishna, Ellis, Mercat, McAllister, Gaidon, "Dynamics-Aware Comparison of Learned Reward Functions",
ICLR 2022, Eq. 3.
"""

from typing import Any

import numpy as np

from rewardlab.core.mdp import TabularMDP
from rewardlab.rewards.metrics.tables import discounted, full, law, pearson


def dard(
    mdp: TabularMDP,
    first: Any,
    second: Any,
    *,
    gamma: float | None = None,
    states: np.ndarray | None = None,
    actions: np.ndarray | None = None,
) -> float:
    """The DARD distance in 0..1, exactly; it costs A S³ sums.

    Args:
        mdp: the process, whose transitions are the transition model.
        first, second: rewards [S, A, S], also of pairs S', S'' that do not follow each other, and of rows of terminal
            states, which are used as they stand; [S, A] pays alike for every successor.
        gamma: the discount, the process's own if None.
        states: the coverage of states [S], of which terminal ones are left out; uniform if None.
        actions: D_A [A]; uniform if None.

    Raises:
        BadOption: for wrong shapes, numbers that are not finite, or distributions that are none.
    """
    mdp = discounted(mdp, gamma, where="dard")
    begins = np.where(mdp.terminal, 0.0, law(states, mdp.num_states, where="dard", what="states"))
    A = law(actions, mdp.num_actions, where="dard", what="actions")
    P = mdp.P.toarray().reshape(mdp.num_states, mdp.num_actions, mdp.num_states)
    weights = (begins / begins.sum())[:, None, None] * A[:, None] * P
    canonical, sizes = [], []
    for R in (full(mdp, R, where="dard") for R in (first, second)):
        canonical.append(_canonical(P, R, A, float(mdp.gamma or 0.0)))
        sizes.append(float(np.abs(R).max()))
    return pearson(canonical[0], canonical[1], weights, (sizes[0], sizes[1]))


def _canonical(P: np.ndarray, R: np.ndarray, actions: np.ndarray, gamma: float) -> np.ndarray:
    """C(R) [S, A, S]."""
    mean = np.einsum("sat,sat,a->s", P, R, actions)  # E[R(s, A, S')]
    both = np.zeros((len(P), len(P)))  # E[R(S', A, S'')] by s and s'
    for a, p in enumerate(actions):
        both += p * (P[:, a] @ R[:, a] @ P[:, a].T)
    return R + gamma * mean - mean[:, None, None] - gamma * both[:, None, :]
