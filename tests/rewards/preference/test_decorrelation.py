import numpy as np
import pytest
import torch
from scipy import stats

from rewardlab.core.errors import BadBatch
from rewardlab.rewards import pearson_shares, rank_shares
from rewardlab.rewards.preference.decorrelation import ranks

RNG = np.random.default_rng(0)
BIAS = RNG.gamma(2.0, 40.0, 400)
SCORES = RNG.normal(size=(400, 4)) + BIAS[:, None] * [0.0, 0.02, -0.05, 3.0]


def test_pearson_shares_leave_no_linear_correlation():
    shares = pearson_shares(SCORES, BIAS)
    left = SCORES - BIAS[:, None] * shares
    assert np.abs([np.corrcoef(x, BIAS)[0, 1] for x in left.T]).max() < 1e-8
    np.testing.assert_allclose(shares, [np.cov(x, BIAS)[0, 1] / np.var(BIAS, ddof=1) for x in SCORES.T])


def test_rank_shares_leave_no_rank_correlation_but_one_step():
    shares = rank_shares(SCORES, BIAS)
    for share, column in zip(shares, SCORES.T, strict=True):
        left = stats.spearmanr(column - share * BIAS, BIAS).statistic
        wide = 1e-6 * max(abs(share), 1)
        around = [stats.spearmanr(column - (share + d) * BIAS, BIAS).statistic for d in (-wide, wide)]
        assert abs(left) < 1e-3 and around[0] >= 0 >= around[1]


def test_no_share_leaves_a_smaller_rank_correlation():
    column, bias = SCORES[:30, 1], BIAS[:30]
    (share,) = rank_shares(column[:, None], bias)
    grid = np.linspace(share - 0.05, share + 0.05, 2001)
    every = [abs(stats.spearmanr(column - s * bias, bias).statistic) for s in grid]
    assert abs(stats.spearmanr(column - share * bias, bias).statistic) <= min(every) + 1e-12


@pytest.mark.parametrize("shares", [pearson_shares, rank_shares])
def test_what_is_the_bias_itself_is_taken_off_whole_and_no_bias_takes_nothing(shares):
    assert shares(np.stack([BIAS, 2 * BIAS + 3], 1), BIAS) == pytest.approx([1.0, 2.0], abs=1e-9)
    assert shares(SCORES, np.ones(400)).tolist() == [0.0] * 4
    np.testing.assert_array_equal(shares(torch.as_tensor(SCORES), torch.as_tensor(BIAS)), shares(SCORES, BIAS))


def test_ranks_share_equals():
    x = np.array([3.0, 1.0, 3.0, 2.0])
    np.testing.assert_array_equal(ranks(x), stats.rankdata(x) - 1)


@pytest.mark.parametrize(
    "bad", [(SCORES[:1], BIAS[:1]), (SCORES[:, 0], BIAS), (SCORES, BIAS[:5]), (SCORES * np.nan, BIAS)]
)
def test_mistakes_are_named(bad):
    for shares in (pearson_shares, rank_shares):
        with pytest.raises(BadBatch, match="decorrelation"):
            shares(*bad)
