"""Random processes and rewards on them, for the tests of metrics."""

import numpy as np

from rewardlab.core.mdp import TabularMDP
from rewardlab.core.testing.processes import random_mdp

GAMMA = 0.9


def world(seed: int, *, terminal: int = 0, states: int = 8, actions: int = 3) -> TabularMDP:
    """A Garnet with rewards per transition."""
    return random_mdp(np.random.default_rng(seed), states=states, actions=actions, terminal=terminal, gamma=GAMMA)


def reward(mdp: TabularMDP, seed: int) -> np.ndarray:
    """Normal rewards of all transitions [S, A, S], possible or not."""
    S, A = mdp.num_states, mdp.num_actions
    return np.random.default_rng(10_000 + seed).normal(size=(S, A, S))


def shaping(mdp: TabularMDP, seed: int, size: float = 3.0) -> np.ndarray:
    """γ Φ(s') − Φ(s) [S, A, S] with Φ(terminal) = 0."""
    phi = size * np.random.default_rng(20_000 + seed).normal(size=mdp.num_states)
    phi[mdp.terminal] = 0.0
    S, A = mdp.num_states, mdp.num_actions
    return np.broadcast_to(mdp.gamma * phi - phi[:, None, None], (S, A, S)).copy()


def redistribution(mdp: TabularMDP, seed: int, size: float = 3.0) -> np.ndarray:
    """What only the successor decides: [S, A, S] with conditional mean 0."""
    S, A = mdp.num_states, mdp.num_actions
    P = mdp.P.toarray().reshape(S, A, S)
    x = size * np.random.default_rng(30_000 + seed).normal(size=(S, A, S))
    return x - (P * x).sum(2, keepdims=True)


def policies(mdp: TabularMDP, count: int, seed: int) -> list[np.ndarray]:
    """Random policies [S, A]."""
    rng = np.random.default_rng(40_000 + seed)
    return [rng.dirichlet(np.full(mdp.num_actions, 0.5), size=mdp.num_states) for _ in range(count)]
