"""Planning by sweeps against exact solutions, and its proved bounds."""

import numpy as np
import pytest
from scipy import sparse

from rewardlab.core.errors import BadOption, Diverged
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.planning import modified_policy_iteration, value_iteration
from rewardlab.core.testing.processes import random_mdp

WAYS = pytest.mark.parametrize("sweeps", [0, 1, 7, 50])


def process(seed, gamma, terminal=1):
    return random_mdp(np.random.default_rng(seed), states=12, actions=3, branching=4, terminal=terminal, gamma=gamma)


@WAYS
@pytest.mark.parametrize("gamma", [0.0, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("terminal", [0, 3])
def test_values_are_within_the_proved_bound(sweeps, gamma, terminal):
    for seed in range(5):
        mdp = process(seed, gamma, terminal)
        best = mdp.solve()
        for tolerance in (0.3, 1e-3, 1e-9):
            found = modified_policy_iteration(mdp, sweeps=sweeps, tolerance=tolerance)
            assert found.bound <= tolerance
            assert np.abs(found.V - best.V).max() <= found.bound + 1e-10
            assert np.abs(found.Q - best.Q).max() <= found.bound + 1e-10
            assert not found.V[mdp.terminal].any()
        assert best.optimal_actions(1e-8)[np.arange(12), found.policy].all()
        assert found.value == pytest.approx(best.value, abs=1e-8)


@WAYS
def test_episodes_without_discount(sweeps):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        end = np.arange(8) == 7
        P = 0.8 * rng.dirichlet(np.full(8, 0.4), (8, 3)) + 0.2 * end
        mdp = TabularMDP(P, rng.normal(size=(8, 3)), gamma=1.0, terminal=end)
        found = modified_policy_iteration(mdp, sweeps=sweeps, tolerance=1e-12)
        np.testing.assert_allclose(found.V, mdp.solve().V, atol=1e-10)
        assert np.isnan(found.bound)


@WAYS
@pytest.mark.parametrize("periodic", [False, True])
def test_average_reward_to_the_bound_of_its_gain(sweeps, periodic):
    rng = np.random.default_rng(4)
    P = np.roll(np.eye(6), 1, axis=1)[:, None].repeat(2, 1) if periodic else rng.dirichlet(np.ones(6), (6, 2))
    mdp = TabularMDP(P, rng.normal(size=(6, 2)), gamma=None)
    best, found = mdp.solve(), modified_policy_iteration(mdp, sweeps=sweeps, tolerance=1e-10)
    assert abs(found.value - best.value) <= found.bound + 1e-12
    np.testing.assert_allclose(found.V - found.V[0], best.V - best.V[0], atol=1e-7)
    np.testing.assert_allclose(found.Q.max(1), found.V, atol=1e-12)


def test_the_interval_needs_far_fewer_sweeps_than_the_contraction():
    """A well mixed chain: the error of the middle falls with its second eigenvalue and not with gamma."""
    rng = np.random.default_rng(0)
    mdp = TabularMDP(rng.dirichlet(np.ones(30), (30, 4)), rng.random((30, 4)), gamma=0.999)
    found = value_iteration(mdp, tolerance=1e-6)
    assert found.sweeps < 40 < np.log(1e-6 * 1e-3) / np.log(0.999)
    assert np.abs(found.V - mdp.solve().V).max() <= 1e-6
    assert modified_policy_iteration(mdp, sweeps=10).sweeps < 100


def test_twenty_thousand_states_stay_sparse():
    S, A, b = 20_000, 4, 5
    rng = np.random.default_rng(0)
    chance, after = rng.dirichlet(np.ones(b), S * A), rng.integers(S, size=S * A * b)
    P = sparse.csr_array((chance.ravel(), after, np.arange(0, S * A * b + 1, b)), shape=(S * A, S))
    mdp = TabularMDP(P, rng.random((S, A)), gamma=0.99)
    one = value_iteration(mdp, tolerance=1e-4)
    two = modified_policy_iteration(mdp, tolerance=1e-4)
    assert np.abs(one.V - two.V).max() <= 2e-4 and two.sweeps < 2000
    # By the Bellman equation itself, without trust in either bound.
    assert np.abs(mdp.R + 0.99 * mdp.expect(one.V) - one.Q).max() <= 2e-4


@pytest.mark.parametrize("name,value", [("tolerance", 0.0), ("sweeps", -1), ("max_sweeps", 0)])
def test_mistakes_are_named(name, value):
    with pytest.raises(BadOption, match=f"{name}="):
        modified_policy_iteration(process(0, 0.9), **{name: value})


def test_too_few_sweeps_are_not_passed_over():
    with pytest.raises(Diverged, match="3 sweeps"):
        value_iteration(process(0, 0.99), tolerance=1e-9, max_sweeps=3)
