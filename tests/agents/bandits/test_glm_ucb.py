"""GLM-UCB: its fit against a general optimiser, its choices, and pay near 0 and 1 where a line is wrong."""

import numpy as np
import pytest
from scipy.optimize import minimize

from rewardlab.agents import GLMUCB
from rewardlab.agents.bandits.glm_ucb import fitted
from rewardlab.core.errors import BadOption, BadReward
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import StochasticBandit
from rewardlab.envs.bandits.context import ContextBandit


def made(rules, rows=1, seed=0, **options):
    return GLMUCB(WorldVectorEnv(rules, rows), seed=seed, **options)


@pytest.mark.parametrize("scale", [0.5, 20.0])
@pytest.mark.parametrize("lam", [1e-3, 1.0])
def test_its_fit_is_the_maximum_likelihood_with_a_ridge(scale, lam):
    rng = np.random.default_rng(0)
    x, known = scale * rng.normal(size=(2, 30, 2, 3)), np.arange(30) < np.array([[30], [17]])
    pay = (rng.random((2, 30, 2)) < 0.5 + 0.5 * np.tanh(x[..., 0] / 2)).astype(float)
    found = fitted(x, pay, known, lam, 5 * rng.normal(size=(2, 2, 3)))
    for m in range(2):
        for i in range(2):
            own, paid = x[m, known[m], i], pay[m, known[m], i]

            def loss(theta, own=own, paid=paid):
                z = own @ theta
                p = 0.5 + 0.5 * np.tanh(z / 2)
                value = (np.logaddexp(0, z) - paid * z).sum() + lam / 2 * theta @ theta
                return value, own.T @ (p - paid) + lam * theta

            exact = minimize(loss, np.zeros(3), jac=True, method="BFGS", options={"gtol": 1e-9, "maxiter": 2000})
            assert loss(found[m, i])[0] <= exact.fun + 1e-8
            assert np.abs(loss(found[m, i])[1]).max() < 1e-8


def test_each_choice_is_the_largest_bound_of_what_was_seen():
    rules = ContextBandit(link="logistic", size=4, arms=6, scale=3.0)
    agent, wrong = made(rules, 2, independent=True, alpha=0.7, lam=0.5), 0
    shown = []

    def watch(now):
        shown.append((now["step"].obs.copy(), now["actions"].copy()))

    for _ in range(40):
        theta, inverse = agent.coefficients.copy(), agent.inverse.copy()
        agent.learn(2, watch)
        obs, arms = shown[-1]
        for m in range(2):
            x = obs[m].astype(float)
            bound = x @ theta[m, 0] + 0.7 * np.sqrt(np.einsum("nd,de,ne->n", x, inverse[m, 0], x))
            wrong += bound[arms[m]] < bound.max() - 1e-9
    assert wrong == 0 and agent.rounds.tolist() == [40, 40]


def test_it_finds_the_coefficients_and_its_regret_flattens():
    rules = ContextBandit(link="logistic", size=4, arms=6, scale=4.0, pulls=500)
    agent = made(rules, 10, independent=True, alpha=0.5).learn(10 * 500)
    far = np.linalg.norm(agent.coefficients[:, 0] - rules.weights[0], axis=1) / 4.0
    assert np.median(far) < 0.4  # the ridge pulls towards 0
    log = np.array(agent.regret_log)
    halves = np.array([np.interp([250, 500], log[:, 0], log[:, 1 + m]) for m in range(10)])
    assert (halves[:, 1] - halves[:, 0]).mean() < 0.6 * halves[:, 0].mean()


def test_mistakes_are_named():
    with pytest.raises(BadOption, match="alpha"):
        made(ContextBandit(link="logistic"), alpha=-1.0)
    with pytest.raises(BadReward, match=r"\[0, 1\]"):
        made(StochasticBandit(means=(3.0, 2.0), deviation=0.0)).learn(3)
