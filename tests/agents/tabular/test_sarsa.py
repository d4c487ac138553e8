"""Sarsa(λ) against a plain loop over one row, exact values of its own behaviour, and both kinds of traces."""

import numpy as np
import pytest

from rewardlab.agents import Sarsa
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.envs.mdps import DeepSea, TableRules
from rewardlab.envs.world import WorldVectorEnv


def process(seed=0, states=5, actions=2, gamma=0.8):
    rng = np.random.default_rng(seed)
    terminal = np.arange(states) == states - 1
    P = 0.85 * rng.dirichlet(np.full(states, 0.5), (states, actions)) + 0.15 * terminal
    R = rng.normal(size=(states, actions))
    return TabularMDP(P, R, gamma=gamma, initial=np.where(terminal, 0.0, 1 / (states - 1)), terminal=terminal)


@pytest.mark.parametrize("mode", ["SameStep", "NextStep"])
@pytest.mark.parametrize("replacing", [True, False])
@pytest.mark.parametrize("trace", [0.0, 0.7, 1.0])
def test_one_row_is_the_textbook_loop(trace, replacing, mode):
    steps, tables = [], []
    envs = WorldVectorEnv(TableRules(process()), 1, autoreset_mode=mode)
    agent = Sarsa(envs, seed=0, gamma=0.8, trace=trace, replacing=replacing, epsilon=0.5)

    def see(told):
        step = told["step"]
        if step.live[0]:
            tables.append(agent.Q.copy())
            steps.append((step.obs[0], step.action[0], step.reward[0], step.next_obs()[0], step.terminated[0]))

    agent.learn(300, see)
    Q, e = np.zeros((5, 2)), np.zeros((5, 2))
    for now, then, table in zip(steps, steps[1:], tables, strict=False):
        s, a, r, after, terminated = now
        delta = r + (0.0 if terminated else 0.8 * Q[after, then[1]]) - Q[s, a]
        e *= 0.8 * trace
        e[s, a] = 1.0 if replacing else e[s, a] + 1.0
        Q += 0.1 * delta * e
        np.testing.assert_allclose(table, Q, atol=1e-12)
        if terminated:
            e[:] = 0.0
    assert np.ptp(Q) > 0.5


@pytest.mark.parametrize("mode", ["SameStep", "NextStep"])
def test_value_goes_on_beyond_a_truncation(mode):
    """A ring of two states that pay 1 and 3, cut after every step: the table is that of the endless ring."""
    P = np.zeros((2, 1, 2))
    P[0, 0, 1] = P[1, 0, 0] = 1.0
    mdp = TabularMDP(P, [[1.0], [3.0]], gamma=0.5, initial=[0.5, 0.5])
    envs = WorldVectorEnv(TableRules(mdp), 3, max_episode_steps=1, autoreset_mode=mode)
    agent = Sarsa(envs, seed=0, gamma=0.5, learning_rate=1.0, trace=0.9).learn(400)
    np.testing.assert_allclose(agent.Q, mdp.solve().Q, atol=1e-12)  # a trace that outlived its episode would show


@pytest.mark.parametrize("trace", [0.0, 0.6])
def test_it_finds_the_values_of_its_own_behaviour(trace):
    """With ε = 1 the behaviour is the uniform policy, whose values are known."""
    mdp = process(1)
    exact = mdp.evaluate(np.full((5, 2), 0.5)).Q[:4]
    agent = Sarsa(
        WorldVectorEnv(TableRules(mdp), 200), seed=0, gamma=0.8, trace=trace, epsilon=1.0, learning_rate=0.2
    ).learn(40_000)
    wild = np.abs(agent.Q[:4] - exact).max()
    agent.learning_rate = 0.02
    agent.learn(80_000)
    assert np.abs(agent.Q[:4] - exact).max() < min(0.08, wild) < np.ptp(exact)
    assert np.abs(mdp.solve().Q[:4] - exact).max() > 0.3  # which is another thing than the optimum


def test_rows_of_equal_experience_teach_what_one_does():
    P = np.zeros((3, 1, 3))
    P[0, 0, 1] = P[1, 0, 2] = P[2, 0, 2] = 1.0
    mdp = TabularMDP(P, [[1.0], [2.0], [0.0]], gamma=0.5, terminal=np.array([False, False, True]))
    one, many = (Sarsa(WorldVectorEnv(TableRules(mdp), n), seed=0, gamma=0.5, trace=0.4).learn(10 * n) for n in (1, 7))
    np.testing.assert_allclose(one.Q, many.Q, atol=1e-12)
    # By hand, the first episode: a trace of 0.2 carries the second surprise to the first state.
    first = Sarsa(WorldVectorEnv(TableRules(mdp), 1), seed=0, gamma=0.5, trace=0.4).learn(2)
    np.testing.assert_allclose(first.Q[:, 0], [0.1 * (1.0 + 0.2 * 2.0), 0.1 * 2.0, 0.0], atol=1e-12)


def test_traces_of_pairs_that_come_again():
    """A loop that is left after k rounds: accumulated traces reach (1 − x^k) / (1 − x), replaced ones stay at 1."""
    mdp = TabularMDP(np.ones((1, 1, 1)), [[1.0]], gamma=0.9)
    x, alpha, changes = 0.9 * 0.5, 0.01, []
    for replacing in (True, False):
        envs = WorldVectorEnv(TableRules(mdp), 1)
        agent, Q, e = Sarsa(envs, seed=0, gamma=0.9, trace=0.5, replacing=replacing, learning_rate=alpha), 0.0, 0.0
        agent.learn(50)
        for _ in range(50):
            e = 1.0 if replacing else x * e + 1.0
            Q += alpha * (1.0 + 0.9 * Q - Q) * e
        assert agent.Q[0, 0] == pytest.approx(Q, abs=1e-12)
        changes.append(Q)
    assert changes[1] > 1.4 * changes[0]


def test_long_traces_carry_a_treasure_back_at_once():
    visits = []
    for trace in (0.0, 0.95):
        envs = WorldVectorEnv(DeepSea(size=6), 4)
        agent = Sarsa(envs, seed=1, gamma=1.0, trace=trace, epsilon=0.0, initial_value=1.0, learning_rate=0.5)
        agent.learn(600)
        visits.append(int(agent.visits[35].sum()))
    assert visits[1] > visits[0]


@pytest.mark.parametrize(
    "options",
    [{"gamma": 1.1}, {"learning_rate": 0.0}, {"trace": -0.1}, {"replacing": 1}, {"epsilon": 2.0},
     {"initial_value": float("inf")}],
)  # fmt: skip
def test_mistakes_are_named(options):
    with pytest.raises(BadOption, match=next(iter(options))):
        Sarsa(WorldVectorEnv(DeepSea(), 2), **options)
