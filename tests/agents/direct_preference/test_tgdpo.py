"""TGDPO is DPO with a price for each token."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from rewardlab.agents.direct_preference import dpo, tgdpo
from rewardlab.core.batch import Group
from rewardlab.core.responses import sigmoid

RNG = np.random.default_rng(0)
SHAPE = (4, 2, 5)
LOGP, REF, TOLD = -RNG.random(SHAPE), -RNG.random(SHAPE), RNG.random(SHAPE) - 0.5
MASK = (np.arange(5) < RNG.integers(1, 6, (4, 2, 1))).astype(float)
FIRST = np.array([1.0, -1.0])[:, None]  # the better response stands first


def group(told, kind=np.array):
    numbers = [kind(x) for x in (LOGP, REF, REF, MASK, np.tile([1.0, 0.0], (4, 1)))]
    return Group(*numbers, {"token_reward": kind(told * np.ones(SHAPE))})


def slopes(objective, told):
    given = group(told, torch.tensor)
    given.logp.requires_grad_()
    objective(given).sum().backward()
    return given.logp.grad.numpy()


def test_without_guidance_loss_and_gradient_are_those_of_dpo_to_the_bit():
    for alpha, told in ((0.0, TOLD), (0.5, 0.0)):
        np.testing.assert_array_equal(tgdpo(group(told), alpha=alpha), dpo(group(told)))
        np.testing.assert_array_equal(slopes(partial(tgdpo, alpha=alpha), told), slopes(dpo, told))


def test_the_gradient_of_a_token_is_its_price_times_that_of_the_margin():
    weight = 1 + 0.8 * FIRST * TOLD
    margin = 0.3 * (FIRST[..., 0] * ((LOGP - REF) * weight * MASK).sum(-1)).sum(-1)
    np.testing.assert_allclose(tgdpo(group(TOLD), beta=0.3, alpha=0.8), -np.log(sigmoid(margin)), rtol=1e-13)
    expected = -0.3 * sigmoid(-margin)[:, None, None] * FIRST * weight * MASK
    np.testing.assert_allclose(slopes(partial(tgdpo, beta=0.3, alpha=0.8), TOLD), expected, atol=1e-15)


def test_equal_guidance_of_all_tokens_is_another_beta_for_each_side():
    h = ((LOGP - REF) * MASK).sum(-1)
    margin = 0.1 * (1 + 0.5 * 0.4) * h[:, 0] - 0.1 * (1 - 0.5 * 0.4) * h[:, 1]
    np.testing.assert_allclose(tgdpo(group(0.4)), -np.log(sigmoid(margin)), rtol=1e-13)


@pytest.mark.parametrize(("told", "side"), [(100.0, (3.0, 0.1)), (-100.0, (0.1, 3.0))])
def test_prices_are_clipped(told, side):
    h = ((LOGP - REF) * MASK).sum(-1)
    np.testing.assert_allclose(tgdpo(group(told)), -np.log(sigmoid(0.1 * h @ (side * FIRST[:, 0]))), rtol=1e-13)


def test_guidance_of_padding_is_not_looked_at():
    spoilt = replace(group(0.0), info={"token_reward": np.where(MASK, TOLD, np.nan)})
    np.testing.assert_array_equal(tgdpo(spoilt), tgdpo(group(TOLD)))
