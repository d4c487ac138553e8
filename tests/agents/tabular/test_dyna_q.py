"""Dyna-Q: what planning saves, its draws, and convergence."""

import numpy as np
import pytest
from tables_that_tell import garnet, telling

from rewardlab.agents import DynaQ
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.envs.mdps import DeepSea, TableRules
from rewardlab.envs.world import WorldVectorEnv


def test_remembered_steps_save_steps_that_are_taken():
    """A corridor with pay at its end alone: after one walk a planner knows it all, a learner one place more."""
    n = 12
    P = np.zeros((n, 1, n))
    P[np.arange(n), 0, np.minimum(np.arange(n) + 1, n - 1)] = 1.0
    R = np.zeros((n, 1))
    R[n - 2] = 1.0
    mdp = TabularMDP(P, R, gamma=0.9, terminal=np.arange(n) == n - 1)
    best = mdp.solve().Q
    envs = WorldVectorEnv(TableRules(mdp), 3)
    walks = {}
    for planning in (0, 400):
        agent = DynaQ(envs, seed=0, gamma=0.9, learning_rate=1.0, planning_steps=planning, independent=True)
        agent.set_env(WorldVectorEnv(TableRules(mdp), 3))
        agent.learn(3 * (n - 1))
        walks[planning] = np.abs(agent.Q - best).max(2)[:, : n - 1] < 1e-12
    assert walks[0].sum() == 3  # the last place of each run
    assert walks[400].all()


@pytest.mark.parametrize("independent", [False, True])
def test_it_converges_with_a_random_process(independent):
    agent = DynaQ(
        telling(garnet(3, 4, 2), 8), seed=0, gamma=0.5, learning_rate=0.02, epsilon=1.0, planning_steps=25,
        independent=independent,
    ).learn(1600)  # fmt: skip
    for m in range(agent.memories):
        own = TabularMDP(agent.chance[m], agent.means[m], gamma=0.5).solve().Q
        np.testing.assert_allclose(agent.Q[m], own, atol=0.1)  # noise of √(α / 2) times the spread of values
        assert np.ptp(own) > 0.5


def test_remembered_successors_come_as_often_as_they_were_seen():
    """A pair that ended the episode in 3 of 10 tries and else went to a state of value 1 is worth 0.7 of it."""
    agent = DynaQ(WorldVectorEnv(DeepSea(size=2), 1), seed=0, gamma=1.0, learning_rate=0.002)
    agent.counts[0, 0, 0, 3], agent.ends[0, 0, 0], agent.visits[0, 0, 0] = 7, 3, 10
    agent.tried[0, 0], agent.number[0] = 0, 1
    agent.Q[0, 3] = 1.0
    for _ in range(3000):
        agent._remember(np.array([0]))
    assert agent.Q[0, 0, 0] == pytest.approx(0.7, abs=4 * np.sqrt(0.001 * 0.21))


def test_every_pair_is_kept_once():
    agent = DynaQ(telling(garnet(0), 8), seed=0, epsilon=1.0).learn(400)
    kept = agent.tried[0, : agent.number[0]]
    assert sorted(kept) == np.flatnonzero(agent.visits[0].ravel()).tolist()


@pytest.mark.parametrize(
    "options",
    [{"gamma": 1.1}, {"learning_rate": 0.0}, {"planning_steps": -1}, {"epsilon": 2.0},
     {"initial_value": float("inf")}],
)  # fmt: skip
def test_mistakes_are_named(options):
    with pytest.raises(BadOption, match=next(iter(options))):
        DynaQ(WorldVectorEnv(DeepSea(), 2), **options)
