"""Thompson sampling: how often it pulls each arm, the coin, and its regret by dynamic programming."""

import math

import numpy as np
import pytest
from exact_bandits import bernoulli, exact_regret, mean_and_error, played, still
from scipy.special import betaln

from rewardlab.agents import UCB1, Thompson
from rewardlab.core.errors import BadOption, BadReward


def first_is_better(a, b, c, d):
    """P(X > Y) of X ~ Beta(a, b) and Y ~ Beta(c, d), whole numbers [S].

    Σ_{i < a} B(c + i, d + b) / ((b + i) B(1 + i, b) B(c, d))
    """
    out = np.zeros(len(a))
    for i in range(int(a.max())):
        term = np.exp(betaln(c + i, d + b) - np.log(b + i) - betaln(1 + i, b) - betaln(c, d))
        out += np.where(i < a, term, 0.0)
    return out


def law(counts, won, t):
    first = first_is_better(*(won[:, 0] + 1, counts[:, 0] - won[:, 0] + 1, won[:, 1] + 1, counts[:, 1] - won[:, 1] + 1))
    return np.stack([first, 1 - first], 1)


@pytest.mark.parametrize(("counts", "won"), [((0, 0), (0, 0)), ((10, 4), (5, 3)), ((40, 3), (32, 1))])
def test_an_arm_is_pulled_as_likely_as_it_is_best(counts, won):
    agent = Thompson(bernoulli((0.1, 0.2), 1), seed=0)
    agent.counts[0], agent.successes[0] = counts, won
    share = (agent.pull(100_000, np.random.default_rng(0)) == 0).mean()
    exact = law(np.array([counts]), np.array([won]), 0)[0, 0]
    assert abs(share - exact) < 3.5 * math.sqrt(exact * (1 - exact) / 100_000)


@pytest.mark.parametrize("means", [(0.8, 0.5), (0.3, 0.1)])
def test_its_regret_is_that_of_dynamic_programming(means):
    exact = exact_regret(law, means, 30)[[9, 29]]
    for seen, known in zip(played(Thompson, means, 5000, 30, at=[10, 30])[1], exact, strict=True):
        mean, error = mean_and_error(seen)
        assert abs(mean - known) < 3.5 * error < 0.05 * known


def test_its_regret_grows_by_the_logarithm():
    means, times = (0.5, 0.1, 0.3), [200, 632, 2000]
    regret = played(Thompson, means, 250, 2000, at=times)[1]
    # A power of T would grow by 10^(p/2) from one half decade to the next; the logarithm by the same amount.
    first, second = (np.diff(regret, axis=0)).mean(1)
    error = np.diff(regret, n=2, axis=0)[0].std() / math.sqrt(250)
    assert second - first < 0.35 * first and 3 * error < 0.5 * first
    assert regret[-1].mean() < 0.3 * played(UCB1, means, 50, 2000)[1].mean()


def test_pay_between_is_a_coin_of_the_same_mean():
    agent = Thompson(still((0.25, 0.7), 500), seed=0, independent=True).learn(500 * 40)
    n, won = agent.counts.sum(0), agent.successes.sum(0)
    share, error = won / n, np.sqrt(np.array([0.25, 0.7]) * [0.75, 0.3] / n)
    assert (np.abs(share - [0.25, 0.7]) < 3.5 * error).all() and (error < 0.01).all()
    sure = Thompson(still((0.0, 1.0), 5), seed=0, independent=True).learn(200)
    np.testing.assert_array_equal(sure.successes, sure.counts * [0, 1])


def test_a_prior_is_worth_its_pulls():
    agent = Thompson(bernoulli((0.1, 0.2), 1), seed=0, a=3.0, b=2.0)
    other = Thompson(bernoulli((0.1, 0.2), 1), seed=0)
    other.counts[:], other.successes[:] = 3, 2
    np.testing.assert_array_equal(*(x.pull(50, np.random.default_rng(1)) for x in (agent, other)))


def test_mistakes_are_named():
    for option in ({"a": 0.0}, {"b": -1.0}):
        with pytest.raises(BadOption, match=next(iter(option))):
            Thompson(bernoulli((0.1, 0.2), 2), **option)
    with pytest.raises(BadReward, match="GaussianThompson takes any pay"):
        Thompson(still((0.1, 1.2), 20), seed=0).learn(20)
