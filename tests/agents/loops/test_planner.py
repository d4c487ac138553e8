"""Planners: where the model comes from, and that nothing is learned."""

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.agents import PolicyIteration
from rewardlab.core.errors import BadOption, BadSpace
from rewardlab.envs.mdps import DeepSea
from rewardlab.envs.world import WorldVectorEnv


def test_the_model_is_the_one_given_or_that_of_the_environment(tmp_path):
    sea = DeepSea(size=4)
    envs = WorldVectorEnv(sea, 3)
    own, given = PolicyIteration(envs, seed=0), PolicyIteration(envs, mdp=sea.to_mdp().with_gamma(0.5))
    np.testing.assert_array_equal(own.Q, sea.to_mdp().solve().Q)
    np.testing.assert_array_equal(given.Q, sea.to_mdp().with_gamma(0.5).solve().Q)
    before = own.Q.copy()
    assert own.learn(60).num_timesteps == 60
    np.testing.assert_array_equal(own.Q, before)
    given.save(tmp_path / "plan")
    np.testing.assert_array_equal(PolicyIteration.load(tmp_path / "plan").Q, given.Q)


def test_a_plan_needs_a_model_and_one_that_fits():
    with pytest.raises(BadOption, match="no model"):
        PolicyIteration(gym.make("FrozenLake-v1"))
    with pytest.raises(BadSpace, match="17 states"):
        PolicyIteration(WorldVectorEnv(DeepSea(size=5), 2), mdp=DeepSea(size=4).to_mdp())
