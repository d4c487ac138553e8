"""UCB-V: variances, every pull by the definition, its regret by dynamic programming, and what it saves."""

import numpy as np
import pytest
from exact_bandits import bernoulli, by_index, check_by_definition, exact_regret, mean_and_error, played, watched

from rewardlab.agents import UCB1, UCBV
from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import StochasticBandit


def gaussian(rows, deviation=0.3, shift=0.0):
    rules = StochasticBandit(means=(shift + 0.3, shift + 0.5, shift + 0.6), deviation=deviation, pulls=1000)
    return WorldVectorEnv(rules, rows)


@pytest.mark.parametrize("independent", [True, False])
def test_variances_are_those_of_the_pulls_far_from_zero_too(independent):
    agent = UCBV(gaussian(4, shift=1e6), seed=0, independent=independent)
    arms, pay = watched(agent, 60)
    for m in range(agent.memories):
        arm, paid = (arms[:, m], pay[:, m]) if independent else (arms.ravel(), pay.ravel())
        expected = [len(p) * p.var() for p in (paid[arm == k] for k in range(3))]
        np.testing.assert_allclose(agent.squares[m], expected, rtol=1e-6)


def test_every_pull_is_of_the_largest_index():
    agent = UCBV(gaussian(3), seed=0, independent=True, zeta=1.1, c=0.2, span=2.0)
    arms, pay = watched(agent, 200)

    def value(arm, paid):
        out, log = np.full(3, np.inf), np.log(max(len(arm), 2))
        for k in set(arm.tolist()):
            r, n = paid[arm == k], (arm == k).sum()
            out[k] = r.mean() + np.sqrt(2 * 1.1 * r.var() * log / n) + 3 * 0.2 * 2 * 1.1 * log / n
        return out

    check_by_definition(arms, pay, value, 3)


@pytest.mark.parametrize("means", [(0.95, 0.4), (0.3, 0.05)])
def test_its_regret_is_that_of_dynamic_programming(means):
    def index(mean, n, t):  # pay of 0 or 1 has the variance x̄ (1 − x̄)
        each = 1.2 * np.log(max(t, 2)) / n
        return mean + np.sqrt(2 * mean * (1 - mean) * each) + 3 * 0.1 * each

    exact = exact_regret(by_index(index), means, 40)[[14, 39]]
    for seen, known in zip(played(UCBV, means, 4000, 40, at=[15, 40], c=0.1)[1], exact, strict=True):
        mean, error = mean_and_error(seen)
        assert abs(mean - known) < 3.5 * error < 0.07 * known


def test_arms_that_hardly_vary_cost_little():
    lost = {}
    for kind, options in ((UCBV, {"c": 0.1}), (UCB1, {})):
        agent = kind(gaussian(60, deviation=0.05), seed=0, independent=True, **options).learn(60 * 800)
        lost[kind] = mean_and_error(agent.regret)
    assert lost[UCBV][0] + 3 * lost[UCBV][1] < 0.3 * (lost[UCB1][0] - 3 * lost[UCB1][1])


@pytest.mark.parametrize("option", [{"zeta": 0.0}, {"c": -1.0}, {"span": 0.0}])
def test_mistakes_are_named(option):
    with pytest.raises(BadOption, match=next(iter(option))):
        UCBV(bernoulli((0.1, 0.2), 2), **option)
