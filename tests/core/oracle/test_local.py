"""A small random Llama over single characters: greedy and sampled answers against sums by hand."""

import numpy as np
import pytest
import torch

from rewardlab.core.errors import BadOption
from rewardlab.core.oracle import LocalEmbed, LocalModel, Prompt

LETTERS = "abcdefghijklmnopqrstuvwxyz .:\n"


@pytest.fixture(scope="module")
def tokenizer():
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = {"<pad>": 0, "<eos>": 1, "<unk>": 2} | {c: i + 3 for i, c in enumerate(LETTERS)}
    made = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), behavior="isolated")
    made.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(tokenizer_object=made, pad_token="<pad>", eos_token="<eos>", unk_token="<unk>")


@pytest.fixture(scope="module")
def model():
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(LETTERS) + 3, hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=256, pad_token_id=0, eos_token_id=1, bos_token_id=None, initializer_range=0.5,
    )  # fmt: skip
    return LlamaForCausalLM(config).eval()


def by_hand(model, tokenizer, text, length):
    """The likeliest next token, again and again, without a cache."""
    tokens = tokenizer(text)["input_ids"]
    begin = len(tokens)
    with torch.no_grad():
        while len(tokens) < begin + length and (len(tokens) == begin or tokens[-1] != 1):
            tokens.append(int(model(torch.tensor([tokens])).logits[0, -1].argmax()))
    return tokenizer.decode(tokens[begin:], skip_special_tokens=True), tokens[begin:]


def test_the_likeliest_answer_is_that_of_the_sums(model, tokenizer):
    prompts = ["a door", "the key is here. open", "x"]
    ask = LocalModel(model, tokenizer, max_tokens=12)
    given = ask(prompts)
    for prompt, answer in zip(prompts, given, strict=True):
        text, tokens = by_hand(model, tokenizer, prompt, 12)
        assert answer == text and answer.tokens == (len(prompt), len(tokens))
        assert answer.finish == ("stop" if tokens[-1] == 1 else "length") and answer.author.startswith("model ")
    assert ask([]) == [] and LocalModel(model, tokenizer, max_tokens=12, batch=1)(prompts) == given


def test_an_answer_ends_where_the_model_ends_it(model, tokenizer):
    first = by_hand(model, tokenizer, "go", 3)[1]
    kept = model.generation_config.eos_token_id
    model.generation_config.eos_token_id = [1, first[1]]
    try:
        (answer,) = LocalModel(model, tokenizer, max_tokens=9)(["go"])
    finally:
        model.generation_config.eos_token_id = kept
    assert answer == tokenizer.decode(first[:1]) and answer.finish == "stop" and answer.tokens == (2, 2)


def test_samples_follow_the_model(model, tokenizer):
    """The first token of 2000 samples against the softmax: chi-square within 4 standard deviations of its mean."""
    prompts = [Prompt("a", key=("t", "s", 0, i)) for i in range(2000)]
    given = LocalModel(model, tokenizer, temperature=2.0, max_tokens=1, batch=500)(prompts)
    with torch.no_grad():
        p = torch.softmax(model(torch.tensor([tokenizer("a")["input_ids"]])).logits[0, -1] / 2.0, -1).numpy()
    letters = np.array([(p[i + 3]) for i in range(len(LETTERS))])
    seen = np.array([sum(str(g) == c for g in given) for c in LETTERS])
    often = 2000 * letters > 5
    chi = ((seen - 2000 * letters) ** 2 / (2000 * letters))[often].sum()
    assert often.sum() >= 8 and chi < often.sum() + 4 * np.sqrt(2 * often.sum())


def test_a_sample_is_its_seed_prompt_and_candidate_and_nothing_else(model, tokenizer):
    def ask(seed=0, batch=8):
        return LocalModel(model, tokenizer, temperature=3.0, max_tokens=10, seed=seed, batch=batch)

    four = [Prompt("go on", key=("t", "s", 0, i)) for i in range(4)]
    state = torch.get_rng_state()
    given = ask()(four)
    assert torch.equal(torch.get_rng_state(), state)  # nobody else's randomness is used
    assert len(set(given)) == 4 and ask()(four) == given
    assert ask(batch=1)(["other", *reversed(four)])[1:] == given[::-1]
    assert ask(seed=1)(four) != given


def test_instructions_come_first_by_the_chat_template_if_there_is_one(model, tokenizer):
    ask = LocalModel(model, tokenizer, system="be brief", max_tokens=3)
    assert ask(["go"]) == LocalModel(model, tokenizer, max_tokens=3)(["be brief\n\ngo"])
    assert ask([Prompt("go", system="be long")]) == LocalModel(model, tokenizer, max_tokens=3)(["be long\n\ngo"])
    tokenizer.chat_template = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}me: "
    try:
        chat = ask(["go"])
    finally:
        tokenizer.chat_template = None
    assert chat == LocalModel(model, tokenizer, max_tokens=3)(["system: be brief\nuser: go\nme: "])


def test_a_vector_is_the_mean_of_the_last_states(model, tokenizer):
    texts = ["a door", "the key is here", "x"]
    got = LocalEmbed(model, tokenizer, batch=2)(texts)
    with torch.no_grad():
        for text, vector in zip(texts, got, strict=True):
            out = model(torch.tensor([tokenizer(text)["input_ids"]]), output_hidden_states=True)
            np.testing.assert_allclose(vector, out.hidden_states[-1][0].mean(0).numpy(), atol=1e-5)
    assert got.dtype == np.float32 and LocalEmbed(model, tokenizer)([]).shape == (0, 0)


def test_a_model_is_read_from_a_folder(model, tokenizer, tmp_path):
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    given = LocalModel(str(tmp_path), max_tokens=5)(["a door"])
    assert given == LocalModel(model, tokenizer, max_tokens=5)(["a door"])
    assert given[0].author == f"model {tmp_path}"


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"tokenizer": None}, "without its tokenizer"),
        ({"temperature": -1.0}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"batch": 0}, "batch"),
    ],
)
def test_settings_that_cannot_be(model, tokenizer, options, match):
    with pytest.raises(BadOption, match=match):
        LocalModel(model, **{"tokenizer": tokenizer, **options})


def test_without_the_extra_the_command_is_told(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(BadOption, match=r"rewardlab\[text\]"):
        LocalModel("some/model")
    with pytest.raises(BadOption, match="batch"):
        LocalEmbed("some/model", batch=0)
