"""Token policies: a causal language model and a vocabulary that sample, score, are copied and are written to files.

    π(y | x) = Π_t softmax(z_t / temperature)[y_t]

The law that samples and the law that is scored are the same to the rounding of the model, as both ban the same ids and
divide by the same temperature.

Source: Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", ICLR 2022, Section 4.1 (the optional adapters);
Ziegler et al., "Fine-Tuning Language Models from Human Preferences", 2019, Section 2 (policy and reference).
"""

import copy
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor

from rewardlab.agents.loops.tokens import decoding, noise, scoring, stored
from rewardlab.agents.loops.tokens.cache import Read
from rewardlab.agents.loops.tokens.decoding import Sampled
from rewardlab.agents.loops.tokens.scoring import Filled
from rewardlab.agents.loops.tokens.tiny import needs_transformers
from rewardlab.agents.loops.tokens.vocabulary import Vocabulary
from rewardlab.core.errors import BadOption


class TokenPolicy:
    """A causal language model that speaks with a vocabulary. Needs the extra `rewardlab[text]`.

    Args:
        model: of transformers; it is used as it is, without dropout.
        vocabulary: its `Characters`, `Words` or `ChatTokens`.
        device: where it runs; None leaves it where it is.
        lora: options of `peft.LoraConfig`, e.g. `{"r": 8, "lora_alpha": 16, "target_modules": ["q_proj", "v_proj"]}`:
            then only low-rank adapters learn. None: all weights learn.
        seed: of the adapters' first weights.
        base: name or folder of the model as it is without adapters; these are then saved alone. `pretrained` says it.

    Attributes:
        context: the most tokens that the model reads.

    Raises:
        BadOption: for a model with fewer ids than the vocabulary, or bad adapters.
    """

    def __init__(
        self,
        model: Any,
        vocabulary: Vocabulary,
        *,
        device: Any = None,
        lora: Mapping[str, Any] | None = None,
        seed: int = 0,
        base: str | None = None,
    ) -> None:
        ids = int(model.get_input_embeddings().weight.shape[0])
        if ids < vocabulary.size:
            raise BadOption(
                f"a model of {ids} ids", where="TokenPolicy", expected=f"the {vocabulary.size} of the vocabulary"
            )
        self.vocabulary, self.lora = vocabulary, None if lora is None else dict(lora)
        self.base = base if lora is not None else None
        self.context = int(getattr(model.config, "max_position_embeddings", 1 << 20))
        self.config = model.config
        if self.lora is not None:
            model = stored.adapted(model, self.lora, seed=seed)
        self.model = (model if device is None else model.to(device)).eval()
        self._banned = sorted({*vocabulary.banned, *range(vocabulary.size, ids)})
        self._without_adapters = False

    @classmethod
    def pretrained(
        cls, name: str, *, device: Any = None, lora: Mapping[str, Any] | None = None, dtype: Any = None
    ) -> Self:
        """The model and tokenizer of a name or folder, loaded by transformers; code that comes with one never runs.

        Raises:
            BadOption: without transformers.
        """
        needs_transformers(name)
        import transformers

        from rewardlab.agents.loops.tokens.chat import ChatTokens

        options = {} if dtype is None else {"dtype": dtype}
        model = transformers.AutoModelForCausalLM.from_pretrained(name, **options)
        tokenizer = transformers.AutoTokenizer.from_pretrained(name)
        return cls(model, ChatTokens(tokenizer), device=device, lora=lora, base=name)

    @property
    def device(self) -> torch.device:
        """Where it runs."""
        return next(self.model.parameters()).device

    # -- sampling and scoring ------------------------------------------------------------------------------------

    def generate(
        self,
        contexts: Sequence[Sequence[int]],
        *,
        max_tokens: int,
        seeds: Sequence[int],
        drawn: Sequence[int] | None = None,
        temperature: float = 1.0,
        top_p: float = 1.0,
        read: list[Read | None] | None = None,
    ) -> Sampled:
        """Up to `max_tokens` tokens after each context; a row's tokens do not depend on the other rows.

        Args:
            contexts: B lists of ids; what does not fit into `context - max_tokens` is cut from the left, and told.
            max_tokens: at most so many, in 1..context − 1.
            seeds: [B] of the rows' noise.
            drawn: [B] tokens that each row has drawn from its noise before; None for none.
            temperature: 0 takes the likeliest token; log-probabilities are then those of temperature 1.
            top_p: samples from the smallest set of tokens of at least this probability; `logp` stays that of the whole
                law.
            read: [B], the `Sampled.read` of the call before, with these weights, or None for rows that begin: only what
                is new in a context is read, and `Sampled.read` is for the next call. The list is emptied. None: nothing
                is kept. A token that is kept takes 2 · layers · key heads · width of a head numbers.

        Raises:
            BadOption: for values outside these ranges.
        """
        self.check(max_tokens=max_tokens, temperature=temperature, top_p=top_p)
        rows = len(contexts)
        lists = {"seeds": seeds, "drawn": seeds if drawn is None else drawn, "read": seeds if read is None else read}
        for name, given in lists.items():
            if len(given) != rows:
                raise BadOption(f"{len(given)} {name} for {rows} contexts", where="TokenPolicy", expected="one each")
        room = self.context - max_tokens
        kept = [list(c)[-room:] or [self.vocabulary.pad] for c in contexts]
        place = torch.tensor(list(drawn) if drawn is not None else [0] * rows, dtype=torch.int64, device=self.device)
        with self.adapters():
            made = decoding.sample(
                self.model,
                kept,
                max_tokens=max_tokens,
                key=noise.keys(seeds, device=self.device),
                place=place,
                pad=self.vocabulary.pad,
                ends=self.vocabulary.ends,
                banned=self._banned,
                temperature=temperature,
                top_p=top_p,
                read=read,
            )
        dropped = [max(0, len(c) - room) for c in contexts]
        return replace(made, dropped=torch.tensor(dropped, dtype=torch.int64))

    def fill(
        self,
        tokens: Tensor,
        mask: Tensor,
        window: Tensor | None = None,
        *,
        temperature: float = 1.0,
        micro_batch: int | None = None,
        recompute: bool = False,
        entropy_gradient: bool = False,
    ) -> Filled:
        """Log-probabilities with their gradient, and entropies, of the tokens that count; see `scoring.score`.

        Args:
            tokens: int64 [*lead, T], e.g. [P, G, T].
            mask: [*lead, T], not 0 on the tokens that count.
            window: int64 [*lead, T], where a row holds several contexts; a token sees its own alone.
            temperature: that of sampling.
            micro_batch: sequences that go through the model together; None for all.
            recompute: less memory for one more forward pass.
            entropy_gradient: entropies carry a gradient too.
        """
        with self.adapters():
            return scoring.score(
                self.model,
                tokens.to(self.device),
                mask.to(self.device),
                None if window is None else window.to(self.device),
                pad=self.vocabulary.pad,
                banned=self._banned,
                temperature=temperature,
                micro_batch=micro_batch,
                recompute=recompute,
                entropy_gradient=entropy_gradient,
            )

    @torch.no_grad()
    def logp(self, tokens: Tensor, mask: Tensor, window: Tensor | None = None, **options: Any) -> Tensor:
        """`fill`'s log-probabilities [*lead, T], without a gradient."""
        return self.fill(tokens, mask, window, **options).logp

    def check(self, *, max_tokens: int, temperature: float = 1.0, top_p: float = 1.0) -> None:
        """Raises BadOption for what `generate` cannot do."""
        whole = isinstance(max_tokens, int) and not isinstance(max_tokens, bool)
        if not whole or not 1 <= max_tokens < self.context:
            raise BadOption(
                f"max_tokens={max_tokens!r}", where="TokenPolicy", expected=f"1..{self.context - 1}, below the context"
            )
        if not 0 <= temperature <= 100 or not 0 < top_p <= 1:
            raise BadOption(
                f"temperature={temperature!r}, top_p={top_p!r}",
                where="TokenPolicy",
                expected="0 <= temperature <= 100 and 0 < top_p <= 1",
            )

    # -- copies and files ----------------------------------------------------------------------------------------

    def copy(self) -> Self:
        """The same policy with weights of its own."""
        made = copy.copy(self)
        made.model = copy.deepcopy(self.model)
        return made

    def reference(self) -> Self:
        """The policy as it is now, frozen; where only adapters learn, the model without them, which costs nothing."""
        if self.lora is not None:
            made = copy.copy(self)
            made._without_adapters = True
            return made
        made = self.copy()
        made.model.requires_grad_(False)
        return made

    def state_dict(self) -> dict[str, Any]:
        """All weights, or those of the adapters of a model with a `base`; as arrays."""
        return stored.weights(self)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`.

        Raises:
            BadCheckpoint: if names or shapes differ; nothing was changed.
        """
        stored.load_weights(self, state)

    def save(self, path: str | Path) -> None:
        """Write model and vocabulary to one file of JSON and safetensors; adapters without their `base`.

        Raises:
            BadStore: if it cannot be written.
        """
        stored.save(self, path)

    @classmethod
    def load(cls, path: str | Path, *, device: Any = None) -> Self:
        """The policy that `save` wrote, to the bit.

        Raises:
            BadCheckpoint: if the file is damaged, or of something else.
        """
        options, state = stored.load(path)
        made = cls(**options, device=device)
        made.load_state_dict(state)
        return made

    def adapters(self) -> AbstractContextManager[Any]:
        """A context in which the model is this policy: of a reference that shares its model, without the adapters."""
        return self.model.disable_adapter() if self._without_adapters else nullcontext()
