"""T-REG is DPO without token rewards; with them their likelihood is drawn, as long as the pair is not settled."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from rewardlab.agents.direct_preference import dpo, t_reg
from rewardlab.agents.direct_preference.t_reg import contrast
from rewardlab.core.batch import Group
from rewardlab.core.responses import sigmoid

RNG = np.random.default_rng(0)
SHAPE = (4, 2, 5)
LOGP, REF, TOLD = -RNG.random(SHAPE), -RNG.random(SHAPE), RNG.random(SHAPE) - 0.5
MASK = (np.arange(5) < RNG.integers(1, 6, (4, 2, 1))).astype(float)
GROUP = Group(LOGP, REF, REF, MASK, np.tile([1.0, 0.0], (4, 1)), {"token_reward": np.where(MASK, TOLD, np.nan)})


def test_the_loss_is_its_definition():
    h = ((LOGP - REF) * MASK).sum(-1)
    margin = 0.3 * (h[:, 0] - h[:, 1])
    drawn = -0.3 * (TOLD * LOGP * MASK).sum((-1, -2))  # the two sums L_reg
    expected = -np.log(sigmoid(margin)) + 0.7 * sigmoid(-margin) * drawn
    np.testing.assert_allclose(t_reg(GROUP, beta=0.3, alpha=0.7), expected, rtol=1e-12)


def test_without_token_rewards_or_their_weight_it_is_dpo():
    silent = replace(GROUP, info={"token_reward": np.zeros(SHAPE)})
    np.testing.assert_array_equal(t_reg(silent), dpo(GROUP))
    np.testing.assert_array_equal(t_reg(GROUP, alpha=0.0), dpo(GROUP))


def test_the_gradient_of_a_token_is_dpos_shifted_by_its_reward():
    logp = torch.tensor(LOGP, requires_grad=True)
    numbers = [torch.tensor(x) for x in (REF, REF, MASK, GROUP.reward)]
    group = Group(logp, *numbers, {"token_reward": torch.tensor(TOLD)})
    grad = [torch.autograd.grad(f(group).sum(), logp)[0].numpy() for f in (dpo, partial(t_reg, alpha=0.5))]
    h = ((LOGP - REF) * MASK).sum(-1)
    weight = sigmoid(-0.1 * (h[:, 0] - h[:, 1]))[:, None, None]  # takes no gradient itself
    np.testing.assert_allclose(grad[1] - grad[0], -0.5 * 0.1 * weight * TOLD * MASK, atol=1e-16)


@pytest.mark.parametrize("of", [np.asarray, torch.as_tensor])
def test_contrasts_are_odds_and_turn_with_their_sides(of):
    """A model asked for good answers puts 0.6 on a token where one asked for bad ones puts 0.2."""
    better, worse = of(np.log([0.6, 0.3, 1e-9])), of(np.log([0.2, 0.3, 1.0]))
    found = contrast(better, worse)
    np.testing.assert_allclose(found, [0.75 - 0.5, 0, -0.5], atol=1e-8)
    np.testing.assert_allclose(contrast(worse, better), -found, atol=1e-16)
    assert (abs(found) <= 0.5).all()
