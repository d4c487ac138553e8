"""Token policies in files, and low-rank adapters: JSON and safetensors, no pickle, no code of strangers."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rewardlab.agents.loops.tokens.tiny import needs_transformers
from rewardlab.agents.loops.tokens.vocabulary import restored
from rewardlab.core import checkpoint
from rewardlab.core.arrays import array
from rewardlab.core.errors import BadCheckpoint, BadOption
from rewardlab.core.nets import seeded

KIND = "token policy"


def adapted(model: Any, lora: Mapping[str, Any], *, seed: int) -> Any:
    """`model` with low-rank adapters, whose first weights come from `seed`; only these learn.

    Raises:
        BadOption: without peft, or for options that it refuses.
    """
    try:
        import peft
    except ImportError:
        raise BadOption(
            "peft is not installed", where="lora", expected="the extra", mend='pip install "rewardlab[text]"'
        ) from None
    try:
        with seeded(seed):
            return peft.get_peft_model(model, peft.LoraConfig(task_type="CAUSAL_LM", **lora))
    except (TypeError, ValueError) as e:
        raise BadOption(f"{dict(lora)!r}: {str(e)[:200]}", where="lora", expected="options of LoraConfig") from None


def weights(policy: Any) -> dict[str, np.ndarray]:
    """Parameters and buffers by name, of a model with a `base` those of the adapters alone.

    bfloat16 is written as the bits of int16.
    """
    return {k: np.array(array(_bits(x))) for k, x in _held(policy).items()}


@torch.no_grad()
def load_weights(policy: Any, state: Mapping[str, Any]) -> None:
    """Take over `weights`.

    Raises:
        BadCheckpoint: if names or shapes differ; nothing was changed.
    """
    mine = {k: _bits(x) for k, x in _held(policy).items()}
    shapes = {k: tuple(x.shape) for k, x in mine.items()}
    found = {k: tuple(np.shape(x)) for k, x in state.items()}
    if shapes != found:
        odd = sorted(k for k in shapes.keys() | found.keys() if shapes.get(k) != found.get(k))[0]
        raise BadCheckpoint(f"{odd} has shape {found.get(odd)}", where=KIND, expected=f"{shapes.get(odd)}")
    for k, x in mine.items():
        x.copy_(torch.from_numpy(np.array(state[k])))


def save(policy: Any, path: str | Path) -> None:
    """Write a policy; `checkpoint.save` says how."""
    checkpoint.save(path, KIND, described(policy), weights(policy))


def described(policy: Any) -> dict[str, Any]:
    """The making of a policy as JSON: the model's configuration, the vocabulary, the adapters."""
    return {
        "config": json.loads(policy.config.to_json_string(use_diff=False)),
        "dtype": str(next(policy.model.parameters()).dtype).removeprefix("torch."),
        "vocabulary": policy.vocabulary.state_dict(),
        "lora": policy.lora,
        "base": policy.base,
    }


def made(meta: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a `TokenPolicy` as it was described, with the first weights still to be filled in."""
    needs_transformers(KIND)
    import transformers

    if meta["base"] is not None:
        model = transformers.AutoModelForCausalLM.from_pretrained(meta["base"])
    else:
        options = dict(meta["config"])
        config = transformers.AutoConfig.for_model(options.pop("model_type"), **options)
        with seeded(0):
            model = transformers.AutoModelForCausalLM.from_config(config)
    model = model.to(getattr(torch, meta["dtype"]))
    return {"model": model, "vocabulary": restored(meta["vocabulary"]), "lora": meta["lora"], "base": meta["base"]}


def load(path: str | Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arguments of the `TokenPolicy` of a file, and its weights.

    Raises:
        BadCheckpoint: if the file is damaged, or of something else.
    """
    meta, state = checkpoint.load(path, KIND)
    try:
        return made(meta), state
    except BadOption:
        raise
    except Exception as e:  # a stranger's description may fail in any way
        raise BadCheckpoint(f"{type(e).__name__}: {str(e)[:200]}", where=str(path), expected="a token policy") from None


def _held(policy: Any) -> dict[str, Tensor]:
    state: dict[str, Tensor] = policy.model.state_dict()
    return state if policy.base is None else {k: x for k, x in state.items() if "lora_" in k}


def _bits(x: Tensor) -> Tensor:
    return x.view(torch.int16) if x.dtype == torch.bfloat16 else x
