"""INPO's loss is smallest at the step of mirror descent, and its last iterate converges."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from preference_tables import as_group, best_policy, labelled_pairs, random_preference, random_table

from rewardlab.agents.nash import inpo, inpo_policies
from rewardlab.core.errors import BadOption
from rewardlab.core.responses import beats, divergence, softmax, tilted
from rewardlab.core.saddle import anchored_winner, preference_gap

P, REF = random_preference(6, seed=4), random_table(6, seed=4)[0]


def on_policy(current, **options):
    """The loss with its own π_t."""

    def loss(group):
        numbers = group.info["number"]
        own = torch.as_tensor(np.log(current)) if isinstance(group.logp, torch.Tensor) else np.log(current)
        return inpo(replace(group, old_logp=own[numbers][..., None]), **options)

    return loss


@pytest.mark.parametrize(("eta", "tau"), [(1.0, 0.1), (0.5, 0.5), (2.0, 0.0)])
def test_the_minimum_of_the_loss_is_the_next_iterate(eta, tau):
    current = softmax(np.random.default_rng(0).normal(size=6))
    pairs, weight = labelled_pairs(P, current)
    loss = on_policy(current, eta=eta, tau=tau)
    found = best_policy(loss, REF, pairs, weight, info={"number": pairs})
    step = softmax(P @ current / eta + tau / eta * REF + (1 - tau / eta) * np.log(current))
    np.testing.assert_allclose(found, step, atol=1e-8)


def test_the_first_step_from_the_reference_is_that_of_ipo():
    first = inpo_policies(P, np.exp(REF), eta=0.8, tau=0.3, rounds=1)[1]
    np.testing.assert_allclose(first, tilted(np.exp(REF), P @ np.exp(REF), 0.8), atol=1e-14)


@pytest.mark.parametrize("eta", [0.6, 1.0, 3.0])
def test_the_last_iterate_converges_to_the_equilibrium_with_an_anchor(eta):
    goal = anchored_winner(P, 0.1, np.exp(REF))
    distance = divergence(goal, inpo_policies(P, np.exp(REF), eta=eta, tau=0.1, rounds=600))
    assert distance[600] < 1e-8 and distance[100] < 0.1 * distance[10]


def test_on_a_circle_preferences_by_a_reward_collapse():
    circle = np.array([[0.5, 0.9, 0.2], [0.1, 0.5, 0.8], [0.8, 0.2, 0.5]])
    mu = np.array([0.5, 0.3, 0.2])
    policy = mu
    for _ in range(30):  # iterated DPO: a reward is fitted to labels on the last policy's pairs, and tilted by
        pairs, weight = labelled_pairs(circle, policy)
        ratio = best_policy(partial(_logistic), np.log(policy), pairs, weight)
        policy = 0.98 * ratio + 0.02 / 3  # a floor, so that all pairs are still seen
    nash = inpo_policies(circle, mu, eta=1.0, tau=0.02, rounds=3000)[-1]
    assert preference_gap(circle, policy) > 0.1 + preference_gap(circle, nash)


def _logistic(group):
    h = (group.logp - group.ref_logp).sum(-1)
    return torch.nn.functional.softplus(-(h[:, 0] - h[:, 1]))


def test_the_loss_is_its_definition():
    logp = np.log(tilted(np.exp(REF), np.arange(6.0), 2.0))
    old = np.log(softmax(np.arange(6.0)[::-1]))
    group = as_group(logp, REF, [[1, 4]])
    group = replace(group, old_logp=old[[[1, 4]]][..., None])
    h = logp - 0.25 * REF - 0.75 * old
    assert inpo(group, eta=0.4, tau=0.1)[0] == pytest.approx((h[1] - h[4] - 1.25) ** 2, rel=1e-13)


def test_a_step_of_infinite_size_is_refused():
    with pytest.raises(BadOption, match="eta"):
        inpo_policies(beats(np.arange(3.0)), eta=0.0)


def test_a_price_above_one_over_the_step_is_refused():
    with pytest.raises(BadOption, match="tau"):
        inpo_policies(P, eta=0.1, tau=0.2)
