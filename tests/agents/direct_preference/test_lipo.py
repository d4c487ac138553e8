"""Losses of lists: what they are with two responses, what their weights are, and where they are smallest."""

import itertools
from functools import partial

import numpy as np
import pytest
from preference_tables import as_group, best_policy, gradient, random_table, total_variation

from rewardlab.agents.direct_preference import dpo, lipo, list_mle, list_net
from rewardlab.agents.direct_preference.lipo import gain_change
from rewardlab.core.responses import sigmoid, tilted

REF, SCORES = random_table(5, seed=2)
LOGP = np.log(tilted(np.exp(REF), SCORES[::-1], 0.5))


def test_with_two_responses_it_is_a_weight_times_dpo():
    weight = abs(2**0.9 - 2**0.2) * abs(1 / np.log(2) - 1 / np.log(3))
    for pair in ([0, 1], [1, 0]):
        options = {"reward": np.array([[0.9, 0.2]])}
        group = as_group(LOGP, REF, [pair], **options)
        np.testing.assert_allclose(lipo(group, beta=0.3), weight * dpo(group, beta=0.3), rtol=1e-13)
        np.testing.assert_allclose(
            gradient(partial(lipo, beta=0.3), LOGP, REF, [pair], [1.0], **options),
            weight * gradient(partial(dpo, beta=0.3), LOGP, REF, [pair], [1.0], **options),
            atol=1e-15,
        )


@pytest.mark.parametrize("objective", [list_mle, list_net])
def test_with_two_responses_the_others_are_dpo_with_a_hard_and_a_soft_label(objective):
    group = as_group(LOGP, REF, [[2, 3]], reward=np.array([[1.3, 0.4]]))
    label = 1.0 if objective is list_mle else sigmoid(1.3 - 0.4)
    turned = as_group(LOGP, REF, [[3, 2]], reward=np.array([[1.3, 0.4]]))
    soft = label * dpo(group, beta=0.7) + (1 - label) * dpo(turned, beta=0.7)
    np.testing.assert_allclose(objective(group, beta=0.7), soft, rtol=1e-13)


@pytest.mark.parametrize("seed", range(3))
def test_the_weights_are_what_an_exchange_changes_in_the_discounted_gain(seed):
    rng = np.random.default_rng(seed)
    rank, grade = rng.permutation(5) + 1.0, rng.integers(0, 4, 5).astype(float)

    def gain(places):
        return ((2**grade - 1) / np.log(1 + places)).sum()

    found = gain_change(rank[None], grade[None])[0]
    for i, j in itertools.combinations(range(5), 2):
        swapped = rank.copy()
        swapped[[i, j]] = rank[[j, i]]
        assert found[i, j] == found[j, i] == pytest.approx(abs(gain(swapped) - gain(rank)), abs=1e-12)


def test_equal_grades_are_no_pairs_and_only_differences_of_scores_count():
    def loss(grades, shift=0.0):
        return lipo(as_group(LOGP + shift, REF, [[0, 1, 2, 3]], reward=np.array([grades])), beta=0.5)[0]

    assert loss([1.0, 1.0, 1.0, 1.0]) == 0
    assert loss([2.0, 1.0, 0.0, 1.0]) == pytest.approx(loss([2.0, 1.0, 0.0, 1.0], shift=3.0), rel=1e-13)
    # three pairs with different grades, of 0 with each of the others
    group, beta = as_group(LOGP, REF, [[0, 1, 2, 3]], reward=np.array([[1.0, 0.0, 0.0, 0.0]])), 0.5
    s = beta * (LOGP - REF)[:4]
    rank = 1.0 + (s[:, None] < s[None]).sum(1)
    terms = [abs(1 / np.log(1 + rank[0]) - 1 / np.log(1 + rank[j])) * np.log1p(np.exp(s[j] - s[0])) for j in (1, 2, 3)]
    assert lipo(group, beta=beta)[0] == pytest.approx(np.mean(terms), rel=1e-13)


def test_at_the_reference_where_all_scores_are_equal_every_pair_weighs():
    grades = np.array([[0.0, 3.0, 1.0]])
    found = gradient(lipo, REF, REF, [[0, 1, 2]], [1.0], reward=grades)
    assert found[1] < 0 < found[0]  # the best is raised, the worst lowered


def test_of_rankings_by_a_reward_the_minimum_is_the_tilted_reference():
    ref, reward = random_table(4, seed=4)
    orders = np.array(list(itertools.permutations(range(4))))
    worth = np.exp(reward)[orders]
    law = np.prod([worth[:, k] / worth[:, k:].sum(-1) for k in range(4)], axis=0)  # Plackett and Luce
    assert law.sum() == pytest.approx(1)
    found = best_policy(partial(list_mle, beta=0.6), ref, orders, law)
    assert total_variation(found, tilted(np.exp(ref), reward, 0.6)) < 1e-7


def test_the_probability_of_an_order_is_the_product_of_its_choices():
    order = [3, 0, 4, 1]
    s = np.exp(0.4 * (LOGP - REF))[order]
    product = np.prod([s[k] / s[k:].sum() for k in range(4)])
    assert list_mle(as_group(LOGP, REF, [order]), beta=0.4)[0] == pytest.approx(-np.log(product), rel=1e-13)


def test_the_share_of_scores_is_fitted_where_it_is_that_of_the_rewards():
    ref, reward = random_table(4, seed=4)
    found = best_policy(partial(list_net, beta=0.6), ref, [[0, 1, 2, 3]], [1.0], reward=reward[None])
    assert total_variation(found, tilted(np.exp(ref), reward, 0.6)) < 1e-7
