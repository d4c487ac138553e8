import itertools

import numpy as np
import pytest
import torch

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.responses import softmax
from rewardlab.rewards import group_length_penalty, group_mean_advantage, symmetric_length_penalty


@pytest.mark.parametrize("group", [2, 3, 4])
def test_the_expected_gradient_is_the_true_one_times_one_minus_one_over_the_group(group):
    """All groups of a bandit with three arms, enumerated."""
    policy, reward = softmax(np.array([0.3, -0.2, 0.9])), np.array([1.0, -0.5, 0.25])
    score = np.eye(3) - policy  # [arm, logit] gradient of log π
    true = (policy * reward) @ score
    groups = np.array(list(itertools.product(range(3), repeat=group)))
    advantage = group_mean_advantage(reward[groups])
    gradients = (advantage[..., None] * score[groups]).mean(1)
    found = policy[groups].prod(1) @ gradients
    np.testing.assert_allclose(found, (1 - 1 / group) * true, atol=1e-15)
    assert abs(true).max() > 0.05


def test_a_constant_per_prompt_changes_nothing():
    reward = np.random.default_rng(0).normal(size=(5, 8))
    shifted = reward + np.arange(5.0)[:, None]
    np.testing.assert_allclose(group_mean_advantage(shifted), group_mean_advantage(reward), atol=1e-14)
    np.testing.assert_allclose(group_mean_advantage(reward).sum(-1), 0, atol=1e-14)
    np.testing.assert_allclose(group_mean_advantage(torch.as_tensor(reward)), group_mean_advantage(reward), atol=1e-15)


def test_the_penalty_by_hand():
    correct = np.array([[True, True, False, False, False, False]])
    length = np.array([[80, 120, 100, 75, 50, 10]])  # l* = 100, full from 50 down
    np.testing.assert_allclose(group_length_penalty(correct, length), [[0, 0, 0, -0.25, -0.5, -0.5]])
    np.testing.assert_allclose(group_length_penalty(correct, length, most=1.0, tau=1.0), [[0, 0, 0, -0.25, -0.5, -0.9]])
    long = np.array([[80, 120, 150, 175, 250, 75]])
    np.testing.assert_allclose(symmetric_length_penalty(correct, long), [[0, 0, 0, -0.25, -0.5, -0.25]])
    np.testing.assert_allclose(group_length_penalty(correct, long), [[0, 0, 0, 0, 0, -0.25]])


def test_nothing_is_due_where_none_is_correct_and_of_correct_ones_never():
    rng = np.random.default_rng(1)
    correct, length = rng.random((200, 6)) < 0.3, rng.integers(1, 200, (200, 6))
    for penalty in (group_length_penalty, symmetric_length_penalty):
        paid = penalty(correct, length)
        none = ~correct.any(-1)
        assert none.sum() > 10 and (paid[none] == 0).all() and (paid[correct] == 0).all()
        assert (paid <= 0).all() and (paid >= -0.5).all() and (paid < 0).any()
        theirs = penalty(torch.as_tensor(correct), torch.as_tensor(length))
        np.testing.assert_allclose(theirs, paid, atol=1e-15)


def test_a_shorter_wrong_answer_is_never_paid_more():
    correct = np.array([True] + [False] * 100)
    paid = group_length_penalty(correct[None], np.concatenate([[60], np.arange(1, 101)])[None])[0, 1:]
    assert (np.diff(paid) >= 0).all() and paid[0] == -0.5 and paid[-1] == 0


def test_nan_shows_in_its_own_group_only():
    correct = np.array([[True, False], [False, False], [True, False]])
    length = np.array([[np.nan, 5.0], [np.nan, 5.0], [9.0, 5.0]])
    paid = group_length_penalty(correct, length)
    assert np.isnan(paid).tolist() == [[True, True], [True, False], [False, False]]


def test_mistakes_are_named():
    flags, lengths = np.ones((2, 3), dtype=bool), np.ones((2, 3))
    for wrong in ({"most": -1.0}, {"tau": 0.0}, {"tau": 1.5}):
        with pytest.raises(BadOption, match="length penalty"):
            group_length_penalty(flags, lengths, **wrong)
    for correct, length in ((flags, lengths[:1]), (lengths, lengths)):
        with pytest.raises(BadBatch, match="length penalty"):
            group_length_penalty(correct, length)
