"""Q-learning against exact optima, and on the sea that only optimism crosses."""

import numpy as np
import pytest

from rewardlab.agents import QLearning
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.mdps import DeepSea, TableRules
from rewardlab.rewards import PaidVector, Potential, Task


def random_process(seed=0, states=5, actions=3):
    rng = np.random.default_rng(seed)
    terminal = np.arange(states) == states - 1
    P = 0.9 * rng.dirichlet(np.full(states, 0.5), (states, actions)) + 0.1 * terminal
    R = rng.normal(size=(states, actions, states))
    return TabularMDP(P, R, gamma=0.8, initial=np.where(terminal, 0.0, 0.25), terminal=terminal)


def test_it_converges_to_the_optimum_of_a_random_process():
    mdp = random_process()
    best = mdp.solve()
    envs = WorldVectorEnv(TableRules(mdp), 128)
    agent = QLearning(envs, seed=0, gamma=0.8, learning_rate=1.0, omega=0.85, epsilon=1.0)
    errors = []
    for budget in (20_000, 380_000):
        agent.learn(budget)
        errors.append(np.abs(agent.Q - best.Q)[:-1].max())
    assert errors[1] < 0.03 < np.ptp(best.Q[:-1])
    assert errors[1] < 0.5 * errors[0]
    action, _ = agent.predict(np.arange(5), deterministic=True)
    assert best.optimal_actions(1e-9)[np.arange(4), action[:4]].all()


@pytest.mark.parametrize("mode", ["SameStep", "NextStep"])
def test_it_is_exact_where_nothing_is_random(mode):
    rules = DeepSea(size=4, cost=0.1)
    envs = WorldVectorEnv(rules, 16, autoreset_mode=mode)
    agent = QLearning(envs, seed=0, gamma=0.9, learning_rate=1.0, epsilon=1.0).learn(6000)
    best = rules.to_mdp().with_gamma(0.9).solve()
    seen = agent.visits > 0
    assert seen.sum() == 20  # 10 of the 16 cells lie on or below the diagonal
    np.testing.assert_allclose(agent.Q[seen], best.Q[seen], atol=1e-12)


@pytest.mark.parametrize("mode", ["SameStep", "NextStep"])
def test_a_shaped_environment_leads_to_the_table_less_the_potential(mode, tmp_path):
    rules, height = DeepSea(size=4, cost=0.1), np.random.default_rng(0).normal(size=17)

    def paid():
        envs = WorldVectorEnv(rules, 16, autoreset_mode=mode)
        return PaidVector(envs, Task() + Potential(lambda s: height[s], gamma=0.9))

    agent = QLearning(paid(), seed=0, gamma=0.9, learning_rate=1.0, epsilon=1.0).learn(6000)
    best = rules.to_mdp().with_gamma(0.9).solve()
    seen = agent.visits > 0
    assert seen.sum() == 20
    np.testing.assert_allclose(agent.Q[seen], (best.Q - height[:, None])[seen], atol=1e-12)
    agent.save(tmp_path / "agent")
    again = QLearning.load(tmp_path / "agent", env=paid())
    np.testing.assert_array_equal(again.Q, agent.Q)
    np.testing.assert_array_equal(again.learn(500).Q, agent.Q)  # nothing is left to learn
    assert again.num_timesteps >= agent.num_timesteps + 500 and again.visits.sum() == again.num_timesteps


@pytest.mark.parametrize("mode", ["SameStep", "NextStep"])
def test_value_goes_on_beyond_a_truncation(mode):
    # A ring of two states that pay 1 and 3, cut after every step: the table is that of the endless ring.
    P = np.zeros((2, 1, 2))
    P[0, 0, 1] = P[1, 0, 0] = 1.0
    mdp = TabularMDP(P, [[1.0], [3.0]], gamma=0.5, initial=[0.5, 0.5])
    envs = WorldVectorEnv(TableRules(mdp), 3, max_episode_steps=1, autoreset_mode=mode)
    agent = QLearning(envs, seed=0, gamma=0.5, learning_rate=1.0).learn(400)
    np.testing.assert_allclose(mdp.solve().V, [10 / 3, 14 / 3], atol=1e-12)
    np.testing.assert_allclose(agent.Q, mdp.solve().Q, atol=1e-12)


@pytest.mark.parametrize("rows,rules,limit", [(1, TableRules(random_process(3)), 7), (4, DeepSea(size=5), None)])
def test_both_autoreset_modes_learn_the_same_table(rows, rules, limit):
    tables = []
    for mode in ("SameStep", "NextStep"):
        envs = WorldVectorEnv(rules, rows, autoreset_mode=mode, max_episode_steps=limit)
        agent = QLearning(envs, seed=2, epsilon=0.3, initial_value=0.2).learn(2000)
        assert agent.num_timesteps == 2000
        tables.append((agent.Q, agent.visits))
    np.testing.assert_array_equal(tables[0][0], tables[1][0])
    np.testing.assert_array_equal(tables[0][1], tables[1][1])
    assert len(np.unique(tables[0][0])) > 6


def treasure(agent, rules):
    """What the greedy policy is worth."""
    policy = agent.predict(np.arange(rules.size**2 + 1), deterministic=True)[0]
    return rules.to_mdp().evaluate(policy).value


@pytest.mark.parametrize("size,seed", [(5, 0), (5, 1), (5, 2), (8, 0), (8, 1)])
def test_optimism_finds_the_treasure_and_chance_does_not(size, seed):
    rules = DeepSea(size=size, code=seed)
    hopeful = QLearning(WorldVectorEnv(rules, 4), seed=seed, initial_value=1.0, epsilon=0.0, learning_rate=0.5)
    dithering = QLearning(WorldVectorEnv(rules, 4), seed=seed, initial_value=0.0, epsilon=0.1, learning_rate=0.5)
    budget = 8 * 600
    assert treasure(hopeful.learn(budget), rules) == pytest.approx(0.99)  # of at most 0.99
    assert treasure(dithering.learn(budget), rules) <= 0.0
    assert (hopeful.visits.sum(1) > 0).sum() > (dithering.visits.sum(1) > 0).sum()


def test_exploration_falls_in_a_straight_line_and_survives_a_break():
    agent = QLearning(WorldVectorEnv(DeepSea(), 10), seed=0, epsilon=1.0, final_epsilon=0.2, decay_steps=1000)
    assert agent.exploration == 1.0
    assert agent.learn(500).exploration == pytest.approx(0.6)
    assert agent.learn(900).exploration == 0.2


def test_ties_go_to_the_lowest_or_to_chance():
    agent = QLearning(WorldVectorEnv(DeepSea(), 2), seed=0, epsilon=0.0)
    assert (agent.predict(np.zeros(50, dtype=int), deterministic=True)[0] == 0).all()
    assert 10 < agent.predict(np.zeros(50, dtype=int))[0].sum() < 40
    agent.Q[0, 1] = 1e-9
    assert (agent.predict(np.zeros(50, dtype=int))[0] == 1).all()


@pytest.mark.parametrize(
    "name,value",
    [
        ("gamma", 1.1),
        ("learning_rate", 0.0),
        ("omega", -1.0),
        ("epsilon", 2.0),
        ("final_epsilon", -0.1),
        ("decay_steps", 0),
        ("initial_value", float("inf")),
    ],
)
def test_mistakes_are_named(name, value):
    with pytest.raises(BadOption, match=f"{name}="):
        QLearning(WorldVectorEnv(DeepSea(), 2), **{name: value})
