"""A GRPO trainer of TRL on the CPU: a tiny language model of random weights, one token a character, no downloads."""

import json
import string
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

CHARACTERS = string.digits + string.ascii_letters + string.punctuation + " \n"
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")


def tokenizer() -> Any:
    """One token a character, chat messages as Qwen3 writes them."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast
    from trl.chat_template_utils import qwen3_chat_template

    words = {c: i for i, c in enumerate([*SPECIAL, *CHARACTERS])}
    plain = Tokenizer(models.WordLevel(words, unk_token=SPECIAL[0]))
    plain.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    plain.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(
        tokenizer_object=plain,
        pad_token=SPECIAL[0],
        eos_token=SPECIAL[2],
        unk_token=SPECIAL[0],
        additional_special_tokens=[SPECIAL[1]],
        chat_template=qwen3_chat_template,
        padding_side="left",
    )


def model(words: Any) -> Any:
    """A Qwen3 of one layer with random weights."""
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM

    torch.manual_seed(0)
    config = Qwen3Config(
        vocab_size=len(words),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=8,
        max_position_embeddings=8192,
        pad_token_id=words.pad_token_id,
        eos_token_id=words.eos_token_id,
    )
    return Qwen3ForCausalLM(config)


def trainer(
    folder: Path,
    rows: list[dict[str, Any]],
    *,
    completion: int,
    speak: Callable[[list[str], int], Sequence[str]] | None = None,
    **more: Any,
) -> Any:
    """A trainer of one step: 3 prompts, 2 completions each.

    Args:
        folder: for what it writes.
        rows: of the data set.
        completion: tokens, at most.
        speak: what the model says instead of what it would sample: (rendered prompts, turn from 0) -> texts.
        **more: of `GRPOTrainer`.
    """
    from datasets import Dataset
    from trl import GRPOConfig, GRPOTrainer

    words = tokenizer()
    arguments = GRPOConfig(
        output_dir=str(folder),
        per_device_train_batch_size=6,
        num_generations=2,
        max_completion_length=completion,
        max_steps=1,
        learning_rate=0.1,
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        use_cpu=True,
        bf16=False,
        seed=0,
        disable_tqdm=True,
    )
    made = GRPOTrainer(
        model=model(words),
        args=arguments,
        train_dataset=Dataset.from_list(rows),
        processing_class=words,
        **more,
    )
    if speak is not None:
        turn = [0]

        def say(prompt_ids: list[list[int]], *_: Any, **__: Any) -> tuple[list[list[int]], None]:
            said = speak([words.decode(ids) for ids in prompt_ids], turn[0])
            turn[0] += 1
            return [[*words(text)["input_ids"], words.eos_token_id] for text in said], None

        made._generate_single_turn = say
    return made


def call(name: str, **arguments: Any) -> str:
    """A call of a tool as Qwen3 writes it."""
    return f"<tool_call>\n{json.dumps({'name': name, 'arguments': arguments})}\n</tool_call>"
