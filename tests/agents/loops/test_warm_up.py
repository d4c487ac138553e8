"""Warm-up: demonstrations are reproduced, the loss is the cross-entropy, only the agent's words are learned."""

import numpy as np
import pytest
import torch
from token_worlds import policy

from rewardlab.agents.loops.warm_up import demonstrated, warm_up
from rewardlab.core.errors import BadOption, UnknownName


def dialogue(*texts):
    return [{"role": ("user", "assistant")[i % 2], "content": t} for i, t in enumerate(texts)]


ECHOES = [dialogue(f"say {a}", a * 3, f"and {b}", b * 2) for a in "abcd" for b in "efgh"]


def test_demonstrations_are_reproduced():
    p = policy("abcdefgh nsy", context=64)
    losses = warm_up(p, ECHOES, epochs=40, batch_size=8, learning_rate=5e-3)
    assert len(losses) == 40 and losses[-1] < 0.05 < 1 < losses[0]
    v = p.vocabulary
    for a, b in (("b", "g"), ("d", "e")):
        ids = v.message("user", f"say {a}") + v.begin()
        ((said, _),) = p.generate([ids], max_tokens=8, seeds=[0], temperature=0).rows()
        assert said == v.spoken(a * 3)
        ids = ids + said + v.message("user", f"and {b}") + v.begin()
        assert p.generate([ids], max_tokens=8, seeds=[0], temperature=0).rows()[0][0] == v.spoken(b * 2)


def test_the_loss_is_the_cross_entropy_of_the_agents_tokens():
    p = policy()
    tokens, mask = demonstrated(p.vocabulary, ECHOES[:4], context=256)
    expected = -(p.logp(tokens, mask).sum() / mask.sum())
    assert warm_up(p, ECHOES[:4], epochs=1, batch_size=4, learning_rate=0)[0] == pytest.approx(
        float(expected), abs=1e-6
    )
    v = p.vocabulary
    for row, own, d in zip(tokens, mask, ECHOES, strict=False):
        whole = [i for m in d for i in v.message(m["role"], m["content"])]
        assert row[: len(whole)].tolist() == whole
        assert row[own != 0].tolist() == v.spoken(d[1]["content"]) + v.spoken(d[3]["content"])


def test_the_same_seed_is_the_same_warm_up():
    runs = []
    for seed in (1, 1, 2):
        p = policy()
        losses = warm_up(p, ECHOES, epochs=2, batch_size=5, seed=seed, micro_batch=2)
        runs.append((losses, p.model.model.embed_tokens.weight.detach().numpy().copy()))
    assert runs[0][0] == runs[1][0] != runs[2][0] and np.array_equal(runs[0][1], runs[1][1])
    before = torch.random.get_rng_state()
    warm_up(policy(), ECHOES[:2], epochs=1)
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize(
    ("given", "options", "error", "word"),
    [
        ([], {}, BadOption, "no demonstrations"),
        ([dialogue("say a")], {}, BadOption, "without an answer"),
        ([dialogue("say a", "a" * 300)], {}, BadOption, "demonstration 0 of"),
        ([dialogue("say a", "é")], {}, BadOption, "é"),
        ([[{"role": "judge", "content": "a"}]], {}, UnknownName, "judge"),
        (ECHOES, {"epochs": 0}, BadOption, "epochs=0"),
        (ECHOES, {"batch_size": 0}, BadOption, "batch_size=0"),
    ],
)
def test_mistakes_are_named(given, options, error, word):
    with pytest.raises(error, match=word):
        warm_up(policy(), given, **options)
