"""Policies that write, paid by reactions or by features: exact laws, short runs, claims that have their sides."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.special import logsumexp

from rewardlab.agents.loops import Characters, TokenPolicy, tiny_llama
from rewardlab.benchmarks.effects import preference_people_opinions as opinions
from rewardlab.benchmarks.effects import token_waiting as tw
from rewardlab.benchmarks.effects import token_waiting_bandit as bandit
from rewardlab.benchmarks.effects import token_waiting_chains as chains
from rewardlab.benchmarks.effects import token_waiting_lengths as lengths


def test_every_claim_has_its_sides():
    for effect in tw.effects():
        sides = {arm.side for arm in effect.arms}
        assert effect.name.startswith("token_waiting_") and all({c.side, c.against} <= sides for c in effect.claims)


def test_the_law_of_a_policy_is_that_of_its_words_one_by_one():
    vocabulary = Characters("?" + tw.LETTERS)
    policy = TokenPolicy(tiny_llama(vocabulary, width=16, layers=1, heads=2, context=16), vocabulary)
    law = tw.law(policy)
    assert law.shape == (4096,) and abs(law.sum() - 1) < 1e-9
    prompt = [*vocabulary.message("partner", "?"), *vocabulary.begin()]
    chosen, logs = [5, 900, 4095], []
    for k in chosen:
        ids = torch.tensor([prompt + vocabulary.spoken(tw.WRITTEN[k])])
        with torch.no_grad():
            logits = policy.model(input_ids=ids).logits[0].double().numpy()
        said = [i for i in range(vocabulary.size) if i not in vocabulary.banned]
        places = range(len(prompt), ids.shape[1])
        logs.append(sum(logits[t - 1, int(ids[0, t])] - logsumexp(logits[t - 1, said]) for t in places))
    assert np.allclose(np.log(law[chosen]) - np.log(law[chosen[0]]), np.array(logs) - logs[0], atol=1e-4)


def test_packed_summaries_say_the_same():
    rng = np.random.default_rng(0)
    facts = opinions.reviews(50, rng)
    summary = opinions.summaries(facts, 3, rng)
    packed = tw.packed(summary)
    assert np.array_equal(np.sort(packed, -1), np.sort(summary, -1))
    assert not ((packed[..., :-1] == 0) & (packed[..., 1:] > 0)).any()
    assert np.allclose(opinions.measured(facts[:, None], packed), opinions.measured(facts[:, None], summary))


def test_a_short_run_of_each(monkeypatch):
    monkeypatch.setattr(tw.love, "fitted", lambda seed: fitted(seed, count=2000, epochs=1))
    found = tw.loving(0, weight=1.0, helpful=1.0, iterations=1, shown=64)
    assert 0 < found["love"] < 1 and 0 <= found["distance"] < 1 and found["rise"] > 0
    monkeypatch.setattr(tw, "summariser", lambda seed: tw._summariser(seed).state_dict())
    for which in (tuple(range(7)), None):
        assert np.isfinite(tw.summarising(0, count=20, which=which, iterations=1)["gold"])


fitted = tw.love.fitted


@pytest.mark.parametrize("kind", ["love", "opinions"])
def test_a_question_is_the_same_for_the_same_seed(kind):
    env = tw.Asked("?" + tw.FACTS, 8, kind)
    assert env.reset(seed=3)[0] == env.reset(seed=3)[0] and env.step("a")[1:4] == (0.0, True, False)


def test_the_evidence_is_of_these_effects():
    """What is kept was measured with the arms and claims that stand here, by five seeds each."""
    kept = json.loads((Path(tw.__file__).parents[1] / "evidence" / "effects_tokens_waiting.json").read_text())[
        "effects"
    ]
    every = [e for module in (tw, chains, lengths, bandit) for e in module.effects()]
    assert set(kept) == {e.name for e in every}
    for effect in every:
        found = kept[effect.name]
        assert found["about"] == effect.about
        assert [c["says"] for c in found["claims"]] == [c.says for c in effect.claims]
        assert [(a["side"], len(a["runs"])) for a in found["arms"]] == [(a.side, 5) for a in effect.arms]
