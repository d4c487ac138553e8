"""Rank correlation: by hand, against SciPy, and what shaping and signs do to it."""

import numpy as np
import pytest
from scipy import stats
from table_rewards import policies, redistribution, reward, shaping, world

from rewardlab.core.errors import BadOption
from rewardlab.rewards.metrics.rank_correlation import rank_correlation, rank_correlation_of


def test_by_hand():
    # of 6 pairs 5 agree, 1 does not
    found = rank_correlation_of([1.0, 2.0, 3.0, 4.0], [1.0, 3.0, 2.0, 9.0])
    assert found.kendall == pytest.approx(4 / 6) and found.spearman == pytest.approx(0.8)
    # a tie in the first: 5 pairs count there, 6 in the second
    assert rank_correlation_of([1, 1, 2, 3], [1, 2, 3, 4]).kendall == pytest.approx(5 / np.sqrt(5 * 6))


def test_without_near_ties_it_is_scipys():
    rng = np.random.default_rng(0)
    for _ in range(20):
        x, y = rng.normal(size=(2, 15))
        found = rank_correlation_of(x, y)
        assert found.kendall == pytest.approx(stats.kendalltau(x, y).statistic)
        assert found.spearman == pytest.approx(stats.spearmanr(x, y).statistic)


def test_rounding_is_a_tie_and_a_constant_ranks_nothing():
    x = np.array([1.0, 1.0 + 1e-13, 2.0])
    assert rank_correlation_of(x, x[::-1] * -1).kendall == pytest.approx(
        rank_correlation_of([1, 1, 2], [-2, -1, -1]).kendall
    )
    flat = rank_correlation_of([1.0, 2.0], [3.0, 3.0 + 1e-12])
    assert flat.kendall == 0.0 and flat.spearman == 0.0


def test_exact_returns_are_ranked_alike_under_shaping_and_the_other_way_under_the_opposite():
    for seed in range(5):
        mdp = world(seed, terminal=seed % 2)
        R, tried = reward(mdp, seed), policies(mdp, 20, seed)
        same = rank_correlation(mdp, R, R + shaping(mdp, seed) + redistribution(mdp, seed), policies=tried)
        assert same.kendall == pytest.approx(1.0) and same.spearman == pytest.approx(1.0)
        np.testing.assert_allclose(same.first, [mdp.with_reward(R).evaluate(p).value for p in tried], atol=1e-10)
        opposite = rank_correlation(mdp, R, -R, policies=tried)
        assert opposite.kendall == pytest.approx(-1.0) and opposite.spearman == pytest.approx(-1.0)


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [([1.0], [1.0], "shapes"), ([1, 2], [1, 2, 3], "shapes"), ([1, np.nan], [1, 2], "finite")],
)
def test_bad_input_is_named(first, second, words):
    with pytest.raises(BadOption, match=words):
        rank_correlation_of(first, second)
