"""The garden: exact optima of both objectives, planted proxies, and the agent held by its actions."""

import gymnasium as gym
import numpy as np
import pytest
import torch

from rewardlab.benchmarks.effects import garden
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.testing.processes import random_mdp


def test_the_action_kl_optimum_is_no_worse_than_its_neighbours():
    rng = np.random.default_rng(0)
    mdp = random_mdp(rng, states=5, terminal=0, per_transition=False)
    base, weight = rng.dirichlet(np.ones(3), size=5), 0.3

    def worth(policy):
        return mdp.with_reward(mdp.R - weight * np.log(policy / base)).evaluate(policy).value

    best = garden.action_kl_policy(mdp, base, weight)
    for _ in range(20):
        other = best * np.exp(0.05 * rng.normal(size=best.shape))
        assert worth(other / other.sum(1, keepdims=True)) < worth(best)
    near = garden.action_kl_policy(mdp, base, 1e3)
    np.testing.assert_allclose(near, base, atol=1e-2)


def test_a_bandit_weighs_its_base_by_the_exponential_of_the_reward():
    mdp = TabularMDP(np.ones((1, 2, 1)), np.array([[0.0, 1.0]]), gamma=0.5)
    policy = garden.action_kl_policy(mdp, np.array([[0.5, 0.5]]), 1.0)
    np.testing.assert_allclose(policy, [[1 / (1 + np.e), np.e / (1 + np.e)]], atol=1e-9)


def test_the_free_gardener_hacks_and_the_held_ones_do_not():
    sides = {
        side: garden.in_garden(0, side=side, weight=w)
        for side, w in ((garden.OCCUPANCY, 0.03), (garden.ACTION, 0.1), (garden.FREE, 0.0), (garden.BASE, 0.0))
    }
    base, free = sides[garden.BASE], sides[garden.FREE]
    assert free["true"] < base["true"] - 0.5 and free["proxy"] > base["proxy"] + 0.1
    for held in (garden.OCCUPANCY, garden.ACTION):
        assert sides[held]["true"] > base["true"] + 0.01
    assert base["chi_square"] == pytest.approx(0, abs=1e-9)


def test_a_planted_proxy_correlates_as_it_is_said_to():
    mdp, truth, base = garden.planted(np.random.default_rng(3), 0.8)
    visits = 0.1 * mdp.occupancy(base)
    assert (visits * truth * mdp.R).sum() == pytest.approx(0.8)
    assert [(visits * x * x).sum() for x in (truth, mdp.R)] == pytest.approx([1, 1])


def test_samples_of_the_base_are_as_frequent_as_it_comes_there():
    base = garden.TomatoGrid().base_policy()
    states, actions = garden.visited(base, 0, samples=10_000)
    assert states.shape == actions.shape == (10_000,)
    told = np.bincount(actions, minlength=5) / 10_000
    np.testing.assert_allclose(told, base[states].mean(0), atol=0.02)


def test_the_action_kl_agent_is_ppo_at_weight_zero_and_another_above():
    def weights(kind, weight=None):
        envs = gym.make_vec("rewardlab/TomatoGrid-v0", num_envs=4)
        agent = kind("MlpPolicy", envs, n_steps=16, batch_size=64, n_epochs=1, seed=0, device="cpu")
        if weight is not None:
            agent.base, agent.weight = torch.from_numpy(garden.TomatoGrid().base_policy()), weight
        return agent.learn(64).policy.action_net.weight

    plain, free, held = weights(garden.PPO), weights(garden.ActionKLPPO, 0.0), weights(garden.ActionKLPPO, 1.0)
    assert torch.equal(plain, free) and not torch.equal(plain, held)
