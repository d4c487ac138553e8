"""Explore-then-commit: its regret is a closed form, of binomials and of the normal law."""

import math

import numpy as np
import pytest
from exact_bandits import bernoulli, mean_and_error, played, watched
from scipy.stats import binom, norm

from rewardlab.agents import ExploreThenCommit
from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import StochasticBandit


@pytest.mark.parametrize(("means", "each"), [((0.6, 0.4), 5), ((0.4, 0.6), 20), ((0.9, 0.2), 1)])
def test_its_regret_on_bernoulli_arms(means, each):
    pulls = 60
    s = np.arange(each + 1)
    chance = binom.pmf(s, each, means[0])[:, None] * binom.pmf(s, each, means[1])
    first = np.tril(chance).sum()  # of equals the first is chosen
    wrong = 1 - first if means[0] > means[1] else first
    exact = abs(means[0] - means[1]) * (each + (pulls - 2 * each) * wrong)
    mean, error = mean_and_error(played(ExploreThenCommit, means, 4000, pulls, each=each)[1][0])
    assert abs(mean - exact) < 3.5 * error < 0.25 * exact


def test_its_regret_on_gaussian_arms():
    gap, each, pulls, rows = 0.5, 10, 300, 2000
    rules = StochasticBandit(means=(0.0, gap), deviation=1.0, pulls=pulls)
    agent = ExploreThenCommit(WorldVectorEnv(rules, rows), seed=0, independent=True, each=each).learn(rows * pulls)
    exact = gap * (each + (pulls - 2 * each) * norm.cdf(-gap * math.sqrt(each / 2)))
    mean, error = mean_and_error(agent.regret)
    assert abs(mean - exact) < 3.5 * error < 0.25 * exact


def test_what_it_chose_it_keeps():
    agent = ExploreThenCommit(bernoulli((0.5, 0.5, 0.5), 3), seed=0, independent=True, each=4)
    arms, pay = watched(agent, 100)
    for row in range(3):
        np.testing.assert_array_equal(np.bincount(arms[:12, row], minlength=3), [4, 4, 4])
        best = np.bincount(arms[:12, row], pay[:12, row], minlength=3).argmax()
        assert (arms[12:, row] == best).all() and agent.chosen[row] == best
    obs = np.zeros((3, 6), dtype=np.float32)
    np.testing.assert_array_equal(agent.predict(obs, deterministic=True)[0], agent.chosen)


def test_rows_that_share_a_memory_share_the_exploration():
    agent = ExploreThenCommit(bernoulli((0.1, 0.5, 0.9), 5), seed=0, each=10)
    arms, _ = watched(agent, 12)
    assert np.bincount(arms[:6].ravel(), minlength=3).tolist() == [10, 10, 10]
    assert agent.chosen[0] == 2 and (arms[6:] == 2).all()


def test_mistakes_are_named():
    with pytest.raises(BadOption, match="each=0"):
        ExploreThenCommit(bernoulli((0.1, 0.2), 2), each=0)
