"""DARD: the paper's sum, term by term, and what does and does not count."""

import numpy as np
import pytest
from table_rewards import GAMMA, redistribution, reward, shaping, world

from rewardlab.core.errors import BadOption
from rewardlab.rewards.metrics.dard import dard


def published(mdp, R1, R2, A):
    """The transformed rewards by loops over A, S', S'', and their Pearson distance over possible transitions."""
    S = mdp.num_states
    P = mdp.P.toarray().reshape(S, mdp.num_actions, S)
    weights = np.where(mdp.terminal, 0, 1)[:, None, None] * A[:, None] * P
    weights = weights / weights.sum()
    out = []
    for R in (R1, R2):
        C = np.zeros_like(R)
        for s in range(S):
            for t in range(S):
                total = 0.0
                for a, p in enumerate(A):
                    for u in range(S):  # S'
                        for v in range(S):  # S''
                            q = p * P[s, a, u] * P[t, a, v]
                            total += q * (GAMMA * R[t, a, v] - R[s, a, u] - GAMMA * R[u, a, v])
                C[s, :, t] = R[s, :, t] + total
        out.append(C - (weights * C).sum())
    rho = (weights * out[0] * out[1]).sum() / np.sqrt((weights * out[0] ** 2).sum() * (weights * out[1] ** 2).sum())
    return np.sqrt((1 - rho) / 2)


@pytest.mark.parametrize("terminal", [0, 1])
def test_it_is_the_published_formula(terminal):
    for seed in range(3):
        mdp = world(seed, states=4, actions=2, terminal=terminal)
        A = np.random.default_rng(seed).dirichlet(np.ones(2))
        R1, R2 = reward(mdp, seed), reward(mdp, seed + 50)
        assert dard(mdp, R1, R2, actions=A) == pytest.approx(published(mdp, R1, R2, A), abs=1e-12)


@pytest.mark.parametrize("terminal", [0, 2])
def test_shaping_scale_and_constants_do_not_count_and_the_opposite_has_1(terminal):
    for seed in range(10):
        mdp = world(seed, terminal=terminal)
        R = reward(mdp, seed)
        assert dard(mdp, R, 3 * R + shaping(mdp, seed) + 5.0) < 1e-12
        assert dard(mdp, R, shaping(mdp, seed) - R) == pytest.approx(1.0, abs=1e-12)
        assert dard(mdp, R, np.zeros_like(R)) == pytest.approx(0.5)


def test_what_only_the_successor_decides_counts_although_it_orders_policies_alike():
    mdp = world(1)
    R = reward(mdp, 1)
    assert dard(mdp, R, R + redistribution(mdp, 1)) > 0.2


def test_pay_that_is_never_imagined_does_not_count():
    # From 0 one only comes to 1 and back: what 1 pays for itself is neither possible nor asked for.
    from rewardlab.core.mdp import TabularMDP

    P = np.zeros((3, 1, 3))
    P[0, 0, 1], P[1, 0, 2], P[2, 0, 0] = 1, 1, 1
    mdp = TabularMDP(P, np.zeros((3, 1)), gamma=GAMMA)
    R1, R2 = np.zeros((3, 1, 3)), np.zeros((3, 1, 3))
    R1[[0, 1, 2], 0, [1, 2, 0]] = R2[[0, 1, 2], 0, [1, 2, 0]] = [1.0, 0.0, 3.0]
    R2[1, 0, 1] = 1e3
    assert dard(mdp, R1, R2) == 0.0


def test_bad_input_is_named():
    mdp = world(0)
    with pytest.raises(BadOption, match="shape"):
        dard(mdp, mdp.R, np.zeros(4))
    with pytest.raises(BadOption, match="states"):
        dard(mdp, mdp.R, mdp.R, states=np.zeros(8))
    with pytest.raises(BadOption, match="discount"):
        dard(mdp.with_gamma(None), mdp.R, mdp.R)
