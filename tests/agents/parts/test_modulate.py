"""Steps, extremes, covariances and choices of tokens against loops."""

import numpy as np
import pytest
import torch

from rewardlab.agents.parts import modulate

TURN = np.array([[[0, 0, 1, 3, 3, 9]], [[1, 1, 1, 1, 3, 9]]])
MASK = np.array([[[1, 1, 1, 1, 1, 0]], [[1, 1, 1, 0, 1, 0]]])
X = np.where(MASK != 0, np.array([[[1.0, 3, 5, 7, 8, 0]], [[2.0, 4, 6, 0, 1, 0]]]), np.nan)
TABLE = np.array([[[2.0, 5.0, 7.5]], [[0.0, 4.0, 1.0]]])
HAS = np.array([[[True, True, True]], [[False, True, True]]])


@pytest.mark.parametrize("of", [np.asarray, torch.as_tensor])
def test_steps_are_means_over_their_tokens_and_back(of):
    x, turn, mask = of(X), of(TURN), of(MASK)
    table, has = modulate.steps(x, turn, mask)
    assert modulate.turns(turn, mask) == [0, 1, 3]
    np.testing.assert_array_equal(table, TABLE)
    np.testing.assert_array_equal(has, HAS)
    tokens = modulate.to_tokens(table, turn, mask)
    np.testing.assert_array_equal(tokens, [[[2, 2, 5, 7.5, 7.5, 0]], [[4, 4, 4, 0, 1, 0]]])
    np.testing.assert_array_equal(modulate.following(table, has), [[[5, 7.5, 0]], [[4, 1, 0]]])
    gap = of(np.array([[[True, False, True]], [[True, True, False]]]))
    np.testing.assert_array_equal(modulate.following(table, gap), [[[7.5, 7.5, 0]], [[4, 0, 0]]])


@pytest.mark.parametrize("of", [np.asarray, torch.as_tensor])
def test_only_what_counts_is_scaled(of):
    assert [float(v) for v in modulate.extremes(of(X), of(MASK))] == [1, 8]
    np.testing.assert_allclose(modulate.scaled(of(X), of(MASK), 0.0)[0, 0], [0, 2 / 7, 4 / 7, 6 / 7, 1, 0], rtol=1e-15)
    assert (modulate.scaled(of(X * 0 + 3), of(MASK)) == 0).all()


@pytest.mark.parametrize("of", [np.asarray, torch.as_tensor])
def test_covariances_sum_to_the_covariance(of):
    rng = np.random.default_rng(0)
    logp, a = np.where(MASK != 0, rng.normal(size=X.shape), -np.inf), rng.normal(size=(2, 1, 1))
    c = np.asarray(modulate.covariance(of(logp), of(a), of(MASK)))
    counts = MASK != 0
    pairs = logp[counts], np.broadcast_to(a, X.shape)[counts]
    assert c[counts].mean() == pytest.approx(np.cov(*pairs, bias=True)[0, 1], rel=1e-12)
    assert (c[~counts] == 0).all()


@pytest.mark.parametrize("of", [np.asarray, torch.as_tensor])
def test_the_largest_that_count(of):
    for number, expected in ((0, []), (1, [8]), (2, [7, 8]), (99, sorted(X[MASK != 0]))):
        chosen = np.asarray(modulate.largest(of(X), of(MASK), number))
        assert sorted(X[chosen]) == expected


@pytest.mark.parametrize("of", [np.asarray, torch.as_tensor])
def test_draws_are_even_and_among_the_candidates(of):
    candidates, times = MASK != 0, np.zeros(MASK.shape)
    for seed in range(900):
        drawn = np.asarray(modulate.drawn(of(candidates), 3, np.random.default_rng(seed)))
        assert drawn.sum() == 3 and not drawn[~candidates].any()
        times += drawn
    p = 3 / candidates.sum()  # each count is binomial: 5 standard errors
    assert np.abs(times[candidates] - 900 * p).max() < 5 * np.sqrt(900 * p * (1 - p))
    assert modulate.drawn(of(candidates), 99, np.random.default_rng(0)).sum() == candidates.sum()


@pytest.mark.parametrize("of", [np.asarray, torch.as_tensor])
def test_a_running_mean_leaps_over_what_does_not_count(of):
    ours = modulate.running_mean(of(X), of(MASK))
    np.testing.assert_allclose(ours[0, 0], [1, 2, 3, 4, 24 / 5, 24 / 5], rtol=1e-15)
    np.testing.assert_allclose(ours[1, 0], [2, 3, 4, 4, 13 / 4, 13 / 4], rtol=1e-15)
    late = modulate.running_mean(of(X), of(MASK * (np.arange(6) > 1)))
    np.testing.assert_allclose(late[0, 0], [0, 0, 5, 6, 20 / 3, 20 / 3], rtol=1e-15)
