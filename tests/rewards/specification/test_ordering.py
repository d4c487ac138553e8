import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.testing.processes import random_mdp
from rewardlab.rewards import (
    RewardMachine,
    compile_ltl,
    limit_average,
    machine_value,
    markov_value,
    orders_by_reward,
    outer_value,
    ranked,
    regularised_value,
    satisfaction,
)

GAMMAS = pytest.mark.parametrize("gamma", [0.5, 0.9, 0.99])
P = np.array([0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0])  # probabilities of the first action


def refuted(mdp, policies, ordering, gamma):
    """Whether no reward orders so; checks the proof by hand."""
    found = orders_by_reward(mdp, policies, ordering, gamma=gamma)
    if found.expressible:
        return False
    d = np.array([mdp.with_gamma(gamma).occupancy(p).ravel() for p in policies])
    better, worse = found.pairs.T
    for i, j, above in zip(better, worse, found.strict, strict=True):
        assert (ordering[i] > ordering[j]) if above else ordering[i] == ordering[j]
    assert (found.weights[found.strict] >= 0).all() and found.weights[found.strict].sum() == pytest.approx(1)
    np.testing.assert_allclose(found.weights @ (d[better] - d[worse]), 0, atol=1e-7)
    return True


def bandit(gamma):
    """One state, two actions that both stay."""
    return TabularMDP(np.ones((1, 2, 1)), np.array([[1.0, 0.0]]), gamma=gamma), [np.array([[p, 1 - p]]) for p in P]


def eventually(gamma):
    """Two states: the first action moves on to the second one, which is never left; the other one stays."""
    table = np.zeros((2, 2, 2))
    table[0, 0, 1] = table[0, 1, 0] = table[1, :, 1] = 1
    return TabularMDP(table, np.array([[0.0, 0.0], [1.0, 1.0]]), gamma=gamma), [
        np.array([[p, 1 - p], [1, 0]]) for p in P
    ]


# -- the linear programme ----------------------------------------------------------------------------------------------


@GAMMAS
def test_every_order_by_a_markov_reward_is_found_again(gamma):
    rng = np.random.default_rng(0)
    for _ in range(5):
        mdp = random_mdp(rng, states=4, actions=2, branching=2, gamma=gamma)
        policies = list(rng.dirichlet(np.ones(2), (8, 4)))
        policies[3] = policies[0]
        ordering = ranked([markov_value(p, mdp) for p in policies])
        found = orders_by_reward(mdp, policies, ordering, margin=0.5)
        assert found.expressible and found.weights is None and ordering[3] == ordering[0]
        values = np.array([markov_value(p, mdp.with_reward(found.reward)) for p in policies])
        np.testing.assert_array_equal(ranked(values, 1e-4), ordering)
        assert np.diff(np.unique(np.round(values, 6))).min() >= 0.5 - 1e-5


def test_exactly_one_of_reward_and_proof_exists_for_random_orders():
    rng = np.random.default_rng(1)
    kinds = set()
    for _ in range(40):
        mdp = random_mdp(rng, states=4, actions=2, branching=2, gamma=0.9)
        policies, ordering = rng.dirichlet(np.ones(2), (5, 4)), rng.permutation(5)
        kinds.add(refuted(mdp, policies, ordering, 0.9))
    assert kinds == {True, False}


def test_policies_that_are_all_equal_need_no_reward():
    mdp, policies = bandit(0.9)
    assert (orders_by_reward(mdp, policies, [1] * len(P)).reward == 0).all()


def test_two_equal_policies_cannot_be_told_apart():
    mdp, policies = bandit(0.9)
    assert refuted(mdp, [policies[0], policies[0]], [0, 1], 0.9)


def test_ranks():
    assert ranked([0.3, 0.1, 0.3 + 1e-12, 0.2]).tolist() == [2, 0, 2, 1]


def test_mistakes_are_named():
    mdp, policies = bandit(0.9)
    for ordering, options, said in (
        ([1, 2], {}, "7 policies, 2 numbers"),
        ([np.nan] * 7, {}, "NaN"),
        ([1] * 7, {"margin": 0.0}, "margin"),
    ):
        with pytest.raises(BadOption, match=said):
            orders_by_reward(mdp, policies, ordering, **options)
    with pytest.raises(BadOption, match="average reward"):
        orders_by_reward(mdp.with_gamma(None), policies, [1] * 7)


# -- what separates the formalisms, on the smallest processes ----------------------------------------------------------


@GAMMAS
def test_a_mixture_is_best_for_a_regularised_and_an_outer_nonlinear_objective_and_for_no_markov_reward(gamma):
    mdp, policies = bandit(gamma)
    target = ranked(-abs(P - 0.5))
    flat = mdp.with_reward(np.zeros((1, 2)))
    np.testing.assert_array_equal(ranked([regularised_value(p, flat) for p in policies]), target)
    outer = [outer_value(p, mdp, lambda j: -(((1 - gamma) * j - 0.5) ** 2)) for p in policies]
    np.testing.assert_array_equal(ranked(outer), target)
    assert refuted(mdp, policies, target, gamma)


ALTERNATE = RewardMachine(edges=[("u", "first", "v", 0.0), ("v", "!first", "u", 1.0)], initial="u")


@GAMMAS
def test_alternation_is_paid_by_a_machine_of_two_states_and_by_no_markov_reward(gamma):
    mdp, policies = bandit(gamma)
    columns = {"first": np.array([True, False])}  # one entry per action
    values = [machine_value(p, mdp, ALTERNATE, columns) for p in policies]
    np.testing.assert_allclose(values, gamma * P * (1 - P) / (1 - gamma), atol=1e-9)
    assert refuted(mdp, policies, ranked(values), gamma)


@GAMMAS
def test_eventually_jumps_at_zero_and_no_markov_reward_does(gamma):
    mdp, policies = eventually(gamma)
    goal = {"goal": np.array([False, True])}
    values = [satisfaction(p, mdp, compile_ltl("F goal"), goal) for p in policies]
    np.testing.assert_allclose(values, P > 0, atol=1e-12)
    assert refuted(mdp, policies, ranked(values), gamma)
    rng = np.random.default_rng(0)
    for _ in range(20):  # continuous: the last steps towards p = 0 vanish
        R = mdp.with_reward(rng.normal(size=(2, 2)))
        near = [markov_value(np.array([[p, 1 - p], [1, 0]]), R) for p in (0.0, 1e-6)]
        assert abs(near[1] - near[0]) < 1e-5 * 10 / (1 - gamma) ** 2
    assert satisfaction(np.array([[1e-6, 1 - 1e-6], [1, 0]]), mdp, compile_ltl("F goal"), goal) == pytest.approx(1)


@GAMMAS
def test_the_limit_average_jumps_too(gamma):
    mdp, policies = eventually(gamma)
    values = [limit_average(p, mdp) for p in policies]
    np.testing.assert_allclose(values, P > 0, atol=1e-12)
    assert refuted(mdp, policies, ranked(values), gamma)


@GAMMAS
def test_the_limit_average_ignores_what_happens_first_and_a_markov_return_does_not(gamma):
    table = np.zeros((2, 2, 2))
    table[0, :, 1] = table[1, :, 1] = 1
    mdp = TabularMDP(table, np.array([[5.0, 0.0], [1.0, 0.0]]), gamma=gamma)
    policies = [np.array([[q, 1 - q], [p, 1 - p]]) for q in (0.0, 0.5, 1.0) for p in (0.0, 0.5, 1.0)]
    values = np.array([limit_average(p, mdp) for p in policies])
    np.testing.assert_allclose(values, np.tile([0, 0.5, 1], 3), atol=1e-12)
    other = mdp.with_reward(np.array([[-7.0, 3.0], [1.0, 0.0]]))
    np.testing.assert_allclose([limit_average(p, other) for p in policies], values, atol=1e-12)
    ours = np.array([markov_value(p, mdp) for p in policies])
    assert not np.array_equal(ranked(ours), ranked(values))
    # This order itself is one of a Markov reward, one that pays nothing at first.
    assert orders_by_reward(mdp, policies, ranked(values)).expressible
