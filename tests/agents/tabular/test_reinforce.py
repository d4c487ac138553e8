"""REINFORCE: its mean step is the exact gradient, which is that of finite differences; and what a baseline is for."""

import numpy as np
import pytest

from rewardlab.agents import Reinforce
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.softmax_policy import return_gradient, softmax
from rewardlab.envs.mdps import DeepSea, TableRules
from rewardlab.envs.world import WorldVectorEnv


def process(gamma=0.9):
    rng = np.random.default_rng(0)
    terminal = np.arange(4) == 3
    P = 0.7 * rng.dirichlet(np.ones(4), (4, 2)) + 0.3 * terminal
    return TabularMDP(P, rng.normal(size=(4, 2)) + 1.0, gamma=gamma, initial=[0.5, 0.5, 0, 0], terminal=terminal)


THETA = np.random.default_rng(1).normal(size=(4, 2))


def test_the_exact_gradient_is_that_of_finite_differences():
    mdp, eps, found = process(), 1e-6, np.zeros((4, 2))
    for s in range(4):
        for a in range(2):
            step = np.zeros((4, 2))
            step[s, a] = eps
            found[s, a] = mdp.evaluate(softmax(THETA + step)).value - mdp.evaluate(softmax(THETA - step)).value
    np.testing.assert_allclose(return_gradient(mdp, THETA), found / (2 * eps), atol=1e-8)


@pytest.mark.parametrize("baseline", [0.0, 1e-12])
@pytest.mark.parametrize("mode", ["SameStep", "NextStep"])
def test_its_mean_step_is_the_gradient(mode, baseline):
    """A step so small that the policy stands still; every run is one estimate, with any baseline or none."""
    mdp, runs = process(), 1500
    envs = WorldVectorEnv(TableRules(mdp), runs, autoreset_mode=mode)
    agent = Reinforce(envs, seed=0, gamma=0.9, learning_rate=1e-9, baseline_rate=baseline, independent=True)
    agent.Q[:] = THETA
    agent.baseline[:] = [2.0, -1.0, 3.0, 0.0]
    episodes = np.zeros(runs)

    def count(told):
        episodes[:] += told["step"].done & told["step"].live

    agent.learn(runs * 40, count)
    each = (agent.Q - THETA) / 1e-9 / episodes[:, None, None]
    # A run that is cut has as many episodes as fit: the mean over runs of its mean is off by less than their noise.
    exact, error = return_gradient(mdp, THETA), each.std(0) / np.sqrt(runs)
    assert episodes.min() >= 3
    np.testing.assert_array_less(np.abs(each.mean(0) - exact)[:3], 4 * error[:3] + 0.03 * np.abs(exact).max())
    assert (np.abs(exact[:3]) > 6 * error[:3]).any()


def test_one_episode_by_hand():
    P = np.zeros((3, 2, 3))
    P[0, :, 1] = P[1, :, 2] = P[2, :, 2] = 1.0
    mdp = TabularMDP(P, [[1.0, 2.0], [3.0, 5.0], [0.0, 0.0]], gamma=0.5, terminal=np.arange(3) == 2)
    agent = Reinforce(WorldVectorEnv(TableRules(mdp), 1), seed=0, gamma=0.5, learning_rate=0.1, baseline_rate=0.2)
    agent.baseline[0] = [1.0, 2.0, 0.0]
    taken = []
    agent.learn(2, lambda told: taken.append((told["step"].action[0], told["step"].reward[0])))
    (a, r), (b, q) = taken
    first, second = 0.1 * (r + 0.5 * q - 1.0), 0.1 * 0.5 * (q - 2.0)
    np.testing.assert_allclose(agent.Q[0, 0], first * (np.arange(2) == a) - first * 0.5)
    np.testing.assert_allclose(agent.Q[0, 1], second * (np.arange(2) == b) - second * 0.5)
    np.testing.assert_allclose(agent.baseline[0], [1.0 + 0.2 * (r + 0.5 * q - 1.0), 2.0 + 0.2 * (q - 2.0), 0.0])


def test_it_climbs_to_the_best_policy_and_a_baseline_steadies_it():
    mdp = process()
    spread, worth = [], []
    for baseline in (0.0, 0.2):
        envs = WorldVectorEnv(TableRules(mdp), 16)
        agent = Reinforce(envs, seed=0, gamma=0.9, learning_rate=0.3, baseline_rate=baseline, independent=True)
        agent.learn(16 * 1200)
        values = [mdp.evaluate(p).value for p in agent.policy()]
        worth.append(np.mean(values))
        spread.append(np.std(values))
    assert worth[1] > 0.93 * mdp.solve().value and worth[1] > worth[0] and spread[1] < spread[0]


@pytest.mark.parametrize("options", [{"gamma": 1.1}, {"learning_rate": 0.0}, {"baseline_rate": 1.5}])
def test_mistakes_are_named(options):
    with pytest.raises(BadOption, match=next(iter(options))):
        Reinforce(WorldVectorEnv(DeepSea(), 2), **options)
