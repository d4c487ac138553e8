"""Gradient bandit: the expected step is the gradient, the baseline is the mean before, and it climbs."""

import numpy as np
import pytest
from exact_bandits import bernoulli, played, watched
from scipy.special import softmax

from rewardlab.agents import GradientBandit
from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import StochasticBandit


@pytest.mark.parametrize("baseline", [0.0, 0.3, -7.0])
def test_the_expected_step_is_the_gradient_of_the_expected_pay(baseline):
    worth, start = np.array([0.2, 1.5, -0.4]), np.array([0.3, -0.2, 0.9])
    agent = GradientBandit(bernoulli((0.1, 0.2, 0.3), 3), seed=0, independent=True, alpha=0.25)
    agent.preferences[:] = start
    agent.chances[:] = softmax(start)
    agent.counts[:, 0], agent.totals[:, 0] = 10, 10 * baseline  # what was paid before
    agent.take(np.arange(3), np.arange(3), worth)  # row k pulls arm k
    step = softmax(start) @ (agent.preferences - start)
    small = 1e-6
    slope = [(softmax(start + d) @ worth - softmax(start - d) @ worth) / (2 * small) for d in small * np.eye(3)]
    np.testing.assert_allclose(step, 0.25 * np.array(slope), atol=1e-9)
    np.testing.assert_allclose(agent.chances, softmax(agent.preferences, axis=1), rtol=1e-12)


def test_its_steps_are_those_of_the_book():
    env = WorldVectorEnv(StochasticBandit(means=(4.0, 5.0, 6.0), deviation=1.0), 3)
    agent = GradientBandit(env, seed=0, independent=True, alpha=0.2)
    arms, pay = watched(agent, 60)
    for row in range(3):
        h, mean = np.zeros(3), pay[0, row]
        for t, (a, r) in enumerate(zip(arms[:, row], pay[:, row], strict=True), start=1):
            h += 0.2 * (r - mean) * (np.eye(3)[a] - softmax(h))
            mean = r if t == 1 else mean + (r - mean) / t
        np.testing.assert_allclose(agent.preferences[row], h, rtol=1e-9, atol=1e-12)


def test_rows_of_one_memory_add_their_steps():
    agent = GradientBandit(bernoulli((0.1, 0.2, 0.3), 4), seed=0, alpha=0.5)
    arm, pay = np.array([0, 2, 0, 1]), np.array([1.0, 0.0, 0.5, 1.0])
    agent.take(np.arange(4), arm, pay)
    step = 0.5 * ((pay - pay.mean())[:, None] * (np.eye(3)[arm] - 1 / 3)).sum(0)  # the first pay is its own baseline
    np.testing.assert_allclose(agent.preferences[0], step, atol=1e-12)
    after = agent.preferences[0].copy()
    agent.take(np.arange(2), np.array([1, 1]), np.array([0.0, 1.0]))
    step = 0.5 * ((np.array([0.0, 1.0]) - 2.5 / 4)[:, None] * (np.eye(3)[1] - softmax(after))).sum(0)
    np.testing.assert_allclose(agent.preferences[0], after + step, atol=1e-12)


def test_pay_far_from_zero_does_no_harm():
    shares = []
    for shift in (0.0, 100.0):
        rules = StochasticBandit(means=(shift, shift + 1.0), deviation=1.0, pulls=300)
        agent = GradientBandit(WorldVectorEnv(rules, 100), seed=0, independent=True).learn(100 * 300)
        shares.append(agent.chances[:, 1])
    np.testing.assert_allclose(*shares, rtol=1e-6)
    assert (shares[0] > 0.9).mean() > 0.95


def test_it_comes_to_the_best_arm():
    agent, regret = played(GradientBandit, (0.2, 0.5, 0.9), 200, 1000, at=[500, 1000], alpha=0.4)
    assert (agent.chances.argmax(1) == 2).mean() > 0.97
    assert np.median(regret[1] - regret[0]) < 0.25 * np.median(regret[0])


@pytest.mark.parametrize("alpha", [0.0, -1.0, np.inf])
def test_mistakes_are_named(alpha):
    with pytest.raises(BadOption, match="alpha="):
        GradientBandit(bernoulli((0.1, 0.2), 2), alpha=alpha)
