"""Consistency of reward models between instructions of close wording."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.rewards import contrast_pairs, instruction_consistency, response_consistency

WORDS, LENGTH = 200, 6


def test_an_oracle_is_consistent_in_both_ways():
    oracle = np.broadcast_to(np.eye(2), (50, 2, 2))
    assert response_consistency(oracle) == instruction_consistency(oracle) == 1


def test_a_model_that_ignores_the_instruction_is_half_right_within_and_never_between():
    blind = np.broadcast_to(np.random.default_rng(0).normal(size=(50, 1, 2)), (50, 2, 2))
    assert response_consistency(blind) == 0.5 and instruction_consistency(blind) == 0


def test_a_model_that_ignores_the_response_is_never_right_within_and_half_between():
    deaf = np.broadcast_to(np.random.default_rng(0).normal(size=(50, 2, 1)), (50, 2, 2))
    assert response_consistency(deaf) == 0 and instruction_consistency(deaf) == 0.5


def test_a_random_model_is_right_half_of_the_time():
    scores = np.random.default_rng(1).normal(size=(4000, 2, 2))
    error = 4 * 0.5 / np.sqrt(8000)
    assert abs(response_consistency(scores) - 0.5) < error and abs(instruction_consistency(scores) - 0.5) < error


def test_both_are_counted_by_hand():
    scores = np.array([[[3.0, 1.0], [2.0, 0.0]], [[1.0, 1.0], [0.0, 2.0]]])
    assert response_consistency(scores) == (1 + 0 + 0 + 1) / 4
    assert instruction_consistency(scores) == (1 + 0 + 1 + 1) / 4


def test_pairs_are_close_in_wording_with_other_answers_the_closest_first():
    s = np.array([[1, 0.8, 0.85, 0.9], [0.8, 1, 0.75, 0.2], [0.85, 0.75, 1, 0.76], [0.9, 0.2, 0.76, 1]])
    d = ~np.eye(4, dtype=bool)
    d[2, 3] = d[3, 2] = False
    np.testing.assert_array_equal(contrast_pairs(s, d), [[0, 2], [0, 1], [1, 2]])  # 0.9 is outside


def tasks(rng, n):
    """Words [n, LENGTH] and a place [n]: "copy the word at this place"."""
    return np.array([rng.choice(WORDS, LENGTH, replace=False) for _ in range(n)]), rng.integers(0, LENGTH, n)


def model(words, place, answer, skill):
    """A reward model that sees whether the answer is one of the words, and a little of whether it is the right one."""
    return (words == answer[:, None]).any(1) + skill * (words[np.arange(len(words)), place] == answer)


def test_a_shortcut_passes_the_standard_test_and_not_this_one():
    rng = np.random.default_rng(2)
    words, place = tasks(rng, 2000)
    right, stranger = words[np.arange(2000), place], rng.permutation(words[np.arange(2000), place])
    standard = model(words, place, right, 0.0) > model(words, place, stranger, 0.0)
    other = (place + rng.integers(1, LENGTH, 2000)) % LENGTH  # the same words, another place
    answers = (right, words[np.arange(2000), other])
    scores = np.array([[model(words, p, a, 0.0) for a in answers] for p in (place, other)]).transpose(2, 0, 1)
    broken = scores + 1e-3 * rng.normal(size=scores.shape)  # ties broken at random
    assert standard[right != stranger].mean() >= 0.95 and response_consistency(scores) == 0
    assert 0.45 < response_consistency(broken) <= 0.65


def test_what_is_less_consistent_makes_worse_answers_by_best_of_n():
    rng, n, k = np.random.default_rng(3), 600, 16
    _, place = tasks(rng, n)
    picks = rng.integers(0, LENGTH, (n, k))  # sampled answers: words of the prompt
    true = picks == place[:, None]
    consistency, useful = [], []
    for skill in (0.0, 0.4, 0.8, 1.2, 2.0, 4.0):
        paid = 1 + skill * true + rng.normal(size=(n, k))
        useful.append(true[np.arange(n), paid.argmax(1)].mean())
        consistency.append(response_consistency(skill * np.eye(2) + rng.normal(size=(2000, 2, 2))))
    assert spearmanr(consistency, useful).statistic >= 0.7


def test_senseless_input_is_refused():
    for bad in (np.zeros((3, 2)), np.zeros((0, 2, 2)), np.full((1, 2, 2), np.nan)):
        with pytest.raises(BadBatch, match="scores"):
            response_consistency(bad)
    with pytest.raises(BadBatch, match="contrast_pairs"):
        contrast_pairs(np.eye(3), np.ones((2, 2), bool))
    with pytest.raises(BadOption, match="low"):
        contrast_pairs(np.eye(3), np.ones((3, 3), bool), low=0.9, high=0.9)
