"""Layers of a horizon: the same values as backward induction, and losses against brute force over policies."""

import itertools

import numpy as np
import pytest

from rewardlab.core.mdp import TabularMDP
from rewardlab.envs.mdps.layers import induction, layered, losses, per_entry, returns


def process(per_transition, gamma=0.9, ends=True):
    rng = np.random.default_rng(0)
    P = rng.dirichlet(np.ones(3), (3, 2))
    P[0, 0] = [0.0, 1.0, 0.0]
    R = rng.normal(size=(3, 2, 3) if per_transition else (3, 2))
    terminal = np.array([False, False, ends])
    return TabularMDP(P, R, gamma=gamma, initial=[0.4, 0.6, 0.0], terminal=terminal)


@pytest.mark.parametrize("per_transition", [True, False])
def test_layers_are_worth_what_induction_says(per_transition):
    m = process(per_transition)
    whole = layered(m, 4)
    V, Q = induction(m, 4)
    found = whole.solve()
    np.testing.assert_allclose(found.V.reshape(5, 3), V, atol=1e-12)
    np.testing.assert_allclose(found.Q.reshape(5, 3, 2)[:4], Q, atol=1e-12)
    same = m.with_gamma(1.0).solve(horizon=4)
    np.testing.assert_allclose(V, same.V, atol=1e-12)
    assert found.value == pytest.approx(same.value, abs=1e-12)
    assert (whole.pay is None) == (not per_transition)
    random, best = returns(m, 4)
    assert best == pytest.approx(found.value, abs=1e-12)
    assert random == pytest.approx(whole.evaluate(np.full((15, 2), 0.5)).value, abs=1e-12)
    np.testing.assert_array_equal(
        per_entry(m), m.pay if per_transition else np.repeat(m.R.ravel(), np.diff(m.P.indptr))
    )


@pytest.mark.parametrize(("gamma", "horizon", "ends"), [(0.9, None, True), (1.0, 3, True), (None, None, False)])
def test_the_least_loss_is_that_of_the_best_of_all_policies(gamma, horizon, ends):
    m = process(False, gamma, ends)
    loss = losses(m, horizon)
    whole = m if horizon is None else layered(m, horizon)
    loss = np.concatenate([loss.reshape(-1, 2), np.zeros((whole.num_states - loss.size // 2, 2))])
    policies = itertools.product(range(2), repeat=whole.num_states) if horizon is None else []
    values = {p: whole.evaluate(np.array(p)).value for p in policies}
    if values:
        assert whole.solve().value == pytest.approx(max(values.values()), abs=1e-10)
        for p, value in values.items():
            visits = whole.occupancy(np.array(p))
            assert (visits * loss).sum() == pytest.approx(max(values.values()) - value, abs=1e-8)
    assert (loss >= 0).all()
    np.testing.assert_array_equal(loss.min(1), 0.0)  # some action loses nothing, to the bit
