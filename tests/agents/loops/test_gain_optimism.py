"""Gains, policy iteration and optimism under one budget: against the exact solver and all policies."""

from itertools import product

import numpy as np
import pytest

from rewardlab.agents.loops.gain_optimism import best_policies, gains, optimist
from rewardlab.core.mdp import TabularMDP


def process(seed, states=4, actions=2):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.full(states, 0.4), (states, actions)) * 0.99 + 0.01 / states, rng.random((states, actions))


@pytest.mark.parametrize("seed", range(4))
def test_gains_values_and_shares_are_those_of_the_exact_solver(seed):
    P, R = process(seed)
    policies = np.array(list(product(range(2), repeat=4)))
    gain, values, share = gains(P, np.broadcast_to(R, (16, 4, 2)), policies)
    mdp = TabularMDP(P, R, gamma=None)
    for j, policy in enumerate(policies):
        exact = mdp.evaluate(policy)
        assert gain[j] == pytest.approx(exact.value, abs=1e-10)
        np.testing.assert_allclose(values[j], exact.V - exact.V[0], atol=1e-9)
        np.testing.assert_allclose(share[j], mdp.occupancy(policy).sum(1), atol=1e-9)
    rewards = np.stack([R, 1 - R, R**2])
    best, most, _ = best_policies(P, rewards, np.zeros((3, 4), dtype=int))
    for j in range(3):
        assert most[j] == pytest.approx(TabularMDP(P, rewards[j], gamma=None).solve().value, abs=1e-9)
        assert gains(P, rewards[j : j + 1], best[j : j + 1])[0][0] == pytest.approx(most[j])


def test_the_optimist_finds_the_best_of_all_policies():
    for seed in range(60):
        P, R = process(seed)
        rng = np.random.default_rng(1000 + seed)
        group = np.arange(8).reshape(4, 2)
        if seed % 3 == 0:
            group[1] = group[0]  # two states alike
            _, group = np.unique(group, return_inverse=True)
            group = group.reshape(4, 2)
        visits = rng.integers(1, 200, size=group.max() + 1) * rng.choice([0.05, 1.0])
        beta = float(rng.choice([0.01, 0.3, 3.0]))
        most = -np.inf
        for policy in product(range(2), repeat=4):
            _, _, share = gains(P, R[None], np.array([policy]))
            spent = np.bincount(group[np.arange(4), policy], share[0], minlength=len(visits))
            own = (share[0] * R[np.arange(4), policy]).sum() + np.sqrt(beta * (spent**2 / visits).sum())
            most = max(most, own)
        gain, values, errors = optimist(P, R, group, visits, beta)
        assert gain == pytest.approx(most, abs=1e-9), seed
        assert (visits * errors**2).sum() == pytest.approx(beta)
        Q = R + errors[group] + P @ values
        np.testing.assert_allclose(Q.max(1), values + gain, atol=1e-8)  # Bellman's equation, with errors


def test_without_a_budget_it_is_the_plain_optimum():
    P, R = process(7)
    gain, _, errors = optimist(P, R, np.arange(8).reshape(4, 2), np.ones(8), 0.0)
    assert gain == pytest.approx(TabularMDP(P, R, gamma=None).solve().value) and not errors.any()
