"""Token policies: limits, references, copies. Sampling and scoring have tests of their own."""

import pytest
import torch
from token_worlds import CHATML, LORA, equal, moved, policy, tokenizer

from rewardlab.agents.loops.tokens.chat import ChatTokens
from rewardlab.agents.loops.tokens.policy import TokenPolicy
from rewardlab.agents.loops.tokens.vocabulary import Characters
from rewardlab.core.errors import BadOption


def test_a_context_that_does_not_fit_is_cut_and_told():
    p = policy(context=20)
    long, short = list(range(5, 20)) * 4, [5, 6]
    made = p.generate([long, short, []], max_tokens=8, seeds=[1, 2, 3])
    assert made.dropped.tolist() == [60 - 12, 0, 0] and made.tokens.shape[1] <= 8
    assert made.rows()[0][0] == p.generate([long[-12:]], max_tokens=8, seeds=[1]).rows()[0][0]


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"max_tokens": 0}, "max_tokens=0"),
        ({"max_tokens": 20}, r"1\.\.19"),
        ({"max_tokens": True}, "max_tokens=True"),
        ({"temperature": -1}, "temperature=-1"),
        ({"top_p": 0}, "top_p=0"),
        ({"seeds": [1, 2]}, "2 seeds for 1"),
        ({"drawn": [1, 2]}, "2 drawn for 1"),
        ({"read": []}, "0 read for 1"),
    ],
)
def test_mistakes_are_named(options, word):
    with pytest.raises(BadOption, match=word):
        policy(context=20).generate([[5]], **{"max_tokens": 4, "seeds": [1], **options})


def test_a_model_with_too_few_ids_is_refused_and_spare_ids_are_never_said():
    p = policy()
    with pytest.raises(BadOption, match="ids"):
        TokenPolicy(p.model, Characters())
    few = TokenPolicy(p.model, Characters("ab"))
    made = few.generate([[5]] * 64, max_tokens=4, seeds=range(64))
    said = made.tokens[made.mask]
    assert int(said.max()) == 6 and not set(said.tolist()) & set(few.vocabulary.banned)
    all_of_them = torch.tensor([[5, 1], [5, 5], [5, 6]])
    assert float(few.logp(all_of_them, torch.tensor([[0, 1]] * 3))[:, 1].exp().sum()) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("lora", [None, LORA])
def test_a_reference_stays(lora):
    p = policy(lora=lora)
    tokens, mask = torch.tensor([[5, 6, 7, 8]]), torch.tensor([[0, 1, 1, 1]])
    before = p.logp(tokens, mask)
    reference, twin = p.reference(), p.copy()
    assert all(torch.equal(x.logp(tokens, mask), before) for x in (reference, twin))
    moved(p)
    assert not torch.allclose(p.logp(tokens, mask), before)
    assert torch.equal(reference.logp(tokens, mask), before) and torch.equal(twin.logp(tokens, mask), before)
    if lora is None:
        assert not any(x.requires_grad for x in reference.model.parameters())
    else:
        assert reference.model is p.model  # it costs no memory
    assert p.fill(tokens, mask).logp.requires_grad and not p.logp(tokens, mask).requires_grad
    assert equal(twin.state_dict(), policy(lora=lora).state_dict())  # adapters are seeded


def test_a_folder_of_a_model_is_read(tmp_path):
    t = tokenizer(CHATML)
    policy(vocabulary=ChatTokens(t)).model.save_pretrained(tmp_path)
    t.save_pretrained(tmp_path)
    p = TokenPolicy.pretrained(str(tmp_path), dtype=torch.float32)
    ids = p.vocabulary.message("user", "hi") + p.vocabulary.begin()
    assert p.generate([ids], max_tokens=3, seeds=[0]).tokens.shape[0] == 1
    adapted = moved(TokenPolicy.pretrained(str(tmp_path), lora=LORA))
    adapted.save(tmp_path / "adapters")
    assert adapted.base == str(tmp_path) and all("lora_" in k for k in adapted.state_dict())
    again = TokenPolicy.load(tmp_path / "adapters")
    assert equal(again.state_dict(), adapted.state_dict()) and again.base == adapted.base
    given = {"max_tokens": 3, "seeds": [0]}
    assert torch.equal(again.generate([ids], **given).logp, adapted.generate([ids], **given).logp)
