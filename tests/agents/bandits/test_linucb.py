"""LinUCB: its bound from scratch, its confidence, batches, and regret against the square root."""

import math

import numpy as np
import pytest

from rewardlab.agents import LinUCB
from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import ContextBandit, DynamicalBandit


def linear(arms=8, dimension=3, noise=0.1, instance=0):
    """The plain linear bandit: no hidden state."""
    return DynamicalBandit(
        arms=arms, dimension=dimension, agreement=1.0, noise=noise, disturbance=0.0, instance=instance
    )


def made(rules, rows=1, seed=0, **options):
    return LinUCB(WorldVectorEnv(rules, rows), seed=seed, points=rules.points, **options)


@pytest.mark.parametrize("options", [{"alpha": 0.7}, {"noise": 0.1, "delta": 0.01, "lam": 0.5, "bound": 2.0}])
def test_each_choice_is_the_largest_bound(options):
    rules = linear()
    agent, seen = made(rules, **options), []

    def watch(now):
        seen.append((int(now["actions"][0]), float(now["rewards"][0])))

    agent.learn(60, watch)
    V, b, x = agent.lam * np.eye(3), np.zeros(3), rules.points
    for arm, pay in seen:
        inverse, growth = np.linalg.inv(V), np.linalg.slogdet(V)[1] - 3 * math.log(agent.lam)
        wide = np.sqrt(np.einsum("nd,de,ne->n", x, inverse, x))
        spread = agent.noise * math.sqrt(2 * math.log(1 / agent.delta) + growth)
        beta = agent.alpha if agent.alpha is not None else spread + math.sqrt(agent.lam) * agent.bound
        bounds = x @ inverse @ b + beta * wide
        assert bounds[arm] >= bounds.max() - 1e-9
        V, b = V + np.outer(x[arm], x[arm]), b + pay * x[arm]


def test_theta_lies_in_the_ellipsoid_in_all_rounds_together():
    rules, rows = linear(noise=0.5), 300
    agent = made(rules, rows, independent=True, noise=0.5, delta=0.1)
    ever = np.zeros(rows, dtype=bool)

    def watch(now):
        off = agent.theta[:, 0] - rules.theta
        far = np.sqrt(np.einsum("md,mde,me->m", off, agent.V[:, 0], off))
        ever[:] |= far > agent.beta(agent.growth[:, 0])

    agent.learn(rows * 200, watch)
    assert ever.mean() <= 0.1
    assert (agent.beta(agent.growth[:, 0]) < 5.0).all()


def test_its_regret_grows_slower_than_the_root_and_the_best_arm_is_found():
    rules, rows = linear(arms=20, dimension=4, noise=0.3), 40
    agent = made(rules, rows, independent=True, noise=0.3).learn(rows * 1500)
    times, regret = np.array([row[0] for row in agent.regret_log]), np.array([row[1:] for row in agent.regret_log])
    late = times >= 150
    slope = np.polyfit(np.log(times[late]), np.log(regret[late].mean(1)), 1)[0]
    assert slope < 0.55
    # Theorem 3 of Abbasi-Yadkori et al.: with probability 1 - δ never more than this.
    d, T = 4, 1500
    log = d * math.log(1 + T / d)
    bound = 4 * math.sqrt(T * log) * (1.0 + 0.3 * math.sqrt(2 * math.log(1 / 0.05) + log))
    assert (regret[-1] < bound).all()
    best = agent.predict(np.zeros((rows, 1)), deterministic=True)[0]
    assert (best == rules.best_action).mean() > 0.9


def test_it_learns_arms_from_other_arms():
    # 40 arms in two dimensions: UCB on unit vectors must try each, the linear model need not.
    rules = linear(arms=40, dimension=2, noise=0.1)
    shared = made(rules, 4, noise=0.1, independent=True).learn(4 * 150)
    apart = LinUCB(WorldVectorEnv(rules, 4), seed=0, noise=0.1, independent=True).learn(4 * 150)
    assert shared.regret.max() < 0.3 * apart.regret.min()


def test_rows_of_one_memory_choose_one_after_the_other():
    rules = linear(arms=6, dimension=2)
    agent = made(rules, 4, alpha=1.0).learn(40)
    V, theta, x = agent.V[0, 0].copy(), agent.theta[0, 0], rules.points
    expected = []
    for _ in range(4):
        inverse = np.linalg.inv(V)
        bounds = x @ theta + np.sqrt(np.einsum("nd,de,ne->n", x, inverse, x))
        expected.append(int(bounds.argmax()))
        V += np.outer(x[expected[-1]], x[expected[-1]])
    np.testing.assert_array_equal(agent.predict(np.zeros((4, 1)))[0], expected)
    before = agent.V.copy()
    agent.predict(np.zeros((9, 1)))
    np.testing.assert_array_equal(agent.V, before)


def test_mistakes_are_named():
    for option in ({"alpha": -1.0}, {"noise": math.inf}, {"bound": -0.1}, {"delta": 0.0}, {"delta": 1.0}):
        with pytest.raises(BadOption, match=next(iter(option))):
            made(linear(), **option)


@pytest.mark.parametrize("tasks", [1, 3])
def test_with_fresh_vectors_in_each_round_its_regret_is_logarithmic(tasks):
    rules = ContextBandit(size=5, arms=10, tasks=tasks, noise=0.3, pulls=600)
    agent = LinUCB(WorldVectorEnv(rules, 10), seed=0, alpha=0.6, independent=True).learn(10 * 600)
    log = np.array(agent.regret_log)
    mean = log[:, 1:].mean(1)
    at = np.interp([75, 150, 300, 600], log[:, 0], mean)
    grown = np.diff(at)  # a logarithm grows alike with each doubling, a root by √2 times as much
    assert grown[2] < 1.3 * grown[1] < 1.3 * 1.3 * grown[0]
    assert at[-1] < 0.15 * tasks * 600 * 0.6  # chance loses about 0.6 of the scale in each round
