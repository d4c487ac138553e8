"""NeuralLinear: its head is Bayes' rule on its features, training fits, and it learns what no line can."""

import numpy as np
import pytest

from rewardlab.agents import LinTS, NeuralLinear
from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits.context import ContextBandit


def made(rules, rows=1, seed=0, **options):
    return NeuralLinear(WorldVectorEnv(rules, rows), seed=seed, **options)


@pytest.mark.parametrize(("rows", "independent"), [(1, False), (3, False), (3, True)])
@pytest.mark.parametrize("tasks", [1, 2])
def test_its_heads_are_bayes_rule_on_its_features(rows, independent, tasks):
    rules = ContextBandit(tasks=tasks, size=4, arms=5)
    agent = made(rules, rows, independent=independent, every=30, epochs=2, features=6, hidden=8, lam=0.5)
    agent.learn(rows * 47)  # some rounds since the last training
    for m in range(agent.memories):
        t = agent.rounds[m]
        z = agent.phi(np.repeat(agent.seen[m, None, :t].reshape(1, -1, 4), agent.memories, 0))[m].reshape(t, tasks, 6)
        for i in range(tasks):
            A = 0.5 * np.eye(6) + z[:, i].T @ z[:, i] / agent.noise**2
            mean = np.linalg.solve(A, z[:, i].T @ agent.paid_for[m, :t, i] / agent.noise**2)
            np.testing.assert_allclose(agent.A[m, i], A, rtol=1e-9, atol=1e-9)
            np.testing.assert_allclose(agent.inverse[m, i], np.linalg.inv(A), rtol=1e-6, atol=1e-9)
            np.testing.assert_allclose(agent.theta[m, i], mean, rtol=1e-6, atol=1e-8)
    assert agent.rounds.sum() == agent.num_timesteps


def test_training_fits_what_was_seen_and_all_memories_at_once():
    rules = ContextBandit(link="net", size=5, noise=0.05)
    agent = made(rules, 3, independent=True, every=10_000, hidden=24, epochs=150).learn(3 * 150)
    before = agent.weights.copy()

    def error():
        z = agent.shown(agent.seen[:, :150, 0][:, None])[:, 0]  # [M, t, F]
        told = np.einsum("mtf,mf->mt", z, agent.theta[:, 0])
        return ((told - agent.paid_for[:, :150, 0]) ** 2).mean(1)

    untrained = error()
    agent.train()
    assert (error() < 0.5 * untrained).all() and (error() < 0.03).all()
    assert (agent.weights != before).all(1).any() and np.isfinite(agent.weights).all()


def test_arms_come_as_often_as_samples_of_the_head_say():
    rules = ContextBandit(size=4, arms=3)
    agent = made(rules, every=20, epochs=3, noise=1.0).learn(25)
    x = np.random.default_rng(0).normal(size=(3, 4))
    z = agent.shown(np.broadcast_to(x, (1, 1, 3, 4)))[0, 0]
    heads = np.random.default_rng(1).multivariate_normal(agent.theta[0, 0], agent.inverse[0, 0], size=20_000)
    expected = np.bincount((heads @ z.T).argmax(1), minlength=3) / 20_000
    drawn = agent.predict(np.broadcast_to(x, (20_000, 3, 4)).astype(np.float32))[0]
    np.testing.assert_allclose(np.bincount(drawn, minlength=3) / 20_000, expected, atol=5 * 0.5 / np.sqrt(10_000))


def test_it_learns_what_no_line_can():
    # pay is even in x: the best line is 0, and a linear agent can do no better than chance
    class Even(ContextBandit):
        def mean_pay(self, x):
            return 3.0 * (x * self.weights).sum(-1) ** 2

    rules, T = Even(size=3, arms=5, noise=0.05), 300
    agent = made(rules, 4, independent=True, every=25, epochs=30, noise=0.1).learn(4 * T)
    line = LinTS(WorldVectorEnv(rules, 4), seed=0, scale=0.1, independent=True).learn(4 * T)
    late = [a.regret - np.array([np.interp(T / 2, [r[0] for r in a.regret_log], [r[1 + m] for r in a.regret_log])
                                 for m in range(4)]) for a in (agent, line)]  # fmt: skip
    assert late[0].mean() < 0.3 * late[1].mean()


def test_mistakes_are_named():
    rules = ContextBandit()
    for option in ({"hidden": 0}, {"features": 1.5}, {"every": 0}, {"epochs": -1}, {"lam": 0.0}, {"noise": -1.0}):
        with pytest.raises(BadOption, match=next(iter(option))):
            made(rules, **option)
    with pytest.raises(BadOption, match="lr"):
        made(rules, lr=0.0)
