"""Hugging Face models on this machine as oracles: text, and vectors of text.

    next token = argmax (log p / temperature + g),    g ~ Gumbel(0, 1) per row

The noise of a row comes from the seed, its prompt and its sample alone: an answer does not depend on what else is in
the batch (up to the rounding of the model itself). With temperature 0 it is the likeliest token.

Source: Gumbel, "Statistical Theory of Extreme Values and Some Practical Applications", NBS, 1954 (the noise); Maddison,
Tarlow, Minka, "A* Sampling", NeurIPS 2014, section 2 (sampling by it).
"""

import hashlib
import importlib.util
from collections.abc import Sequence
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.core.oracle.cache import prompt_key
from rewardlab.core.oracle.kinds import Answer


class LocalModel:
    """A causal language model as an oracle. Needs the extra `rewardlab[text]`.

    Args:
        model: a model, or the name or folder of one, which transformers loads; code that comes with a model never runs.
        tokenizer: its tokenizer; None loads that of the name.
        system: instructions for prompts that bring none.
        temperature: 0 takes the likeliest token.
        max_tokens: the most tokens of one answer.
        seed: of the noise.
        batch: prompts that go through the model together.
        device: where it runs; None leaves it where it is.

    Raises:
        BadOption: for a model without its tokenizer, or settings that cannot be.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any = None,
        *,
        system: str = "",
        temperature: float = 0.0,
        max_tokens: int = 1024,
        seed: int = 0,
        batch: int = 8,
        device: str | None = None,
    ) -> None:
        if not 0 <= temperature <= 10 or max_tokens < 1 or batch < 1:
            raise BadOption(
                f"temperature {temperature!r}, max_tokens {max_tokens!r}, batch {batch!r}",
                where="LocalModel",
                expected="temperature 0 to 10, max_tokens and batch from 1",
            )
        self.name, self.model, self.tokenizer = _loaded(model, tokenizer, "AutoModelForCausalLM", device)
        self.system, self.temperature, self.max_tokens = system, temperature, max_tokens
        self.seed, self.batch = seed, batch

    def __call__(self, prompts: Sequence[str]) -> list[Answer]:
        """Prompts [B] to answers [B]."""
        given: list[Answer] = []
        for at in range(0, len(prompts), self.batch):
            given += self._answered(prompts[at : at + self.batch])
        return given

    def _answered(self, prompts: Sequence[str]) -> list[Answer]:
        import torch

        tokens, mask = _padded(self.tokenizer, [self._text(p) for p in prompts], self.model.device, special=True)
        noise = [] if self.temperature == 0 else [_Gumbel(self._noises(prompts), self.temperature)]
        ends = _ends(self.model, self.tokenizer)
        with torch.no_grad():
            out = self.model.generate(
                input_ids=tokens,
                attention_mask=mask,
                max_new_tokens=self.max_tokens,
                do_sample=False,
                num_beams=1,
                logits_processor=noise,
                pad_token_id=_pad(self.tokenizer),
                eos_token_id=sorted(ends) or None,
            )
        rows = out[:, tokens.shape[1] :].tolist()
        return [self._answer(row, int(m.sum()), ends) for row, m in zip(rows, mask, strict=True)]

    def _answer(self, row: list[int], asked: int, ends: set[int]) -> Answer:
        stop = next((i for i, t in enumerate(row) if t in ends), None)
        kept = row if stop is None else row[:stop]
        text = self.tokenizer.decode(kept, skip_special_tokens=True)
        counted = len(kept) if stop is None else stop + 1
        finish = "length" if stop is None else "stop"
        return Answer(text, author=f"model {self.name}", tokens=(asked, counted), finish=finish)

    def _text(self, prompt: str) -> str:
        system = getattr(prompt, "system", "") or self.system
        if getattr(self.tokenizer, "chat_template", None):
            messages = [{"role": "system", "content": system}] if system else []
            messages.append({"role": "user", "content": str(prompt)})
            return self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        return f"{system}\n\n{prompt}" if system else str(prompt)

    def _noises(self, prompts: Sequence[str]) -> list[np.random.Generator]:
        keys = [prompt_key(p, {"system": self.system}) for p in prompts]
        seeds = [hashlib.sha256(str(self.seed).encode() + k).digest() for k in keys]
        return [np.random.default_rng(list(np.frombuffer(s, "<u4"))) for s in seeds]


class _Gumbel:
    """A logits processor: scores / temperature + noise, so that the likeliest token is a sample."""

    def __init__(self, noises: list[np.random.Generator], temperature: float) -> None:
        self.noises, self.temperature = noises, temperature

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        import torch

        noise = np.stack([g.gumbel(size=scores.shape[1]) for g in self.noises])
        return scores.float() / self.temperature + torch.as_tensor(noise, dtype=torch.float32, device=scores.device)


class LocalEmbed:
    """An `Embed` of texts: the mean of a model's last hidden states. Needs the extra `rewardlab[text]`.

    Args:
        model: a model, or the name or folder of one.
        tokenizer: its tokenizer; None loads that of the name.
        batch: texts that go through the model together.
        device: where it runs; None leaves it where it is.
    """

    def __init__(self, model: Any, tokenizer: Any = None, *, batch: int = 32, device: str | None = None) -> None:
        if batch < 1:
            raise BadOption(f"batch {batch!r}", where="LocalEmbed", expected="1 or more")
        self.name, self.model, self.tokenizer = _loaded(model, tokenizer, "AutoModel", device)
        self.batch = batch

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """Texts [B] to vectors [B, D] float32."""
        import torch

        parts = []
        for at in range(0, len(texts), self.batch):
            part = list(texts[at : at + self.batch])
            tokens, mask = _padded(self.tokenizer, part, self.model.device, special=True)
            with torch.no_grad():
                out = self.model(input_ids=tokens, attention_mask=mask, output_hidden_states=True)
            last = out.hidden_states[-1].float()  # [B, T, D]
            weight = mask[..., None].float()
            parts.append(((last * weight).sum(1) / weight.sum(1).clamp(min=1)).cpu().numpy())
        return np.concatenate(parts) if parts else np.zeros((0, 0), np.float32)


def _loaded(model: Any, tokenizer: Any, kind: str, device: str | None) -> tuple[str, Any, Any]:
    """(name, model, tokenizer), loaded if they were names."""
    if isinstance(model, str):
        if importlib.util.find_spec("transformers") is None:
            raise BadOption(
                "transformers is not installed", where=model, expected="the extra", mend='pip install "rewardlab[text]"'
            )
        import transformers

        name = model
        tokenizer = tokenizer or transformers.AutoTokenizer.from_pretrained(name)
        model = getattr(transformers, kind).from_pretrained(name)
    else:
        name = getattr(getattr(model, "config", None), "_name_or_path", "") or type(model).__name__
    if tokenizer is None:
        raise BadOption("a model without its tokenizer", where=name, expected="tokenizer=")
    model = model.to(device) if device is not None else model
    return name, model.eval(), tokenizer


def _padded(tokenizer: Any, texts: list[str], device: Any, *, special: bool) -> tuple[Any, Any]:
    """Tokens and mask [B, T], padded at the left: answers begin in one column."""
    import torch

    rows = [tokenizer(t, add_special_tokens=special)["input_ids"] for t in texts]
    rows = [r or [_pad(tokenizer)] for r in rows]
    longest = max(len(r) for r in rows)
    tokens = [[_pad(tokenizer)] * (longest - len(r)) + r for r in rows]
    mask = [[0] * (longest - len(r)) + [1] * len(r) for r in rows]
    return torch.tensor(tokens, device=device), torch.tensor(mask, device=device)


def _pad(tokenizer: Any) -> int:
    return next((t for t in (tokenizer.pad_token_id, tokenizer.eos_token_id) if t is not None), 0)


def _ends(model: Any, tokenizer: Any) -> set[int]:
    """The tokens that end an answer: the tokenizer's, and those that the model was told."""
    told = getattr(getattr(model, "generation_config", None), "eos_token_id", None)
    told = told if isinstance(told, list) else [told]
    return {t for t in [*told, tokenizer.eos_token_id] if t is not None}
