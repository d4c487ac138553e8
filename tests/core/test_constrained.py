"""Budgets against closed forms, duality, every deterministic policy and mixtures of two."""

import itertools

import numpy as np
import pytest

from rewardlab.core.constrained import solve_constrained
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.testing.processes import random_mdp


def bandit(reward, gamma=0.0):
    """One state, one step: the value is the chosen arm's reward."""
    arms = len(reward)
    P = np.zeros((2, arms, 2))
    P[:, :, 1] = 1.0
    return TabularMDP(P, np.stack([reward, np.zeros(arms)]), gamma=gamma, terminal=np.array([False, True]))


def test_two_arms_and_a_budget_have_their_closed_form():
    # The dear arm pays 1 and costs 1, the other nothing: take it as often as the budget allows, at the price 1.
    found = solve_constrained(bandit(np.array([1.0, 0.0])), [[[1.0, 0.0], [0.0, 0.0]]], [0.3])
    np.testing.assert_allclose(found.policy[0], [0.3, 0.7], atol=1e-12)
    assert (found.value, found.costs[0], found.multipliers[0]) == pytest.approx((0.3, 0.3, 1.0))


def test_without_budgets_and_with_wide_ones_it_is_the_optimum():
    for seed in range(5):
        mdp = random_mdp(np.random.default_rng(seed), per_transition=False)
        costs = np.abs(np.random.default_rng(seed).normal(size=(2, 10, 3)))
        assert solve_constrained(mdp, np.zeros((0, 10, 3)), []).value == pytest.approx(mdp.solve().value)
        wide = solve_constrained(mdp, costs, [1e6, 1e6])
        assert wide.value == pytest.approx(mdp.solve().value)
        np.testing.assert_array_equal(wide.multipliers, 0)


@pytest.mark.parametrize("gamma", [0.9, 1.0, None])
def test_duality_and_complementary_slackness_on_random_processes(gamma):
    bound = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        P = 0.9 * rng.dirichlet(np.full(6, 0.4), (6, 3)) + 0.1 / 6
        ends = np.zeros(6, dtype=bool) if gamma is None else np.arange(6) == 5
        mdp = TabularMDP(P, rng.normal(size=(6, 3)), gamma=gamma, initial=rng.dirichlet(np.ones(6)), terminal=ends)
        c = rng.random((2, 6, 3)) * ~ends[:, None]
        spent = np.array([mdp.with_reward(k).evaluate(mdp.solve().policy).value for k in c])
        least = np.array([-mdp.with_reward(-k).solve().value for k in c])
        d = least + np.array([0.9, 0.6]) * (spent - least) + 0.02 * spent
        try:
            found = solve_constrained(mdp, c, d)
        except BadOption:
            continue  # both at once may ask for too much
        assert mdp.evaluate(found.policy).value == pytest.approx(found.value)
        again = [mdp.with_reward(k).evaluate(found.policy).value for k in c]
        np.testing.assert_allclose(again, found.costs, atol=1e-8)
        assert (found.costs <= d + 1e-8).all()
        np.testing.assert_allclose(found.multipliers * (d - found.costs), 0, atol=1e-7)
        penalised = mdp.with_reward(mdp.R - np.tensordot(found.multipliers, c, 1))
        assert penalised.solve().value + found.multipliers @ d == pytest.approx(found.value)  # no duality gap
        bound += int((found.multipliers > 1e-6).any())
    assert bound >= 4


def test_no_mixture_of_two_deterministic_policies_is_better():
    rng = np.random.default_rng(3)
    mdp = random_mdp(rng, states=5, actions=2, gamma=0.8, per_transition=False)
    cost = rng.random((5, 2)) * ~mdp.terminal[:, None]
    pairs = []
    for policy in itertools.product(range(2), repeat=5):
        x = mdp.occupancy(np.array(policy))
        pairs.append(((x * mdp.R).sum(), (x * cost).sum()))
    value, spent = np.array(pairs).T
    d = 0.5 * (spent.min() + spent[value.argmax()])
    # Occupancies form a polytope with the deterministic policies at its corners: one budget cuts an edge.
    best = value[spent <= d].max()
    for i, j in itertools.permutations(range(len(value)), 2):
        if spent[i] < d < spent[j]:
            share = (d - spent[i]) / (spent[j] - spent[i])
            best = max(best, (1 - share) * value[i] + share * value[j])
    found = solve_constrained(mdp, cost[None], [d])
    assert found.value == pytest.approx(best, abs=1e-9)
    assert (np.sort(found.policy, axis=1)[:, 0] > 1e-9).sum() <= 1  # lots are drawn in one state at most


def test_what_cannot_be_kept_or_has_the_wrong_form_is_refused():
    mdp = bandit(np.array([1.0, 0.0]))
    with pytest.raises(BadOption, match="no policy keeps"):
        solve_constrained(mdp, [[[1.0, 0.5], [0.0, 0.0]]], [0.3])
    for costs, thresholds in (
        (np.zeros((1, 2, 3)), [1.0]),
        (np.zeros((1, 2, 2)), [1.0, 1.0]),
        (np.full((1, 2, 2), np.nan), [1.0]),
    ):
        with pytest.raises(BadOption, match="thresholds of shape"):
            solve_constrained(mdp, costs, thresholds)
