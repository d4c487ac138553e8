"""BRAIn: no gradient at the posterior on any set, DPO's gradient on a certain pair, and the posterior as minimum."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from preference_tables import as_group, best_policy, random_table, total_variation

from rewardlab.agents.direct_preference import brain, dpo
from rewardlab.core.responses import softmax, tilted

PRIOR, REWARD = random_table(6, seed=3)
POSTERIOR = np.log(tilted(np.exp(PRIOR), REWARD, 0.25))
DRAWN = np.log(softmax(np.random.default_rng(4).normal(size=6)))  # q', another law than the prior
SETS = np.random.default_rng(5).choice(6, p=np.exp(DRAWN), size=(50, 4))


def group(logp, sets, reward=REWARD):
    given = as_group(logp, PRIOR, sets, reward=reward[sets])
    old = torch.tensor(DRAWN) if isinstance(logp, torch.Tensor) else DRAWN
    return replace(given, old_logp=old[sets][..., None])


def slopes(logp, sets):
    x = torch.tensor(logp, requires_grad=True)
    given = group(x, sets)
    given.logp.retain_grad()
    brain(given).sum().backward()
    return given.logp.grad[..., 0].numpy()


def test_the_gradient_is_the_difference_of_two_shares_and_vanishes_at_the_posterior():
    goal, policy = ((x - DRAWN)[SETS] for x in (PRIOR + REWARD / 0.25, PRIOR))
    np.testing.assert_allclose(slopes(PRIOR, SETS), softmax(policy) - softmax(goal), atol=1e-15)
    np.testing.assert_allclose(slopes(POSTERIOR, SETS), 0, atol=1e-15)
    assert softmax(goal).var(0).min() > 0  # without the baseline it would vary from set to set even there
    np.testing.assert_allclose(brain(group(POSTERIOR, SETS)), 0, atol=1e-14)


def test_on_a_pair_of_which_one_is_certainly_good_it_is_dpo():
    at = np.log(softmax(np.arange(6.0)))
    certain = np.array([0.0, 500.0, 0, 0, 0, 0])
    pair = np.array([[1, 4]])
    grads = []
    for objective in (partial(dpo, beta=1.0), brain):
        x = torch.tensor(at, requires_grad=True)
        objective(as_group(x, PRIOR, pair, reward=certain[pair])).sum().backward()  # q' is the prior
        grads.append(x.grad.numpy())
    np.testing.assert_allclose(grads[1], grads[0], atol=1e-12)


@pytest.mark.parametrize("size", [2, 4])
def test_its_minimum_is_the_posterior(size):
    sets = np.array([np.roll(np.arange(6), s)[:size] for s in range(6)])
    given = {"reward": REWARD[sets], "info": {"number": sets}}
    found = best_policy(
        lambda g: brain(replace(g, old_logp=torch.tensor(DRAWN)[sets][..., None])), PRIOR, sets, np.ones(6), **given
    )
    assert total_variation(found, np.exp(POSTERIOR)) < 1e-6


def test_the_loss_is_a_divergence():
    loss = brain(group(PRIOR, SETS))
    a, b = softmax((PRIOR + REWARD / 0.25 - DRAWN)[SETS]), softmax((PRIOR - DRAWN)[SETS])
    np.testing.assert_allclose(loss, (a * np.log(a / b)).sum(-1), atol=1e-13)
