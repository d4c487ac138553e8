"""GRPO-λ: who feels the length, and by how much."""

import math

import numpy as np
import pytest
import torch

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.responses import sigmoid
from rewardlab.rewards.transforms.efficient_groups import efficient_groups, efficient_set

RNG = np.random.default_rng(0)
CORRECT = (RNG.random((40, 8)) < RNG.random((40, 1))).astype(float)
LENGTH = RNG.integers(5, 60, (40, 8)).astype(float)


def test_no_share_is_plain_correctness_and_all_is_the_length_penalty_bit_for_bit():
    np.testing.assert_array_equal(efficient_groups(CORRECT, LENGTH, share=0.0), CORRECT)
    whole = efficient_groups(CORRECT, LENGTH, share=1.0, alpha=0.3)
    for q in range(40):
        right = LENGTH[q][CORRECT[q] == 1]
        if len(right):
            m, s = right.mean(), max(right.std(), 1.0)
            np.testing.assert_allclose(whole[q], CORRECT[q] * (1 - 0.3 * sigmoid((LENGTH[q] - m) / s)), atol=1e-12)
    np.testing.assert_array_equal(whole[CORRECT.sum(1) == 0], 0)


def test_a_correct_answer_always_earns_more_than_a_wrong_one():
    paid = efficient_groups(CORRECT, LENGTH, share=1.0, alpha=0.9)
    assert (paid[CORRECT == 1] >= 0.1).all() and (paid[CORRECT == 1] <= 1).all() and not paid[CORRECT == 0].any()


@pytest.mark.parametrize("share", [0.0, 0.1, 0.2, 0.33, 0.5])
def test_the_best_solved_share_feels_it(share):
    chosen = efficient_set(CORRECT.mean(1), share)
    assert chosen.sum() == math.ceil(share * 40 - 1e-9)
    if 0 < share < 1:
        assert CORRECT.mean(1)[chosen].min() >= np.sort(CORRECT.mean(1)[~chosen])[-1]


def test_prompts_that_nobody_solves_never_do_and_ties_are_broken_by_the_seed():
    assert efficient_set(np.array([0.0, 0.0, 0.5]), 1.0).tolist() == [False, False, True]
    picks = {tuple(efficient_set(np.ones(10), 0.5, seed=s)) for s in range(6)}
    assert (
        len(picks) > 1
        and efficient_set(np.ones(10), 0.5, seed=1).tolist() == efficient_set(np.ones(10), 0.5, seed=1).tolist()
    )


def test_in_an_all_correct_group_advantage_falls_with_length():
    length = np.array([[30.0, 10.0, 20.0, 40.0]])
    paid = efficient_groups(np.ones((1, 4)), length, share=1.0)
    advantage = (paid - paid.mean()) / paid.std()
    assert (np.diff(advantage[0][np.argsort(length[0])]) < 0).all()


def test_torch_in_torch_out():
    paid = efficient_groups(torch.as_tensor(CORRECT), torch.as_tensor(LENGTH))
    np.testing.assert_array_equal(paid, efficient_groups(CORRECT, LENGTH))


def test_mistakes_are_named():
    for options in ({"share": 1.2}, {"alpha": 1.0}, {"floor": 0.0}):
        with pytest.raises(BadOption, match="efficient_groups"):
            efficient_groups(CORRECT, LENGTH, **options)
    with pytest.raises(BadBatch, match="both"):
        efficient_groups(CORRECT, LENGTH[:3])
