"""Nash-MP converges at its linear rate, however many responses there are."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from preference_tables import as_group, random_preference

from rewardlab.agents.nash import kernel, nash_mp, nash_mp_policies
from rewardlab.core.errors import BadOption
from rewardlab.core.responses import divergence, softmax
from rewardlab.core.saddle import anchored_winner, preference_gap


@pytest.mark.parametrize("beta", [0.05, 0.1, 0.3])
@pytest.mark.parametrize("size", [6, 500])
def test_every_iteration_shrinks_the_distance_by_the_rate(beta, size):
    p, mu = random_preference(size, seed=2), np.random.default_rng(2).dirichlet(np.full(size, 5.0))
    rounds = int(np.ceil(40 / np.log1p(2 * beta)))
    found = nash_mp_policies(p, mu, beta=beta, rounds=rounds)
    goal = found[-1]
    residual = np.log(goal) - p @ goal / beta - np.log(mu)
    assert np.ptp(residual) < 1e-12  # the equilibrium with an anchor
    distance = divergence(goal, found)
    seen = distance > 1e-12
    rate = distance[1:][seen[1:]] / distance[:-1][seen[1:]]
    assert seen.sum() > 10 and rate.max() <= 1 / (1 + 2 * beta)
    span = np.ptp(np.log(found) - np.log(goal), axis=1)
    needed = np.log(1e6) / np.log1p(2 * beta)
    assert span[int(np.ceil(needed))] < 1e-3 * span[0]  # the square root of the divergence, at half its rate


def test_it_finds_what_the_fixed_point_finds():
    p, mu = random_preference(6, seed=2), np.random.default_rng(2).dirichlet(np.ones(6))
    found = nash_mp_policies(p, mu, beta=0.1, rounds=200)[-1]
    np.testing.assert_allclose(found, anchored_winner(p, 0.1, mu), atol=1e-11)


def test_without_the_look_ahead_large_steps_go_round():
    circle, beta = np.array([[0.5, 0.9, 0.2], [0.1, 0.5, 0.8], [0.8, 0.2, 0.5]]), 0.05
    mu, eta = np.array([0.6, 0.3, 0.1]), 10.0
    goal = anchored_winner(circle, beta, mu)

    def plain(policy, _):
        whole = 1 + 1 / eta
        anchors = [(1 / whole, mu), (1 / (eta * whole), policy)]
        return kernel.step(circle, policy, size=1 / (beta * whole), anchors=anchors)

    turning = kernel.iterates(plain, mu, 300)[-50:]
    assert divergence(goal, turning).min() > 0.1
    found = nash_mp_policies(circle, mu, beta=beta, rounds=300)[-1]
    assert divergence(goal, found) < 1e-12
    assert preference_gap(circle, found) < preference_gap(circle, mu)


def test_the_gradient_is_that_of_a_prox_step():
    p, beta, eta = random_preference(4, seed=3), 0.2, 0.7
    rng = np.random.default_rng(1)
    logits, mu, base, opponent = rng.normal(size=4), *np.log(rng.dirichlet(np.ones(4), 2)), rng.dirichlet(np.ones(4))
    policy, wins = softmax(logits), p @ opponent
    x = torch.tensor(logits, requires_grad=True)
    group = as_group(torch.log_softmax(x, -1), mu, np.arange(4)[:, None], reward=wins[:, None])
    group = replace(group, old_logp=torch.tensor(base)[:, None, None])
    (torch.tensor(policy) * nash_mp(group, beta=beta, eta=eta)).sum().backward()
    y = torch.tensor(logits, requires_grad=True)
    own = torch.log_softmax(y, -1)
    away = [(own.exp() * (own - torch.tensor(q))).sum() for q in (mu, base)]
    (-(own.exp() @ torch.tensor(wins)) + beta * away[0] + beta / eta * away[1]).backward()
    np.testing.assert_allclose(x.grad, y.grad, atol=1e-15)


@pytest.mark.parametrize("options", [{"beta": 0.0}, {"eta": -1.0}])
def test_prices_must_be_above_0(options):
    with pytest.raises(BadOption, match=next(iter(options))):
        nash_mp_policies(random_preference(3), **options)
