"""Prioritised sweeping: the fixed point of its model, in far fewer backups than sweeps need."""

import numpy as np
import pytest
from tables_that_tell import garnet, telling

from rewardlab.agents import PrioritisedSweeping
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.envs.mdps import DeepSea, TableRules
from rewardlab.envs.world import WorldVectorEnv


def test_its_values_are_those_of_its_model():
    agent = PrioritisedSweeping(
        telling(garnet(3, 5, 2), 2), seed=0, gamma=0.5, epsilon=1.0, backups=300, threshold=1e-7, independent=True
    ).learn(160)
    for m in range(2):
        model = TabularMDP(agent.chance[m], agent.means[m], gamma=0.5)
        np.testing.assert_allclose(agent.Q[m], model.solve().Q, atol=2e-7 + 1e-12)


def test_one_walk_teaches_a_corridor_with_one_backup_for_each_place():
    n = 15
    P = np.zeros((n, 1, n))
    P[np.arange(n), 0, np.minimum(np.arange(n) + 1, n - 1)] = 1.0
    R = np.zeros((n, 1))
    R[n - 2] = 1.0
    mdp = TabularMDP(P, R, gamma=0.9, terminal=np.arange(n) == n - 1)
    agent = PrioritisedSweeping(WorldVectorEnv(TableRules(mdp), 1), seed=0, gamma=0.9, backups=n - 1)
    calls = []
    inner = agent._sweep
    agent._sweep = lambda m: calls.append(inner(m)) or calls[-1]
    agent.learn(n - 1)
    np.testing.assert_allclose(agent.Q[0], mdp.solve().Q, atol=1e-12)
    assert sum(calls) == n - 1  # a sweep over all places would take (n − 1)² of them


def test_priorities_up_to_the_threshold_are_let_go():
    agent = PrioritisedSweeping(telling(garnet(3, 5, 2), 2), seed=0, gamma=0.8, epsilon=1.0, threshold=0.05).learn(1000)
    model = TabularMDP(agent.chance[0], agent.means[0], gamma=0.8)
    error = np.abs(agent.Q[0] - model.solve().Q).max()
    assert 1e-4 < error <= 0.06 / (1 - 0.8)
    backup = [[agent.backup(0, s, a) for a in range(2)] for s in range(5)]
    assert np.abs(np.array(backup) - agent.Q[0]).max() <= 0.06


def test_a_loaded_agent_of_many_runs_goes_on(tmp_path):
    agent = PrioritisedSweeping(telling(garnet(0), 3), seed=0, independent=True).learn(60)
    agent.save(tmp_path / "a")
    back = PrioritisedSweeping.load(tmp_path / "a", env=telling(garnet(0), 3)).learn(60)
    assert back.visits.sum() == 120


@pytest.mark.parametrize(
    "options",
    [{"gamma": 1.1}, {"threshold": -1.0}, {"backups": 0}, {"epsilon": 2.0}, {"initial_value": float("inf")}],
)
def test_mistakes_are_named(options):
    with pytest.raises(BadOption, match=next(iter(options))):
        PrioritisedSweeping(WorldVectorEnv(DeepSea(), 2), **options)
