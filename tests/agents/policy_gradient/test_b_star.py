"""B-STaR: the balance score by hand, and the best of a grid by brute force."""

import numpy as np
import pytest

from rewardlab.agents.policy_gradient import balance_score, best_balance
from rewardlab.core.errors import BadBatch, BadOption


@pytest.mark.parametrize(
    ("kept", "good", "expected"),
    [(8, 4, 0.25), (8, 8, 1.0), (20, 20, 1.0), (4, 4, 0.5), (16, 8, 0.5), (5, 0, 0.0), (0, 0, 0.0)],
)
def test_known_cases(kept, good, expected):
    reward = np.r_[np.ones(kept), -np.ones(24 - kept)][None]
    correct = np.r_[np.ones(good), np.zeros(kept - good), np.ones(24 - kept)][None]
    assert balance_score(reward, correct, 0.0)[0] == expected


def test_it_is_1_only_for_enough_and_nothing_else():
    rng = np.random.default_rng(0)
    for _ in range(300):
        reward, correct = rng.normal(size=(1, 12)), rng.random((1, 12)) < 0.8
        kept = reward[0] > 0.2
        good = correct[0][kept]
        bs = balance_score(reward, correct, 0.2, wanted=3)[0]
        assert 0 <= bs <= 1 and (bs == 1) == bool(len(good) >= 3 and good.all())


def test_places_without_a_response_do_not_count():
    reward = np.array([[1.0, 1.0, -np.inf]])
    assert balance_score(reward, np.ones((1, 3)), -1.0, wanted=2)[0] == 1


def test_the_best_of_the_grid_is_that_of_brute_force():
    rng = np.random.default_rng(1)
    reward, thresholds = rng.normal(size=(3, 20, 16)), np.linspace(-1, 1, 21)
    correct = rng.random(reward.shape) < 1 / (1 + np.exp(-2 * reward - np.array([0.0, 0.5, -0.5])[:, None, None]))
    best, at = -1.0, None
    for i in range(3):
        for j, tau in enumerate(thresholds):
            score = 0.0
            for p in range(20):
                kept = reward[i, p] > tau
                n, good = kept.sum(), correct[i, p][kept].sum()
                score += min(good / 8, 1) * good / n / 20 if n else 0
            if score > best + 1e-12:
                best, at = score, (i, j)
    i, j, score = best_balance(reward, correct, thresholds)
    assert (i, j) == at and score == pytest.approx(best, rel=1e-12)


def test_shapes_and_numbers_are_checked():
    with pytest.raises(BadBatch, match="correct"):
        balance_score(np.ones((2, 3)), np.ones((2, 4)), 0.0)
    with pytest.raises(BadOption, match="wanted"):
        balance_score(np.ones((2, 3)), np.ones((2, 3)), 0.0, wanted=0)
