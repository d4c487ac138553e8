"""Nash-MD: its bound for every round, games that go in circles, and its gradient."""

import numpy as np
import pytest
import torch
from preference_tables import as_group, random_preference

from rewardlab.agents.nash import dno_policies, nash_md, nash_md_policies
from rewardlab.agents.parts.reference import mixed
from rewardlab.core.errors import BadOption
from rewardlab.core.responses import beats, divergence, softmax, tilted
from rewardlab.core.saddle import anchored_winner, preference_gap

CIRCLE = np.array([[0.5, 0.9, 0.2], [0.1, 0.5, 0.8], [0.8, 0.2, 0.5]])
ROCK = np.array([[0.5, 0.9, 0.1], [0.1, 0.5, 0.9], [0.9, 0.1, 0.5]])  # the same for all three


@pytest.mark.parametrize("tau", [0.2, 1.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_last_iterate_keeps_its_bound_in_every_round(tau, seed):
    p, mu = random_preference(6, seed=seed), np.random.default_rng(seed).dirichlet(np.ones(6))
    goal = anchored_winner(p, tau, mu)
    distance = divergence(goal, nash_md_policies(p, mu, tau=tau, rounds=1000))
    t = np.arange(1, 1001)
    assert (distance[1:] <= 8 / (tau**2 * (t + 1))).all()
    assert np.polyfit(np.log(t[9:300]), np.log(distance[10:301]), 1)[0] <= -1.0 and distance[-1] < 1e-6


def test_at_the_equilibrium_the_value_is_one_half_and_the_mixture_its_own_best_response():
    p, mu = random_preference(6), np.random.default_rng(0).dirichlet(np.ones(6))
    found = nash_md_policies(p, mu, tau=0.3, rounds=3000)[-1]
    assert found @ p @ found == pytest.approx(0.5, abs=1e-15)
    np.testing.assert_allclose(found, tilted(mu, p @ found, 0.3), atol=1e-4)


@pytest.mark.parametrize("tau", [0.05, 0.5, 5.0])
def test_a_circle_without_a_favourite_is_played_uniformly(tau):
    np.testing.assert_allclose(nash_md_policies(ROCK, tau=tau, rounds=50)[-1], 1 / 3, atol=1e-12)


def test_where_a_reward_explains_preferences_its_best_response_wins_at_a_low_price():
    reward = np.array([0.0, 1.5, 0.3, -2.0])
    found = nash_md_policies(beats(reward), tau=0.01, rounds=2000)[-1]
    assert found[1] > 0.999


def test_self_play_turns_for_ever_where_the_mixture_converges():
    start = np.array([0.6, 0.3, 0.1])
    turning = dno_policies(CIRCLE, start, eta=1.0, rounds=2000)[-200:]
    assert max(preference_gap(CIRCLE, x) for x in turning) > 0.25
    goal = anchored_winner(CIRCLE, 0.1, start)
    assert divergence(goal, nash_md_policies(CIRCLE, start, tau=0.1, rounds=2000)[-1]) < 1e-5


def test_a_policy_of_a_reward_is_easily_beaten_on_a_circle():
    by_reward = tilted(np.full(3, 1 / 3), np.log(CIRCLE / CIRCLE.T).mean(1), 0.05)  # a fit of Bradley and Terry
    nash = nash_md_policies(CIRCLE, tau=0.05, rounds=3000)[-1]
    assert preference_gap(CIRCLE, by_reward) > preference_gap(CIRCLE, nash) + 0.1


@pytest.mark.parametrize("weight", [0.0, 0.125, 1.0])
def test_the_gradient_is_that_of_the_game_against_the_mixture(weight):
    p, tau = random_preference(4, seed=3), 0.2
    logits, mu = np.random.default_rng(1).normal(size=4), np.log(np.array([0.1, 0.2, 0.3, 0.4]))
    policy = softmax(logits)
    wins = p @ np.exp(mixed(np.log(policy), mu, weight))
    x = torch.tensor(logits, requires_grad=True)
    group = as_group(torch.log_softmax(x, -1), mu, np.arange(4)[:, None], reward=wins[:, None])
    (torch.tensor(policy) * nash_md(group, tau=tau)).sum().backward()  # the expectation over responses of the policy
    y = torch.tensor(logits, requires_grad=True)
    own = torch.log_softmax(y, -1)
    game = own.exp() @ torch.tensor(wins) - tau * (own.exp() * (own - torch.tensor(mu))).sum()
    (-game).backward()
    np.testing.assert_allclose(x.grad, y.grad, atol=1e-15)


def test_a_price_of_nothing_is_refused():
    with pytest.raises(BadOption, match="tau"):
        nash_md_policies(ROCK, tau=0.0)
