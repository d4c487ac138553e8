"""Answers, their rule, and verifiers that are frozen or not."""

import numpy as np
import pytest

from rewardlab.benchmarks.effects import preference_noise_cooper as cooper

TINY = cooper.Sums(lessons=200, steps=5)


def test_the_rule_knows_half_of_the_right_answers_and_nothing_else():
    k = len(cooper.ANSWERS)
    batch = cooper.answers(np.repeat(np.arange(5), k), np.tile(np.arange(k), 5))
    said = cooper.rule(batch).reshape(5, k)
    right = cooper.ANSWERS[:, 0] == np.arange(5)[:, None]
    assert said[~right].sum() == 0 and said[right].mean() == 0.5


def test_corrupted_answers_are_wrong_and_else_the_same():
    rng = np.random.default_rng(0)
    batch = cooper.answers(np.arange(5), np.arange(5) * 8 + 3)
    segments = batch.map(lambda a: a.reshape(len(a), 1, *a.shape[1:]))
    wrong = cooper.corrupt(segments, rng)
    said = wrong.info["answer"].reshape(-1, 3)
    assert wrong.shape == segments.shape
    assert (said[:, 0] != np.arange(5)).all() and (said[:, 1:] == cooper.ANSWERS[3, 1:]).all()
    assert not cooper.rule(wrong).any()


@pytest.mark.parametrize("reward", ["rule", "frozen", "cooper"])
def test_every_reward_trains_a_policy(reward):
    found = cooper.trained(0, reward=reward, task=TINY)
    assert found["peak"] >= found["gold"] > 5 and found["fell"] == pytest.approx(found["peak"] - found["gold"])
    assert found == cooper.trained(0, reward=reward, task=TINY)


def test_a_step_size_of_nothing_is_the_frozen_run_to_the_bit():
    frozen = cooper.trained(0, reward="frozen", task=TINY)
    assert cooper.trained(0, reward="cooper", lr_rm=0.0, task=TINY) == frozen
    assert cooper.trained(0, reward="cooper", lr_rm=1e-2, task=TINY) != frozen
