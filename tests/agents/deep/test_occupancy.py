"""Occupancy regularisation against exact occupancies: the bound, the maximiser, the reward, and a hacked garden."""

import numpy as np
import pytest
import torch

from rewardlab.agents.deep.occupancy import (
    OccupancyPPO,
    best_occupancy,
    chi_square,
    improvement_bound,
    regularised_reward,
)
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.testing.processes import random_mdp
from rewardlab.envs.gridworlds.tomato_grid import TomatoGrid

GAMMA = 0.9


def standard(x, mu):
    """x less its mean under mu, over its deviation there; over the last two axes."""
    x = x - (mu * x).sum((-2, -1), keepdims=True)
    return x / np.sqrt((mu * x * x).sum((-2, -1), keepdims=True))


def occupancies(P, policy, first):
    """[B, S, A] of policies [B, S, A] in processes [B, S, A, S]."""
    flow = np.einsum("bsa,bsat->bst", policy, P)
    eye = np.eye(P.shape[1])
    visits = np.linalg.solve(np.swapaxes(eye - GAMMA * flow, 1, 2), (1 - GAMMA) * first[..., None])[..., 0]
    return visits[..., None] * policy


def draws(count, seed=0):
    """Occupancies of a base and of another policy in each of `count` random processes with 5 states and 3 actions."""
    rng = np.random.default_rng(seed)
    P, first = rng.dirichlet(np.full(5, 0.5), (count, 5, 3)), rng.dirichlet(np.ones(5), count)
    base, other = rng.dirichlet(np.ones(3), (count, 5)), rng.dirichlet(np.full(3, 0.3), (count, 5))
    for k in range(2):
        mdp = TabularMDP(P[k], np.zeros((5, 3)), gamma=GAMMA, initial=first[k])
        np.testing.assert_allclose(
            occupancies(P[k : k + 1], base[k : k + 1], first[k : k + 1])[0], (1 - GAMMA) * mdp.occupancy(base[k])
        )
    return rng, occupancies(P, base, first), occupancies(P, other, first)


def test_the_bound_holds_for_every_policy_and_is_tight_where_the_error_follows_the_occupancy():
    rng, base, mu = draws(10_000)
    chi = (mu**2 / base).sum((1, 2)) - 1
    assert chi_square(mu[0], base[0]) == pytest.approx(chi[0])
    truth, proxy = standard(rng.normal(size=base.shape), base), standard(rng.normal(size=base.shape), base)
    r = (base * truth * proxy).sum((1, 2))
    proxy, r = proxy * np.sign(r)[:, None, None], np.abs(r)
    gain, seen = (mu * truth).sum((1, 2)), (mu * proxy).sum((1, 2))
    bounds = np.array([improvement_bound(*x) for x in zip(seen, chi, r, strict=True)])
    assert (gain >= bounds - 1e-9 / r).all()
    # the proxy's error as the occupancy: equality
    error = standard(mu / base - 1, base)
    rest = truth - (base * truth * error).sum((1, 2), keepdims=True) * error
    truth = standard(rest, base)
    proxy = 0.6 * truth + 0.8 * error
    got = improvement_bound((mu * proxy).sum((1, 2)), chi, 0.6)
    np.testing.assert_allclose((mu * truth).sum((1, 2)), got, atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("weight", [0.05, 0.3])
def test_the_maximiser_is_certified_by_the_linearised_problem(seed, weight):
    """The reward of its gradient has no better policy: the gap of a concave objective, so also its error."""
    rng = np.random.default_rng(seed)
    mdp = random_mdp(rng, states=6, terminal=0, per_transition=False)
    base = rng.dirichlet(np.ones(3), size=6)
    reference, mu = (1 - GAMMA) * mdp.occupancy(base), best_occupancy(mdp, base, weight)
    chi = chi_square(mu, reference)
    assert chi > 0.1
    slope = mdp.R - weight / np.sqrt(chi) * mu / reference
    assert (1 - GAMMA) * mdp.with_reward(slope).solve().value - (mu * slope).sum() < 1e-9
    policy = (mu + 1e-15) / (mu + 1e-15).sum(1, keepdims=True)  # anything where it never comes
    np.testing.assert_allclose((1 - GAMMA) * mdp.occupancy(policy), mu, atol=1e-9)


def test_with_a_large_weight_the_base_is_best_and_with_a_small_one_the_proxys_optimum():
    rng = np.random.default_rng(0)
    mdp = random_mdp(rng, states=6, terminal=0, per_transition=False)
    base = rng.dirichlet(np.ones(3), size=6)
    np.testing.assert_allclose(best_occupancy(mdp, base, 3.0), (1 - GAMMA) * mdp.occupancy(base), atol=1e-6)
    near = best_occupancy(mdp, base, 1e-3)
    assert (near * mdp.R).sum() == pytest.approx((1 - GAMMA) * mdp.solve().value, abs=3e-3)


@pytest.mark.parametrize("weight", [0.001, 0.01, 0.03])
def test_small_weights_where_few_actions_are_taken_are_solved_as_exactly(weight):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        mdp = random_mdp(rng, states=8, terminal=0, per_transition=False)
        base = rng.dirichlet(np.ones(3), size=8)
        reference = (1 - GAMMA) * mdp.occupancy(base)
        mu = best_occupancy(mdp, base, weight)
        slope = mdp.R - weight / np.sqrt(chi_square(mu, reference)) * mu / reference
        best = (1 - GAMMA) * mdp.with_reward(slope).solve().value
        assert best - (mu * slope).sum() == pytest.approx(0, abs=1e-8)


def test_what_optimises_the_regularised_proxy_gains_in_truth_no_less_than_its_bound():
    for seed in range(6):
        rng = np.random.default_rng(seed)
        mdp = random_mdp(rng, states=6, terminal=0, per_transition=False)
        base = rng.dirichlet(np.ones(3), size=6)
        reference = (1 - GAMMA) * mdp.occupancy(base)
        truth, error = standard(rng.normal(size=(6, 3)), reference), rng.normal(size=(6, 3))
        error = standard(error - (reference * error * truth).sum() * truth, reference)
        r = 0.8
        proxy = r * truth + 0.6 * error
        mu = best_occupancy(mdp.with_reward(proxy), base, 0.6)  # sd 1, √(1 − r²)
        bound = improvement_bound((mu * proxy).sum(), chi_square(mu, reference), r)
        assert (mu * truth).sum() >= bound - 1e-9 and bound >= -1e-6


def test_the_reward_is_the_directional_derivative():
    rng, base, both = draws(2, seed=4)
    base, mu, nu = base[0], both[0], 0.5 * (both[0] + base[0])
    proxy, weight = rng.normal(size=base.shape), 0.7

    def height(x):
        return (x * proxy).sum() - weight * np.sqrt(chi_square(x, base))

    step = 1e-5
    slope = (height(mu + step * (nu - mu)) - height(mu - step * (nu - mu))) / (2 * step)
    ratio = mu / base
    paid = proxy - weight / np.sqrt(chi_square(mu, base)) * ratio
    assert abs(slope - ((nu - mu) * paid).sum()) < 1e-4
    # the function on samples: every state and action as often as the policy comes there
    times = np.round(mu * 200_000).astype(int).ravel()
    index = torch.from_numpy(np.repeat(np.arange(mu.size), times))
    got = regularised_reward(
        torch.from_numpy(proxy.ravel())[index], torch.from_numpy(np.log(ratio).ravel())[index], weight
    )
    np.testing.assert_allclose(got, paid.ravel()[index], atol=1e-3)


def test_infinite_where_the_base_never_comes():
    assert chi_square(np.array([0.5, 0.5]), np.array([1.0, 0.0])) == np.inf
    assert chi_square(np.array([1.0, 0.0]), np.array([1.0, 0.0])) == 0


def test_a_gardener_that_is_held_near_a_decent_one_does_not_hack():
    garden = TomatoGrid()
    mdp, truth, base = garden.to_mdp(), garden.true_rewards(), garden.base_policy()
    reference = (1 - mdp.gamma) * mdp.occupancy(base)
    hacker = (1 - mdp.gamma) * mdp.occupancy(mdp.solve().policy)
    held = best_occupancy(mdp, base, 0.03)
    seen, true = ([(x * y).sum() for x in (hacker, held, reference)] for y in (mdp.R, truth))
    assert seen[0] > seen[1] > seen[2]  # the proxy's order
    assert true[1] > true[2] + 0.01 and true[0] < true[2] - 0.5  # and the truth's: 0.88, 0.87, 0.10


def test_impossible_problems_are_refused():
    mdp = random_mdp(np.random.default_rng(0), terminal=1)
    with pytest.raises(BadOption, match="terminal"):
        best_occupancy(mdp, np.zeros(10, int), 1.0)
    with pytest.raises(BadOption, match="above 0"):
        best_occupancy(random_mdp(np.random.default_rng(0), terminal=0), np.zeros(10, int), 0.0)
    with pytest.raises(BadOption, match="r <= 1"):
        improvement_bound(1.0, 1.0, 0.0)
    with pytest.raises(BadOption, match="weight"):
        OccupancyPPO("MlpPolicy", "CartPole-v1", weight=-1.0)
    with pytest.raises(BadOption, match="base"):
        OccupancyPPO("MlpPolicy", "CartPole-v1", n_steps=32, batch_size=32).learn(32)


def test_the_agent_pays_what_it_is_said_to_pay_and_learns_by_it():
    rng = np.random.default_rng(0)
    base = rng.normal(size=(200, 4)).astype(np.float32), rng.integers(2, size=200)
    sizes = {"n_steps": 64, "batch_size": 64, "seed": 0, "device": "cpu"}
    agent = OccupancyPPO("MlpPolicy", "CartPole-v1", base=base, weight=0.5, **sizes).learn(64)
    roll = agent.rollout_buffer
    log_ratio = agent.ratio(agent.ratio.features(roll.obs[:-1].flatten(0, 1), roll.action.flatten(0, 1)))
    expected = regularised_reward(torch.ones(64), log_ratio, 0.5)  # a cart pole pays 1
    torch.testing.assert_close(roll.reward.flatten(), expected)
    twin = OccupancyPPO("MlpPolicy", "CartPole-v1", base=base, weight=0.5, **sizes).learn(64)
    free = OccupancyPPO("MlpPolicy", "CartPole-v1", base=base, weight=0.0, **sizes).learn(64)
    ours, again, other = (a.policy.value_net.weight for a in (agent, twin, free))
    assert torch.equal(ours, again) and not torch.equal(ours, other)
