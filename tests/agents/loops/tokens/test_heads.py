"""Heads: what is read after a token depends on what stands before it in its window, and on nothing else."""

import pytest
import torch
from token_worlds import LORA, equal, moved, played, policy

from rewardlab.agents.loops.tokens.heads import Heads
from rewardlab.core.errors import BadCheckpoint, BadOption


def heads(**options):
    return Heads(policy(), **{"outputs": 2, "scale": 0.3, "seed": 4, **options})


def test_it_is_the_head_of_the_hidden_state_after_a_token():
    h, r = heads(), played()
    at = r.window >= 0
    found = h(r.tokens, at, r.window)
    for p, g in ((0, 0), (2, 1)):
        n = int(at[p, g].sum())
        out = h.trunk.model(input_ids=r.tokens[p, g, None, :n], output_hidden_states=True)
        torch.testing.assert_close(found[p, g, :n], h.head(out.hidden_states[-1])[0], rtol=0, atol=1e-5)
    assert found.shape == (*r.tokens.shape, 2) and not found[~at].any()


@pytest.mark.parametrize("options", [{"micro_batch": 1}, {"micro_batch": 4}, {"micro_batch": 2, "recompute": True}])
def test_neither_batches_nor_later_tokens_matter(options):
    h, r = heads(), played()
    at = torch.zeros_like(r.mask)
    at[..., 3] = 1
    one = h(r.tokens, at, r.window)
    changed = r.tokens.clone()
    changed[..., 4:] = 7
    torch.testing.assert_close(h(changed, at, r.window, **options), one, rtol=0, atol=1e-5)
    window = torch.zeros_like(r.window)
    window[..., 2:] = 1  # tokens 0 and 1 are out of sight now
    torch.testing.assert_close(
        h(r.tokens, at, window)[..., 3, :], h(r.tokens[..., 2:], at[..., 2:])[..., 1, :], rtol=0, atol=1e-5
    )


def test_who_learns():
    r = played()
    for learns in (True, False):
        h = heads(learns=learns)
        h(r.tokens, r.mask, r.window).square().sum().backward()
        assert h.head.weight.grad.abs().max() > 0
        moved = [p for p in h.trunk.model.parameters() if p.grad is not None and p.grad.abs().max() > 0]
        assert bool(moved) is learns and (len(list(h.parameters())) > 2) is learns


def test_a_trunk_without_its_adapters_is_read_without_them():
    p, r = moved(policy(lora=LORA)), played()
    both = [Heads(t, learns=False, scale=0.3)(r.tokens, r.mask, r.window) for t in (p, p.reference())]
    plain = Heads(policy(), learns=False, scale=0.3)(r.tokens, r.mask, r.window)
    torch.testing.assert_close(both[1], plain, rtol=0, atol=1e-5)
    assert float((both[0] - plain).abs().max()) > 1e-3


def test_nothing_to_look_at_and_numbers_that_are_0_at_first():
    h, r = heads(scale=0.0), played()
    assert not h(r.tokens, torch.ones_like(r.mask), r.window).any()
    assert h(r.tokens, torch.zeros_like(r.mask), r.window).shape == (*r.tokens.shape, 2)


@pytest.mark.parametrize("lora", [None, LORA])
def test_numbers_are_taken_over_to_the_bit(lora):
    h, r = Heads(policy(lora=lora), 2, scale=0.3, seed=1), played()
    other = Heads(policy(seed=3, lora=lora), 2, scale=0.3, seed=2)
    other.take(h.numbers())
    assert equal(h.numbers(), other.numbers())
    assert torch.equal(h(r.tokens, r.mask, r.window), other(r.tokens, r.mask, r.window))
    assert Heads(policy(), learns=False).numbers()["trunk"] is None


def test_mistakes_are_named():
    with pytest.raises(BadOption, match="trunk=str"):
        Heads("gpt")
    with pytest.raises(BadCheckpoint):
        heads().take(heads(outputs=3).numbers())
