"""Policies in files: to the bit, without pickle, and refused when they are something else."""

import zipfile

import pytest
import torch
from token_worlds import CHATML, LORA, equal, moved, policy, tokenizer

from rewardlab.agents.loops.tokens.chat import ChatTokens
from rewardlab.agents.loops.tokens.policy import TokenPolicy
from rewardlab.agents.loops.tokens.vocabulary import Words
from rewardlab.core import checkpoint
from rewardlab.core.errors import BadCheckpoint, BadOption


@pytest.mark.parametrize(
    "make",
    [
        policy,
        lambda: policy(vocabulary=Words(["yes", "no", "?"])),
        lambda: policy(lora=LORA),
        lambda: policy(vocabulary=ChatTokens(tokenizer(CHATML))),
    ],
    ids=["characters", "words", "lora", "chat"],
)
def test_a_file_keeps_a_policy_to_the_bit(make, tmp_path):
    p = moved(make())
    p.save(tmp_path / "p")
    again = TokenPolicy.load(tmp_path / "p")
    assert equal(p.state_dict(), again.state_dict()) and again.lora == p.lora and again.context == p.context
    given = [[5, 6, 7], [6]]
    one, other = (x.generate(given, max_tokens=5, seeds=[1, 2]) for x in (p, again))
    assert torch.equal(one.tokens, other.tokens) and torch.equal(one.logp, other.logp)
    trained = [sum(x.requires_grad for x in m.model.parameters()) for m in (p, again)]
    assert trained[0] == trained[1]
    assert sorted(zipfile.ZipFile(tmp_path / "p").namelist()) == [
        "manifest.json",
        "meta.json",
        "tensors.safetensors",
    ]


def test_half_precision_is_kept(tmp_path):
    p = moved(policy())
    p.model.to(torch.bfloat16)
    p.save(tmp_path / "p")
    again = TokenPolicy.load(tmp_path / "p")
    assert next(again.model.parameters()).dtype == torch.bfloat16 and equal(p.state_dict(), again.state_dict())
    assert any(x.any() for x in p.state_dict().values())


def test_adapters_of_a_named_model_are_saved_alone(tmp_path):
    policy().model.save_pretrained(tmp_path / "base")
    from transformers import LlamaForCausalLM

    named = LlamaForCausalLM.from_pretrained(tmp_path / "base")
    p = moved(TokenPolicy(named, policy().vocabulary, lora=LORA, base=str(tmp_path / "base")))
    p.save(tmp_path / "p")
    _, state = checkpoint.load(tmp_path / "p", "token policy")
    assert state and all("lora_" in k for k in state)
    again = TokenPolicy.load(tmp_path / "p")
    ids = torch.tensor([[5, 6, 7]])
    with torch.no_grad():
        assert torch.equal(p.model(ids).logits, again.model(ids).logits)


def test_adapters_on_weights_that_were_learned_are_saved_with_them(tmp_path):
    """A model that came from a folder and has learned since is no longer what the folder holds."""
    policy().model.save_pretrained(tmp_path / "base")
    from transformers import LlamaForCausalLM

    learned = moved(TokenPolicy(LlamaForCausalLM.from_pretrained(tmp_path / "base"), policy().vocabulary))
    p = TokenPolicy(learned.model, learned.vocabulary, lora=LORA)
    p.save(tmp_path / "p")
    assert equal(TokenPolicy.load(tmp_path / "p").state_dict(), p.state_dict())
    assert any("lora_" not in k for k in p.state_dict())


def test_mistakes_are_named(tmp_path):
    with pytest.raises(BadOption, match="LoraConfig"):
        policy(lora={"rank": 3})
    with pytest.raises(BadOption, match="LoraConfig"):
        policy(lora={"r": 2, "target_modules": ["nowhere"]})
    checkpoint.save(tmp_path / "other", "reward", {}, {})
    with pytest.raises(BadCheckpoint, match="another kind"):
        TokenPolicy.load(tmp_path / "other")
    checkpoint.save(tmp_path / "odd", "token policy", {"config": {"model_type": "x"}, "base": None}, {})
    with pytest.raises(BadCheckpoint, match="token policy"):
        TokenPolicy.load(tmp_path / "odd")
    with pytest.raises(BadCheckpoint, match="shape"):
        policy().load_state_dict(policy(width=16).state_dict())
