"""The nucleus, the masked law and the adaptive price."""

import numpy as np
import pytest
import torch
from exact_groups import same

from rewardlab.agents.policy_gradient import AdaptivePrice, nucleus, nucleus_law
from rewardlab.core.errors import BadCheckpoint, BadOption
from rewardlab.core.responses import divergence, softmax, tilted

LOGP = np.log(softmax(2 * np.random.default_rng(0).normal(size=(40, 9))))


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("of", [np.asarray, torch.as_tensor])
def test_the_nucleus_is_the_fewest_words_of_enough_chance(share, of):
    keep = np.asarray(nucleus(of(LOGP), share))
    for row, kept in zip(np.exp(LOGP), keep, strict=True):
        order = np.argsort(-row)
        number = int(np.searchsorted(np.cumsum(row[order]), share)) + 1
        assert set(np.flatnonzero(kept)) == set(order[:number])


def test_a_masked_word_has_no_chance_and_no_gradient():
    logits = torch.tensor(LOGP + 3.0, requires_grad=True)
    keep = nucleus(torch.tensor(LOGP), 0.7)
    logp = nucleus_law(logits, keep)
    assert torch.isneginf(logp[~keep]).all()
    plain = np.where(keep, np.exp(LOGP), 0)
    same(logp.exp(), plain / plain.sum(-1, keepdims=True))
    torch.where(keep, logp, torch.zeros_like(logp))[:, 0].sum().backward()
    assert (logits.grad[~keep] == 0).all() and torch.isfinite(logits.grad).all() and logits.grad.abs().max() > 0


def test_a_mask_of_all_words_changes_nothing():
    logits = torch.tensor(LOGP * 2, requires_grad=True)
    weight = torch.tensor(np.random.default_rng(1).normal(size=LOGP.shape))
    keep = nucleus(torch.tensor(LOGP), 1.0)
    assert keep.all()
    ours, plain = nucleus_law(logits, keep), torch.log_softmax(logits, -1)
    same(ours, plain, rtol=1e-14, atol=1e-14)
    grads = [torch.autograd.grad((x * weight).sum(), logits)[0] for x in (ours, plain)]
    same(*grads, atol=1e-14)


def test_the_price_brings_the_divergence_of_the_best_policy_to_the_target():
    reference, reward = softmax(np.random.default_rng(2).normal(size=20)), np.random.default_rng(3).normal(size=20)
    price, seen = AdaptivePrice(target=0.5), []
    for _ in range(800):
        kl = float(divergence(tilted(reference, reward, price.beta), reference))
        price.update(kl)
        seen.append(kl)
    assert seen[0] > 1 and np.abs(np.array(seen[-200:]) - 0.5).max() < 0.25  # within half of it


def test_one_update_is_bounded():
    for kl, expected in ((99.0, 1.02), (0.0, 0.98), (0.55, 1.01), (0.5, 1.0)):
        price = AdaptivePrice(target=0.5, beta=1.0)
        price.update(kl)
        assert price.beta == pytest.approx(expected)


def test_options_and_states():
    for share in (0.0, 1.1):
        with pytest.raises(BadOption, match="share"):
            nucleus(LOGP, share)
    for bad in ({"target": 0.0}, {"beta": 0.0}):
        with pytest.raises(BadOption, match=next(iter(bad))):
            AdaptivePrice(**bad)
    other = AdaptivePrice()
    other.load_state_dict(AdaptivePrice(beta=0.7).state_dict())
    assert other.beta == 0.7
    with pytest.raises(BadCheckpoint):
        other.load_state_dict({})
