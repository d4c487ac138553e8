"""Double Q-learning: no value is too high on average, and it converges all the same."""

import numpy as np
import pytest

from rewardlab.agents import DoubleQLearning, QLearning
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.testing.processes import random_mdp
from rewardlab.envs.mdps import DeepSea, TableRules
from rewardlab.envs.world import WorldVectorEnv


def noisy(arms=10):
    """Step into a room of `arms` doors behind which +1 or -1 lie with even chances: worth nothing; or leave for 0."""
    S = 4  # start, room, a good end, a bad end
    P, R = np.zeros((S, arms, S)), np.zeros((S, arms, S))
    P[0, 0, 1] = 1.0
    P[0, 1:, 2] = 1.0
    P[1, :, 2] = P[1, :, 3] = 0.5
    R[1, :, 2], R[1, :, 3] = 1.0, -1.0
    P[2:, :, 2] = 1.0
    return TabularMDP(P, R, gamma=1.0, terminal=np.arange(S) >= 2)


def test_the_best_of_noise_is_not_taken_for_good():
    """The value of entering is 0; Q-learning believes in more for long, van Hasselt's two tables do not."""
    means = []
    for method in (QLearning, DoubleQLearning):
        found = []
        for seed in range(5):
            envs = WorldVectorEnv(TableRules(noisy()), 32)
            agent = method(envs, seed=seed, gamma=1.0, epsilon=1.0, learning_rate=0.1)
            agent.learn(8000)
            found.append(agent.Q[0, 0])
        means.append((np.mean(found), np.std(found) / np.sqrt(5)))
    (single, error), (double, spread) = means
    assert single > 0.1 + 4 * error  # the maximum of ten running means
    assert abs(double) < 4 * spread + 0.02


def test_it_converges_to_the_optimum():
    mdp = random_mdp(np.random.default_rng(2), states=6, actions=3, gamma=0.7, per_transition=False)
    agent = DoubleQLearning(
        WorldVectorEnv(TableRules(mdp), 400), seed=0, gamma=0.7, learning_rate=1.0, omega=0.8, epsilon=1.0
    ).learn(400_000)
    live = np.flatnonzero(~mdp.terminal & (agent.visits.sum((0, 2)) > 3000))
    assert len(live) >= 4
    np.testing.assert_allclose(agent.Q[live], mdp.solve().Q[live], atol=0.06)
    np.testing.assert_allclose(agent.Q, agent.pair.mean(0), atol=1e-12)
    share = agent.visits[0].sum() / agent.visits.sum()
    assert share == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(400_000))


def test_each_update_is_valued_by_the_other_table():
    agent = DoubleQLearning(WorldVectorEnv(DeepSea(size=3), 1), seed=0, gamma=0.5, learning_rate=1.0)
    rng = np.random.default_rng(0)
    agent.pair[:] = rng.normal(size=agent.pair.shape)
    before = agent.pair.copy()
    agent.update(np.array([0]), np.array([1]), np.array([2.0]), np.array([4]), np.array([False]))
    i = int(np.flatnonzero((agent.pair != before).any((1, 2)))[0])
    expected = 2.0 + 0.5 * before[1 - i, 4, before[i, 4].argmax()]
    assert agent.pair[i, 0, 1] == pytest.approx(expected) and (agent.pair[1 - i] == before[1 - i]).all()


@pytest.mark.parametrize(
    "name,value",
    [("gamma", 1.1), ("learning_rate", 0.0), ("omega", -1.0), ("epsilon", 2.0), ("initial_value", float("inf"))],
)
def test_mistakes_are_named(name, value):
    with pytest.raises(BadOption, match=f"{name}="):
        DoubleQLearning(WorldVectorEnv(DeepSea(), 2), **{name: value})
