"""A small Llama with random weights, for tasks of a few hundred tokens on a laptop. Needs `rewardlab[text]`.

Source: Touvron et al., "LLaMA: Open and Efficient Foundation Language Models", 2023, Section 2.2 (the architecture).
"""

import importlib.util
from typing import Any

from rewardlab.agents.loops.tokens.vocabulary import Vocabulary
from rewardlab.core.errors import BadOption


def tiny_llama(
    vocabulary: Vocabulary,
    *,
    width: int = 128,
    layers: int = 4,
    heads: int = 4,
    context: int = 512,
    seed: int = 0,
) -> Any:
    """A `transformers.LlamaForCausalLM` in float32; the same seed gives the same weights.

    Args:
        vocabulary: whose ids it reads and says.
        width: of the hidden state, a multiple of twice the number of heads.
        layers, heads: how many.
        context: the most tokens of a dialogue.
        seed: of the weights; torch's own generator stays as it was.

    Raises:
        BadOption: for sizes that cannot be, or without transformers.
    """
    sizes = {"width": width, "layers": layers, "heads": heads, "context": context}
    wrong = [f"{k}={v!r}" for k, v in sizes.items() if isinstance(v, bool) or not isinstance(v, int) or v < 1]
    if wrong or width % (2 * heads):
        raise BadOption(
            ", ".join(wrong) or f"width={width}, heads={heads}",
            where="tiny_llama",
            expected="integers of at least 1, and a width that is a multiple of 2 heads",
        )
    needs_transformers("tiny_llama")
    from transformers import LlamaConfig, LlamaForCausalLM

    from rewardlab.core.nets import seeded

    config = LlamaConfig(
        vocab_size=vocabulary.size,
        hidden_size=width,
        intermediate_size=8 * width // 3 // 8 * 8 or 8,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        max_position_embeddings=context,
        tie_word_embeddings=True,
        pad_token_id=vocabulary.pad,
        bos_token_id=None,
        eos_token_id=sorted(vocabulary.ends) or None,
    )
    with seeded(seed):
        return LlamaForCausalLM(config).eval()


def needs_transformers(where: str) -> None:
    """Raises BadOption if transformers is not installed."""
    if importlib.util.find_spec("transformers") is None:
        raise BadOption(
            "transformers is not installed", where=where, expected="the extra", mend='pip install "rewardlab[text]"'
        )
