"""The planner by sweeps: its plan is the exact one."""

import numpy as np
import pytest
from tables_that_tell import river, telling

from rewardlab.agents import ValueIteration
from rewardlab.core.errors import BadOption
from rewardlab.core.testing.processes import random_mdp
from rewardlab.envs.mdps import TableRules
from rewardlab.envs.world import WorldVectorEnv


@pytest.mark.parametrize("sweeps", [0, 10])
def test_its_values_are_within_the_tolerance(sweeps):
    mdp = random_mdp(np.random.default_rng(0), states=15, actions=4, gamma=0.95)
    agent = ValueIteration(WorldVectorEnv(TableRules(mdp), 2), tolerance=1e-7, sweeps=sweeps)
    best = mdp.solve()
    assert 0 < np.abs(agent.Q - best.Q).max() <= 1e-7
    action, _ = agent.predict(np.arange(15), deterministic=True)
    assert best.optimal_actions(1e-6)[np.arange(15), action].all()


def test_it_plans_for_the_average_reward_and_then_loses_nothing():
    lost = []

    def watch(told):
        lost.append(told["step"].column("pseudo_regret").sum())

    agent = ValueIteration(telling(river(), 4), mdp=river(), tolerance=1e-9).learn(2000, watch)
    assert agent.num_timesteps == 2000 and abs(sum(lost)) < 1e-6


@pytest.mark.parametrize("options", [{"tolerance": 0.0}, {"sweeps": -1}])
def test_mistakes_are_named(options):
    with pytest.raises(BadOption, match=next(iter(options))):
        ValueIteration(telling(river(), 1), mdp=river(), **options)
