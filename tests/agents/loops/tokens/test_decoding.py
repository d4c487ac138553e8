"""Sampling: the law of the model, and rows that do not know of one another."""

import numpy as np
import pytest
import torch
import transformers
from token_worlds import LETTERS, policy

from rewardlab.agents.loops.tokens.decoding import law, left_padded, nucleus, sample
from rewardlab.agents.loops.tokens.policy import TokenPolicy
from rewardlab.agents.loops.tokens.vocabulary import Characters
from rewardlab.core.nets import seeded


def contexts(p, *texts):
    return [p.vocabulary.message("partner", t) + p.vocabulary.begin() for t in texts]


def by_hand(p, ids, count):
    """The likeliest tokens, one by one, without cache and padding."""
    ids, begin, banned = list(ids), len(ids), sorted(p.vocabulary.banned)
    with torch.no_grad():
        while len(ids) < begin + count and (len(ids) == begin or ids[-1] not in p.vocabulary.ends):
            ids.append(int(law(p.model(torch.tensor([ids])).logits[0, -1], 1, banned).argmax()))
    return ids[begin:]


def test_the_likeliest_tokens_are_those_of_the_sums():
    p = policy(seed=1)
    given = contexts(p, "a", "bcd 123", "", "hh")
    made = p.generate(given, max_tokens=9, seeds=[0] * 4, temperature=0)
    assert [row for row, _ in made.rows()] == [by_hand(p, c, 9) for c in given]


def test_a_row_does_not_depend_on_the_others():
    p = policy()
    given = contexts(p, *("abcdefgh"[: k % 8 + 1] for k in range(30)))
    seeds = list(range(100, 130))
    whole = p.generate(given, max_tokens=30, seeds=seeds).rows()
    lengths = [len(t) for t, _ in whole]
    assert min(lengths) < 15 < max(lengths)  # rows were taken out of the batch on the way
    for i in (0, 7, 29):
        ((tokens, logp),) = p.generate(given[i : i + 1], max_tokens=30, seeds=seeds[i : i + 1]).rows()
        assert tokens == whole[i][0]
        np.testing.assert_allclose(logp, whole[i][1], atol=1e-5)
    tail = p.generate([given[7] + whole[7][0][:1]], max_tokens=29, seeds=[107], drawn=[1]).rows()[0][0]
    assert whole[7][0][1:] == tail  # the noise goes on where it was


def test_equal_contexts_are_read_once():
    p = policy()
    given = contexts(p, "abc", "h", "abc", "abc", "h")
    read = []
    p.model.register_forward_pre_hook(lambda m, a, k: read.append(tuple(k["input_ids"].shape)), with_kwargs=True)
    made = p.generate(given, max_tokens=6, seeds=range(5)).rows()
    assert read[0] == (2, 6) and read[1][0] <= 5
    for i in range(5):
        assert p.generate(given[i : i + 1], max_tokens=6, seeds=[i]).rows()[0][0] == made[i][0]
    assert len({tuple(made[i][0]) for i in (0, 2, 3)}) > 1


SMALL = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
MODELS = {
    "Llama": None,
    "GPT2": {"n_embd": 32, "n_layer": 2, "n_head": 2, "bos_token_id": 0, "eos_token_id": 1},
    "Qwen2": {**SMALL, "num_key_value_heads": 2},
    "Bloom": {"hidden_size": 32, "n_layer": 2, "n_head": 2},
    "Mistral": {**SMALL, "num_key_value_heads": 2, "sliding_window": 8},
}


def model_of(name):
    """A small model of one of these architectures; with positions learned, turned, or in the attention."""
    v = Characters(LETTERS)
    if name == "Llama":
        return policy()
    config = getattr(transformers, f"{name}Config")(vocab_size=v.size, **MODELS[name])
    with seeded(0):
        return TokenPolicy(transformers.AutoModelForCausalLM.from_config(config), v)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize("name", MODELS)
def test_what_was_read_before_is_not_read_again(name, temperature):
    """Five turns of ragged rows, of which others act each time; in one a token is changed, in one the begin cut."""
    p, draw = model_of(name), np.random.default_rng(0)
    given = contexts(p, "abcdefgh" * 3, "a", "bcd", "bcd", "", "12 34")
    read, widths, reused = [None] * 6, list[int](), 0
    p.model.register_forward_pre_hook(lambda m, a, k: widths.append(k["input_ids"].shape[1]), with_kwargs=True)
    for turn in range(5):
        who = [i for i in range(6) if turn in (0, 4) or draw.random() < 0.7]
        asked = {"max_tokens": 6, "temperature": temperature, "seeds": who, "drawn": [6 * turn] * len(who)}
        now = [given[i] for i in who]
        anew, begin = p.generate(now, **asked), len(widths)
        assert anew.read == [None] * len(who)
        before = [read[i] for i in who]
        made = p.generate(now, **asked, read=before)
        assert torch.equal(made.tokens, anew.tokens) and torch.equal(made.mask, anew.mask) and before == []
        assert float((made.logp - anew.logp).abs().max()) < 1e-5
        known = [0 if read[i] is None else min(read[i].common(given[i]), len(given[i]) - 1) for i in who]
        new, whole = max(len(c) - n for c, n in zip(now, known, strict=True)), max(map(len, now))
        assert widths[begin] == (new if 4 * new <= 3 * whole else whole)
        reused += name != "Mistral" and 4 * new <= 3 * whole
        for i, (said, _), kept in zip(who, made.rows(), made.read, strict=True):
            read[i] = kept
            assert (kept is None) == (name == "Mistral")  # windows hold no whole prefix: read anew
            assert kept is None or kept.ids == [*given[i], *said][: len(kept.ids)]
            assert kept is None or len(kept.ids) >= len(given[i]) + len(said) - 1
            given[i] = [*given[i], *said, *draw.integers(5, p.vocabulary.size, int(draw.integers(1, 9))).tolist()]
        if turn == 2:
            given[0] = given[0][7:]
            given[2][3] = given[2][3] % 10 + 5
    assert reused == (0 if name == "Mistral" else 3)  # not in the first turn, nor after the change


def test_samples_follow_the_law():
    """First tokens of 4000 rows against the softmax: chi-square within 4 standard deviations of its mean."""
    p = policy(seed=2)
    (ids,) = contexts(p, "abc")
    for temperature in (1.0, 3.0):
        made = p.generate([ids] * 4000, max_tokens=1, seeds=range(4000), temperature=temperature)
        with torch.no_grad():
            logp = law(p.model(torch.tensor([ids])).logits[0, -1], temperature, sorted(p.vocabulary.banned))
        expected = 4000 * logp.exp().double().numpy()
        seen = np.bincount(made.tokens[:, 0].numpy(), minlength=len(expected))
        counts = expected > 0
        chi = ((seen - expected)[counts] ** 2 / expected[counts]).sum()
        freedom = counts.sum() - 1
        assert freedom == len(LETTERS) and seen[~counts].sum() == 0 and chi < freedom + 4 * np.sqrt(2 * freedom)
        assert torch.allclose(made.logp[:, 0], logp[made.tokens[:, 0]], atol=1e-5)


def test_the_nucleus_is_the_smallest_set_that_is_likely_enough():
    logp = torch.tensor([[0.5, 0.1, 0.3, 0.1]]).log()
    kept = {p: nucleus(logp, p).isfinite()[0].tolist() for p in (0.4, 0.49, 0.6, 0.85, 1.0)}
    assert kept[0.4] == kept[0.49] == [True, False, False, False] and kept[0.6] == [True, False, True, False]
    assert kept[0.85] == [True, True, True, False] and kept[1.0] == [True] * 4
    p = policy(seed=2)
    (ids,) = contexts(p, "abc")
    one = p.generate([ids] * 50, max_tokens=1, seeds=range(50), top_p=1e-6)
    assert len(set(one.tokens[:, 0].tolist())) == 1 and float(one.logp.max()) < -0.1  # of the whole law


def test_padding_and_ends():
    ids, mask = left_padded([[1, 2, 3], [4]], 9, None)
    assert ids.tolist() == [[1, 2, 3], [9, 9, 4]] and mask.tolist() == [[1, 1, 1], [0, 0, 1]]
    p = policy()
    given = contexts(p, "a", "b")
    key, place = torch.tensor([1, 2]), torch.zeros(2, dtype=torch.int64)
    every = set(range(p.vocabulary.size))
    made = sample(p.model, given, max_tokens=5, key=key, place=place, pad=0, ends=every)
    assert made.tokens.shape == (2, 1) and bool(made.mask.all())  # every token ends
    never = sample(p.model, given, max_tokens=5, key=key, place=place, pad=0, ends=())
    assert never.tokens.shape == (2, 5) and bool(never.mask.all())
