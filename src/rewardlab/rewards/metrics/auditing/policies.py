"""Policies of a table, and the best of those that keep to some actions."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rewardlab.core.arrays import Tree, array
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import Solution, TabularMDP

Policy = Callable[[Tree], Any]
"""Observations [N, *obs] -> actions [N]."""


def uniform(mdp: TabularMDP) -> np.ndarray:
    """Every action alike, [S, A]."""
    return np.full((mdp.num_states, mdp.num_actions), 1.0 / mdp.num_actions)


def graded(mdp: TabularMDP, grades: int = 20) -> list[np.ndarray]:
    """Mixtures [S, A] of uniform and optimal play, from the one to the other."""
    best = np.eye(mdp.num_actions)[mdp.solve().policy]
    return [(1 - share) * uniform(mdp) + share * best for share in np.linspace(0.0, 1.0, grades)]


def as_table(policy: Policy | np.ndarray, mdp: TabularMDP, obs: Tree, *, name: str) -> np.ndarray:
    """A policy of any form as probabilities [S, A].

    Args:
        policy: actions [S], probabilities [S, A], or a function of observations.
        mdp: the process.
        obs: what its states look like [S, *obs].
        name: the policy's, for messages.

    Raises:
        BadOption: for anything else.
    """
    S, A = mdp.num_states, mdp.num_actions
    found = np.asarray(array(policy(obs)) if callable(policy) else policy)
    if found.shape == (S,) and found.dtype.kind in "iu" and ((found >= 0) & (found < A)).all():
        return np.eye(A)[found]
    if found.shape == (S, A) and np.allclose(found.sum(1), 1.0) and (found >= 0).all():
        return found.astype(np.float64)
    raise BadOption(
        f"policy {name!r} gives {found.dtype}{list(found.shape)}",
        where="audit",
        expected=f"actions [{S}] in 0..{A - 1} or probabilities [{S}, {A}]",
    )


def best_within(mdp: TabularMDP, allowed: np.ndarray, *, worst: bool = False) -> Solution:
    """The best policy of those that take only actions of `allowed` [S, A] bool; with `worst`, the one that earns least.

    States without an allowed action, and what leads there, count as lost: minus infinity in effect.
    """
    sign = -1.0 if worst else 1.0
    bound = 1e3 * (1.0 + np.abs(mdp.R).max()) / (1.0 - min(mdp.gamma or 0.0, 0.9999))
    R = np.where(allowed | mdp.terminal[:, None], sign * mdp.R, -bound)
    found = mdp.with_reward(R).solve()
    return mdp.evaluate(found.policy)
