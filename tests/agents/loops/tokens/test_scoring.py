"""Scoring: the numbers of the sampler, closed forms, and gradients only where tokens count."""

import pytest
import torch
from token_worlds import LETTERS, policy

from rewardlab.agents.loops.tokens.decoding import law
from rewardlab.agents.loops.tokens.policy import TokenPolicy
from rewardlab.agents.loops.tokens.scoring import score
from rewardlab.agents.loops.tokens.vocabulary import Characters
from rewardlab.core.nets import seeded


def sampled(p, count=6, copies=1):
    """Tokens, mask and the sampler's log π [count, T]; `copies` rows begin alike."""
    texts = ["abcdefg"[: k // copies + 1] for k in range(count)]
    given = [p.vocabulary.message("partner", text) + p.vocabulary.begin() for text in texts]
    rows = p.generate(given, max_tokens=12, seeds=range(count), temperature=1.7).rows()
    longest = max(len(c) + len(t) for c, (t, _) in zip(given, rows, strict=True))
    tokens = torch.zeros((count, longest), dtype=torch.int64)
    mask, logp = torch.zeros((count, longest)), torch.zeros((count, longest))
    for i, (c, (t, lp)) in enumerate(zip(given, rows, strict=True)):
        own = slice(len(c), len(c) + len(t))
        tokens[i, : own.stop], mask[i, own], logp[i, own] = torch.tensor(c + t), 1, torch.tensor(lp)
    return tokens, mask, logp


def test_scores_are_those_of_the_sampler_in_any_micro_batch():
    p = policy()
    tokens, mask, logp = sampled(p)
    for options in ({}, {"micro_batch": 1}, {"micro_batch": 4}, {"micro_batch": 2, "recompute": True}):
        filled = p.fill(tokens.reshape(2, 3, -1), mask.reshape(2, 3, -1), temperature=1.7, **options)
        found = filled.logp.detach().reshape(logp.shape)
        assert filled.logp.shape == (2, 3, tokens.shape[1])
        assert float((found - logp).abs().max()) < 1e-5
    assert float((p.logp(tokens, mask) - logp).abs().max()) > 0.1  # another temperature is another law


def architectures():
    """Small models of other kinds: learned positions, windows of attention, grouped heads with biases."""
    import transformers as t

    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    ids = {"vocab_size": 24, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 1}
    return {
        "gpt2": t.GPT2Config(n_embd=16, n_layer=2, n_head=2, n_positions=64, **ids),
        "mistral": t.MistralConfig(
            sliding_window=5, num_key_value_heads=1, head_dim=8, max_position_embeddings=64, **sizes, **ids
        ),
        "qwen2": t.Qwen2Config(num_key_value_heads=1, max_position_embeddings=64, **sizes, **ids),
    }


@pytest.mark.parametrize("kind", ["gpt2", "mistral", "qwen2"])
def test_models_of_other_kinds_score_what_they_sample(kind):
    from transformers import AutoModelForCausalLM

    with seeded(0):
        p = TokenPolicy(AutoModelForCausalLM.from_config(architectures()[kind]), Characters(LETTERS))
    tokens, mask, logp = sampled(p, copies=3)
    assert float((p.logp(tokens, mask, temperature=1.7) - logp).abs().max()) < 1e-5


def test_entropy_is_the_sum():
    p = policy()
    tokens, mask, _ = sampled(p)
    filled = p.fill(tokens, mask, temperature=1.7)
    with torch.no_grad():
        q = law(p.model(tokens[3:4]).logits[0], 1.7, sorted(p.vocabulary.banned)).double()
    exact = -torch.where(q.isfinite(), q.exp() * q, 0.0).sum(-1)
    own = mask[3].nonzero()[:, 0]
    assert torch.allclose(filled.entropy[3, own].double(), exact[own - 1], atol=1e-5)
    assert not filled.entropy.requires_grad and float(filled.entropy[mask == 0].abs().max()) == 0


def test_gradients_do_not_depend_on_micro_batches():
    p = policy()
    tokens, mask, _ = sampled(p)
    parameters = list(p.model.parameters())
    weight = torch.randn(mask.shape, generator=torch.Generator().manual_seed(0))
    whole = torch.autograd.grad((p.fill(tokens, mask).logp * weight).sum(), parameters)
    for options in ({"micro_batch": 2}, {"micro_batch": 2, "recompute": True}):
        parts = torch.autograd.grad((p.fill(tokens, mask, **options).logp * weight).sum(), parameters)
        assert all(torch.allclose(a, b, atol=1e-4, rtol=1e-4) for a, b in zip(whole, parts, strict=True))


class Table(torch.nn.Module):
    """A model whose logits [B, T, V] are parameters, so that each position has a gradient of its own."""

    def __init__(self, rows, length, size):
        super().__init__()
        self.logits = torch.nn.Parameter(torch.randn(rows, length, size, generator=torch.Generator().manual_seed(1)))

    def forward(self, input_ids, use_cache, logits_to_keep):
        out = self.logits[: len(input_ids), : input_ids.shape[1]][:, -logits_to_keep:]
        return type("Out", (), {"logits": out})


def test_the_gradient_is_zero_where_the_partner_spoke():
    """∂/∂z of Σ log π is one-hot − softmax before each token that counts, and exactly 0 elsewhere."""
    model, tokens = Table(2, 7, 5), torch.tensor([[1, 2, 3, 4, 0, 1, 2], [4, 3, 2, 1, 0, 4, 3]])
    mask = torch.tensor([[0, 0, 1, 1, 0, 0, 1], [0, 1, 0, 0, 0, 1, 1]])
    score(model, tokens, mask, pad=0).logp.sum().backward()
    expected = torch.zeros_like(model.logits)
    for i, t in mask.nonzero().tolist():
        z = model.logits[i, t - 1].detach()
        expected[i, t - 1] = torch.nn.functional.one_hot(tokens[i, t], 5) - z.softmax(-1)
    assert torch.allclose(model.logits.grad, expected, atol=1e-6)
    before = torch.zeros(2, 7, dtype=torch.bool)
    before[:, :-1] = mask[:, 1:] != 0
    assert bool((model.logits.grad[~before] == 0).all())


def test_entropies_carry_a_gradient_if_asked_for():
    """∂H/∂z_v = −p_v (log p_v + H) before each token that counts; 0 for ids that are banned, and elsewhere."""
    model, tokens = Table(2, 7, 5), torch.tensor([[1, 2, 3, 4, 0, 1, 2], [4, 3, 2, 1, 0, 4, 3]])
    mask = torch.tensor([[0, 0, 1, 1, 0, 0, 1], [0, 1, 0, 0, 0, 1, 1]])
    score(model, tokens, mask, pad=0, banned=[1], entropy_gradient=True).entropy.sum().backward()
    expected = torch.zeros_like(model.logits)
    for i, t in mask.nonzero().tolist():
        q = law(model.logits[i, t - 1].detach()[None], 1.0, [1])[0]
        p, q = q.exp(), q.clamp(min=-1e3)
        expected[i, t - 1] = -p * (q - (p * q).sum())
    assert torch.allclose(model.logits.grad, expected, atol=1e-6)


@pytest.mark.parametrize("options", [{"micro_batch": 2}, {"micro_batch": 2, "recompute": True}])
def test_gradients_of_entropies_do_not_depend_on_micro_batches(options):
    p = policy()
    tokens, mask, _ = sampled(p)
    parameters = list(p.model.parameters())
    whole, parts = (
        torch.autograd.grad(p.fill(tokens, mask, entropy_gradient=True, **o).entropy.sum(), parameters)
        for o in ({}, options)
    )
    assert all(torch.allclose(a, b, atol=1e-4, rtol=1e-4) for a, b in zip(whole, parts, strict=True))


def test_a_token_sees_its_own_window_alone():
    p = policy()
    a, b = [*p.vocabulary.message("partner", "abc"), 7, 8], [*p.vocabulary.message("partner", "de"), 9]
    tokens, window = torch.tensor([a + b]), torch.tensor([[0] * len(a) + [1] * len(b)])
    mask = torch.tensor([[0] * 5 + [1, 1] + [0] * 4 + [1]])
    both = p.fill(tokens, mask, window).logp[0].detach()
    alone = [p.fill(torch.tensor([x]), m).logp[0].detach() for x, m in ((a, mask[:, :7]), (b, mask[:, 7:]))]
    assert torch.allclose(both, torch.cat(alone), atol=1e-6)
    joined = p.fill(tokens, mask).logp[0].detach()
    assert float((both - joined)[-1].abs()) > 1e-4


def test_nothing_to_score():
    p = policy()
    filled = p.fill(torch.zeros(2, 3, dtype=torch.int64), torch.zeros(2, 3))
    assert filled.logp.shape == (2, 3) and not filled.logp.any()
