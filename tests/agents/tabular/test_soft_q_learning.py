"""Soft Q-learning against the closed form of one-step tasks and the fixed point of longer ones."""

import numpy as np
import pytest

from rewardlab.agents import SoftQLearning
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.responses import divergence, tilted
from rewardlab.core.testing.processes import random_mdp
from rewardlab.envs.mdps import TableRules
from rewardlab.envs.world import WorldVectorEnv

RNG = np.random.default_rng(0)
REWARD, REF = RNG.normal(size=(4, 5)), RNG.dirichlet(np.ones(5), size=5)


def one_step():
    """Four prompts with five responses each."""
    P = np.zeros((5, 5, 5))
    P[:, :, 4] = 1
    R = np.concatenate([REWARD, np.zeros((1, 5))])
    return TabularMDP(P, R, gamma=1.0, initial=np.array([0.25] * 4 + [0]), terminal=np.arange(5) == 4)


@pytest.mark.parametrize("beta", [0.2, 1.0, 5.0])
def test_on_tasks_of_one_step_it_is_the_tilted_reference(beta):
    envs = WorldVectorEnv(TableRules(one_step()), 16)
    agent = SoftQLearning(envs, beta=beta, reference=REF, gamma=1.0, omega=1.0, initial_value=3.0, seed=0).learn(30_000)
    exact = tilted(REF[:4], REWARD, beta)
    assert np.abs(agent.policy(np.arange(4)) - exact).sum(1).max() < 1e-2
    value = (exact * REWARD).sum(1) - beta * divergence(exact, REF[:4])
    np.testing.assert_allclose(agent.values(np.arange(4)), value, atol=2e-2)


def test_it_finds_the_fixed_point_of_a_process():
    mdp = random_mdp(np.random.default_rng(3), states=6, actions=3, gamma=0.8, per_transition=False)
    Q, beta = np.zeros((6, 3)), 0.5
    for _ in range(300):
        V = np.where(mdp.terminal, 0.0, beta * np.log(np.exp(Q / beta).mean(1)))
        Q = mdp.R + 0.8 * mdp.expect(V)
    agent = SoftQLearning(WorldVectorEnv(TableRules(mdp), 32), beta=beta, gamma=0.8, omega=0.7, seed=1).learn(120_000)
    live = np.flatnonzero(~mdp.terminal & (agent.visits.min(1) > 500))
    assert len(live) >= 3
    np.testing.assert_allclose(agent.Q[live], Q[live], atol=0.06)


def test_it_can_learn_from_the_steps_of_its_reference():
    envs = WorldVectorEnv(TableRules(one_step()), 16)
    agent = SoftQLearning(envs, beta=0.01, reference=REF, gamma=1.0, omega=1.0, epsilon=1.0, seed=0).learn(20_000)
    share = agent.visits[:4] / agent.visits[:4].sum(1, keepdims=True)
    np.testing.assert_allclose(share, REF[:4], atol=0.03)  # the policy itself would take one response alone
    assert (agent.predict(np.zeros(50, dtype=np.int64))[0] == REWARD[0].argmax()).all()


def test_it_acts_by_its_probabilities_and_keeps_to_the_reference():
    silent = np.array([0.5, 0.5, 0.0, 0.0, 0.0])
    envs = WorldVectorEnv(TableRules(one_step()), 8)
    agent = SoftQLearning(envs, beta=10.0, reference=silent, gamma=1.0, seed=0).learn(4_000)
    assert agent.stochastic and not agent.visits[:, 2:].any()
    actions = agent.predict(np.zeros(4000, dtype=np.int64))[0]
    assert abs((actions == 0).mean() - agent.policy(np.array([0]))[0, 0]) < 0.03


@pytest.mark.parametrize(
    "options",
    [{"beta": 0.0}, {"gamma": 1.1}, {"omega": -1.0}, {"epsilon": 1.5}, {"learning_rate": 0.0},
     {"initial_value": float("nan")}, {"reference": [0.5, 0.6, 0, 0, 0]}, {"reference": [[1.0]]}],
)  # fmt: skip
def test_bad_options_are_named(options):
    with pytest.raises(BadOption, match="SoftQLearning"):
        SoftQLearning(WorldVectorEnv(TableRules(one_step()), 2), **options)
