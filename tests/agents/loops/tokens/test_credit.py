"""Advantages of own tokens against sums written out, and the loss of values in closed form."""

import numpy as np
import pytest
import torch

from rewardlab.agents.loops.gae import gae_of_tensors
from rewardlab.agents.loops.tokens.credit import gae, value_loss, whitened

RNG = np.random.default_rng(0)
SHAPE = (3, 2, 9)
MASK = torch.tensor(RNG.random(SHAPE) < 0.5)
MASK[0, 0] = False  # a dialogue of no own token
REWARD, VALUE = (torch.tensor(RNG.normal(size=SHAPE)) for _ in range(2))
BEYOND = torch.tensor(np.where(RNG.random(SHAPE[:2]) < 0.5, 0.0, RNG.normal(size=SHAPE[:2])))


@pytest.mark.parametrize(("gamma", "lam"), [(1.0, 0.95), (0.9, 0.5), (1.0, 1.0), (0.8, 0.0)])
def test_advantages_are_the_sums_over_later_own_tokens(gamma, lam):
    found = gae(REWARD, VALUE, BEYOND, MASK, gamma=gamma, lam=lam)
    for p, g in np.ndindex(3, 2):
        own = np.flatnonzero(MASK[p, g])
        v = [*VALUE[p, g, own].tolist(), float(BEYOND[p, g])]
        delta = [float(REWARD[p, g, t]) + gamma * v[k + 1] - v[k] for k, t in enumerate(own)]
        for k, t in enumerate(own):
            brute = sum((gamma * lam) ** (j - k) * delta[j] for j in range(k, len(own)))
            assert float(found[p, g, t]) == pytest.approx(brute, abs=1e-12)
    assert not found[~MASK].any()


def test_it_is_the_gae_of_the_deep_loops_on_packed_tokens():
    own = torch.ones(5, 4, dtype=torch.bool)  # [N, T]
    r, v = (torch.tensor(RNG.normal(size=(5, 4))) for _ in range(2))
    beyond = torch.tensor(RNG.normal(size=5))
    later = torch.cat([v[:, 1:], beyond[:, None]], 1)
    goes_on = torch.ones_like(r)
    stacked = [x.T[..., None] for x in (r, v, later, goes_on)]
    theirs = gae_of_tensors(*stacked, *torch.tensor([[0.9], [0.9 * 0.7]], dtype=torch.float64))[..., 0].T
    torch.testing.assert_close(gae(r, v, beyond, own, gamma=0.9, lam=0.7), theirs, rtol=0, atol=1e-12)


def test_without_discount_and_with_all_of_lambda_it_is_what_is_still_paid_less_the_value():
    own = MASK.double()
    paid = (REWARD * own).flip(-1).cumsum(-1).flip(-1) + BEYOND[..., None]
    found = gae(REWARD, VALUE, BEYOND, MASK, gamma=1.0, lam=1.0)
    torch.testing.assert_close(found, (paid - VALUE) * own, rtol=0, atol=1e-12)


def test_what_is_not_the_agents_is_never_looked_at():
    spoilt = [torch.where(MASK, x, torch.nan) for x in (REWARD, VALUE)]
    one = gae(REWARD, VALUE, BEYOND, MASK, gamma=0.9, lam=0.9)
    assert torch.equal(gae(*spoilt, BEYOND, MASK, gamma=0.9, lam=0.9), one)
    assert torch.equal(whitened(torch.where(MASK, REWARD, torch.inf), MASK), whitened(REWARD, MASK))
    value = torch.where(MASK, VALUE, torch.nan).requires_grad_()
    loss = value_loss(value, spoilt[1], spoilt[0], MASK, 0.2)
    loss.backward()
    assert torch.isfinite(loss) and not value.grad[~MASK].any() and torch.isfinite(value.grad).all()


def test_where_partners_speak_does_not_matter():
    """Words of the partner between two own tokens neither discount nor delay."""
    p, g = 1, 1
    at = np.flatnonzero(MASK[p, g])
    packed = [x[p, g, at] for x in (REWARD, VALUE)]
    one = gae(*packed, BEYOND[p, g], torch.ones(len(at)), gamma=0.9, lam=0.8)
    whole = gae(REWARD, VALUE, BEYOND, MASK, gamma=0.9, lam=0.8)[p, g, at]
    torch.testing.assert_close(one, whole, rtol=0, atol=1e-13)


def test_whitened_advantages_have_mean_0_and_deviation_1():
    w = whitened(REWARD, MASK)
    assert float(w[MASK].mean()) == pytest.approx(0, abs=1e-12)
    assert float(w[MASK].std(correction=0)) == pytest.approx(1, abs=1e-6)
    order = REWARD[MASK].argsort()
    assert (w[MASK][order].diff() > 0).all() and not w[~MASK].any()
    assert not whitened(torch.ones(2, 3), torch.ones(2, 3)).any()  # all alike: nothing to learn from


@pytest.mark.parametrize("clip", [None, 0.2])
def test_the_gradient_of_values_in_closed_form(clip):
    """(V − R)/n where the plain square is the larger one, (V_c − R)/n inside the clip, 0 where V is beyond it."""
    value, old, target = VALUE.clone().requires_grad_(), VALUE + 0.3 * REWARD, torch.tensor(RNG.normal(size=SHAPE))
    loss = value_loss(value, old, target, MASK, clip)
    loss.backward()
    n, v = int(MASK.sum()), VALUE
    inside = old + (v - old).clamp(-(clip or np.inf), clip or np.inf)
    plain, held = (v - target) ** 2, (inside - target) ** 2
    expected = torch.where((held > plain) & (inside != v), 0.0, (v - target) / n) * MASK
    torch.testing.assert_close(value.grad, expected, rtol=0, atol=1e-12)
    assert float(loss.detach()) == pytest.approx(float(0.5 * torch.maximum(plain, held)[MASK].mean()), abs=1e-12)
    if clip:
        assert ((held > plain) & MASK).any() and (expected[MASK] != 0).any()
