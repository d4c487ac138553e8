"""REFUEL: its minimiser is a step of soft policy iteration, whatever the noise of the futures."""

import numpy as np
import pytest
import torch
from contracts.objective_row import random_group
from exact_groups import minimiser, same, token_gradient

from rewardlab.agents.policy_gradient import refuel
from rewardlab.core.batch import Group
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.responses import softmax, tilted


@pytest.mark.parametrize("seed", range(3))
def test_the_minimiser_is_a_soft_policy_step(seed):
    """All pairs with their chances, and futures that pay Q ± 1: noise of mean 0 does not move it."""
    rng = np.random.default_rng(seed)
    old, q, eta = softmax(rng.normal(size=5)), rng.normal(size=5), 0.8
    pairs = np.array([(i, j) for i in range(5) for j in range(5) if i != j])
    noise = np.array([(-1, -1), (-1, 1), (1, -1), (1, 1)])
    index, luck = np.repeat(pairs, 4, 0), np.tile(noise, (len(pairs), 1))
    chance = torch.tensor(old[index].prod(-1))
    fixed = torch.tensor(np.log(old)[index])[..., None]

    def loss(logp):
        group = Group(logp[index][..., None], fixed, fixed, torch.ones_like(fixed), torch.tensor(q[index] + luck))
        return (refuel(group, eta=eta) * chance).sum()

    same(np.exp(minimiser(loss, np.zeros(5))), tilted(old, q, 1 / eta), rtol=0, atol=1e-7)


def test_values_never_fall_and_the_gap_closes_like_1_over_the_rounds():
    """A dialogue of two turns and a partner who answers by chance; each round is the exact step in every state."""
    rng = np.random.default_rng(4)
    answers, pay = rng.dirichlet(np.ones(3), size=4), rng.normal(size=(4, 3, 4))  # [Y, S], [Y, S, Y]
    first, second, eta = np.full(4, 0.25), np.full((4, 3, 4), 0.25), 0.5
    best = (answers * pay.max(-1)).sum(-1).max()
    gaps = []
    for _ in range(60):
        value = (second * pay).sum(-1)
        q = (answers * value).sum(-1)
        gaps.append(best - first @ q)
        first, second = tilted(first, q, 1 / eta), tilted(second, pay, 1 / eta)
    assert (np.diff(gaps) <= 1e-12).all()
    for t, gap in enumerate(gaps[1:], 1):
        assert gap <= 2 * np.log(4) / (eta * t)  # log|Y|/(ηT) for each of two turns


def test_the_gradient_of_a_pair():
    group = random_group(4, 2)
    d = ((group.logp - group.old_logp) * group.mask).sum(-1) / 0.5 - group.reward
    residual = d[:, 0] - d[:, 1]
    expected = 2 * np.stack([residual, -residual], 1)[..., None] * group.mask / 0.5 / 4
    same(token_gradient(lambda g: refuel(g, eta=0.5), group), expected, rtol=1e-10)


def test_a_pair_and_a_step_are_needed():
    with pytest.raises(BadBatch, match="at least 2"):
        refuel(random_group(3, 1))
    with pytest.raises(BadOption, match="eta"):
        refuel(random_group(3, 2), eta=0.0)
