"""Comparisons of responses, by brute force."""

import itertools

import numpy as np
import pytest
import torch

from rewardlab.agents.parts import compare
from rewardlab.core.batch import Group

RNG = np.random.default_rng(0)
X, REWARD = RNG.normal(size=(4, 5)), RNG.permutation(20).reshape(4, 5) / 3.0


def group(reward):
    none = np.zeros((*reward.shape, 1))
    return Group(none, none, none, none + 1, reward)


def test_the_best_the_worst_and_their_difference():
    g = group(REWARD)
    best, worst = (X[np.arange(4), i] for i in (REWARD.argmax(1), REWARD.argmin(1)))
    np.testing.assert_array_equal(compare.chosen(g, X), best)
    np.testing.assert_array_equal(compare.rejected(g, X), worst)
    np.testing.assert_array_equal(compare.pair(g, X), best - worst)


def test_a_tie_has_two_sides():
    tie = group(np.zeros((1, 2)))
    x = np.array([[3.0, 1.0]])
    assert compare.pair(tie, x)[0] == compare.pair_among(tie, x, np.ones((1, 2), bool))[0] == 2.0


@pytest.mark.parametrize("of", [np.asarray, torch.as_tensor])
def test_a_pair_among_those_that_count(of):
    counts = RNG.random((4, 5)) < 0.6
    counts[:, :2] = True
    found = compare.pair_among(Group(*[of(np.zeros((4, 5, 1)))] * 4, of(REWARD)), of(X), of(counts))
    for p in range(4):
        kept = np.flatnonzero(counts[p])
        best, worst = kept[REWARD[p, kept].argmax()], kept[REWARD[p, kept].argmin()]
        assert float(found[p]) == X[p, best] - X[p, worst]


def test_pairs_and_means_over_them():
    difference, better = compare.differences(X), compare.better(REWARD)
    for p, i, j in itertools.product(range(4), range(5), range(5)):
        assert difference[p, i, j] == X[p, i] - X[p, j] and better[p, i, j] == (REWARD[p, i] > REWARD[p, j])
    mean = [
        np.mean([X[p, i] - X[p, j] for i in range(5) for j in range(5) if REWARD[p, i] > REWARD[p, j]])
        for p in range(4)
    ]
    np.testing.assert_allclose(compare.mean_over(difference, better), mean, rtol=1e-13)
    assert (compare.mean_over(difference * np.nan, better & False) == 0).all()
    np.testing.assert_allclose(compare.against_mean(X), X - X.mean(1, keepdims=True), rtol=1e-15)


def test_orders_have_the_probability_of_their_choices_and_all_orders_sum_to_1():
    s = RNG.normal(size=4)
    total = 0.0
    for order in itertools.permutations(range(4)):
        rank = np.empty(4)
        rank[list(order)] = -np.arange(4.0)
        product = np.prod([np.exp(s[order[k]]) / np.exp(s[list(order[k:])]).sum() for k in range(4)])
        found = np.exp(-compare.in_order(s[None], rank[None])[0])
        assert found == pytest.approx(product, rel=1e-12)
        total += found
    assert total == pytest.approx(1, rel=1e-12)


def test_equal_rewards_are_chosen_before_each_other():
    s, reward = np.array([[0.3, -0.2, 1.0]]), np.array([[1.0, 1.0, 0.0]])
    e = np.exp(s[0])
    assert compare.in_order(s, reward)[0] == pytest.approx(-np.log(e[0] / e.sum() * e[1] / e.sum()), rel=1e-13)
    turned = [1, 0, 2]
    np.testing.assert_allclose(compare.in_order(s[:, turned], reward[:, turned]), compare.in_order(s, reward))


def test_shares_are_a_cross_entropy():
    p, q = (np.exp(x) / np.exp(x).sum(1, keepdims=True) for x in (REWARD, X))
    np.testing.assert_allclose(compare.as_shares(X, REWARD), -(p * np.log(q)).sum(1), rtol=1e-12)


def test_ranks_and_what_becomes_of_equals():
    np.testing.assert_array_equal(compare.ranks(X, REWARD), 1.0 + (X[:, :, None] < X[:, None]).sum(2))
    level = np.zeros((1, 4))
    np.testing.assert_array_equal(compare.ranks(level, np.array([[2.0, 0.0, 1.0, 3.0]])), [[3, 1, 2, 4]])
    np.testing.assert_array_equal(compare.ranks(level, np.array([[2.0, 0.0, 0.0, 0.0]])), [[4, 2, 2, 2]])
