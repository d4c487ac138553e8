"""Flipped rewards: whole questions or single answers, and what becomes of advantages and gradients."""

import itertools

import numpy as np
import pytest
from contracts.row import sample

from rewardlab.core.errors import BadOption, BadSeed, MissingColumn
from rewardlab.rewards import FlipByAnswer, FlipByQuestion


def questions(count, answers, reward):
    batch = sample(count * answers)
    which, answer = np.divmod(np.arange(count * answers), answers)
    return batch.paying(reward.ravel(), question=which, answer=answer)


def test_a_question_is_judged_alike_for_all_its_answers():
    reward = np.random.default_rng(0).integers(0, 2, (500, 8)).astype(float)
    paid = FlipByQuestion(0.3)(questions(500, 8, reward)).reshape(500, 8)
    flipped = paid != reward
    assert (flipped.all(1) | ~flipped.any(1)).all() and abs(flipped[:, 0].mean() - 0.3) < 3 * np.sqrt(0.21 / 500)
    single = FlipByAnswer(0.3)(questions(500, 8, reward)).reshape(500, 8) != reward
    assert abs(single.mean() - 0.3) < 3 * np.sqrt(0.21 / 4000) and not (single.all(1) | ~single.any(1)).all()


def test_the_same_seed_flips_the_same_and_another_others():
    reward = np.ones((400, 1))
    one, again, other = (FlipByQuestion(0.5, seed=s)(questions(400, 1, reward)) for s in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert 0.3 < (one != other).mean() < 0.7


def normalised(r):
    return (r - r.mean(-1, keepdims=True)) / (r.std(-1, keepdims=True) + 1e-12)


def test_a_flipped_group_has_the_opposite_advantages():
    for r in itertools.product([0.0, 1.0], repeat=4):
        r = np.array(r)
        np.testing.assert_array_equal(normalised(1 - r), -normalised(r))


@pytest.mark.parametrize("p", [0.0, 0.2, 0.5, 0.9])
def test_the_expected_advantage_and_gradient_shrink_by_1_minus_2p(p):
    pi = np.array([0.2, 0.5, 0.3])
    worth = np.array([1.0, 0.0, 1.0])
    gradient = np.zeros((2, 3))
    for answers in itertools.product(range(3), repeat=3):  # every group of three answers
        chance = pi[list(answers)].prod()
        r = worth[list(answers)]
        score = np.eye(3)[list(answers)] - pi  # ∂ log π / ∂ logits
        clean = (normalised(r)[:, None] * score).mean(0)
        noisy = (1 - p) * clean + p * (normalised(1 - r)[:, None] * score).mean(0)
        gradient += chance * np.stack([clean, noisy])
    np.testing.assert_allclose(gradient[1], (1 - 2 * p) * gradient[0], atol=1e-12)
    if p == 0.5:
        np.testing.assert_allclose(gradient[1], 0, atol=1e-12)


def test_nothing_and_everything():
    batch = questions(20, 2, np.random.default_rng(1).random((20, 2)))
    np.testing.assert_array_equal(FlipByQuestion(0.0)(batch), batch.reward)
    np.testing.assert_array_equal(FlipByQuestion(1.0)(batch), 1 - batch.reward)


def test_mistakes_are_named():
    with pytest.raises(BadOption, match="probability"):
        FlipByQuestion(1.2)
    with pytest.raises(BadSeed):
        FlipByQuestion(0.1, seed=-1)
    with pytest.raises(MissingColumn, match="question"):
        FlipByQuestion(0.1)(sample(3))
