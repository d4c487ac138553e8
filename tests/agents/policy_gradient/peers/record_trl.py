"""Records what TRL's own loss code makes of a random batch: `python record_trl.py > trl.json`.

Needs trl 1.16.0 with torch 2.13.0. The losses are called unbound, on an object that has only the attributes which they
read; log-probabilities come from a table in the place of a model. Advantages are handed over, as TRL computes them
while it samples: rewards are already centred and of spread 1, so that every normalisation leaves them as they are.
"""

import importlib.metadata
import json
import platform
from collections import defaultdict
from types import SimpleNamespace

import numpy as np
import torch
from trl import GRPOTrainer, RLOOTrainer

P, G, T, LONGEST = 3, 4, 6, 8


def inputs():
    """logp, old, ref [P, G, T], mask and rewards of mean 0 and population deviation 1 in each group."""
    rng = np.random.default_rng(7)
    logp = -rng.gamma(2.0, 0.5, (P, G, T))
    old, ref = logp + 0.25 * rng.normal(size=logp.shape), logp + 0.3 * rng.normal(size=logp.shape)
    mask = (np.arange(T) < rng.integers(1, T + 1, (P, G, 1))).astype(np.float64)
    reward = rng.normal(size=(P, G))
    reward = (reward - reward.mean(-1, keepdims=True)) / reward.std(-1, keepdims=True)
    return {"logp": logp, "old_logp": old, "ref_logp": ref, "mask": mask, "reward": reward}


def trainer(logp, **settings):
    """What the losses read of a trainer that is in its first epoch, on one process, without accumulation."""
    same = SimpleNamespace(num_processes=1, gather=lambda x: x, reduce=lambda x, reduction: x)
    same.gather_for_metrics = same.gather
    args = SimpleNamespace(use_bias_correction_kl=False, delta=settings.pop("delta", None), steps_per_generation=1)
    return SimpleNamespace(
        _get_per_token_logps_and_entropies=lambda *_, **__: (logp, torch.zeros_like(logp), None),
        _metrics={"train": defaultdict(list)},
        _entropy_bonus_enabled=False,
        accelerator=same,
        args=args,
        aux_loss_enabled=False,
        current_gradient_accumulation_steps=1,
        max_completion_length=LONGEST,
        model=SimpleNamespace(training=True),
        off_policy_mask_threshold=None,
        top_entropy_quantile=1.0,
        use_vllm=False,
        **settings,
    )


def record(loss_of, data, advantage, **settings):
    """The loss and its gradient [P, G, T]."""
    flat = {k: torch.tensor(v).reshape(P * G, -1) for k, v in data.items()}
    logp = flat["logp"].clone().requires_grad_()
    tokens = torch.zeros(P * G, T, dtype=torch.int64)
    batch = {
        "prompt_ids": tokens[:, :1],
        "prompt_mask": torch.ones(P * G, 1),
        "completion_ids": tokens,
        "completion_mask": flat["mask"],
        "advantages": torch.tensor(advantage).reshape(-1),
        "old_per_token_logps": flat["old_logp"],
        "old_logps": (flat["old_logp"] * flat["mask"]).sum(-1),
        "ref_per_token_logps": flat["ref_logp"],
        "num_items_in_batch": flat["mask"].sum(),
    }
    loss = loss_of(trainer(logp, **settings), None, batch)
    loss.backward()
    return {"loss": loss.item(), "grad": logp.grad.reshape(P, G, T).tolist()}


def main():
    """Prints the versions, the inputs and what was made of them."""
    data = inputs()
    r = data["reward"]
    clip = {"epsilon_low": 0.2, "epsilon_high": 0.2}
    wide = {"epsilon_low": 0.2, "epsilon_high": 0.28}
    token = {"importance_sampling_level": "token", "beta": 0.0, **clip}
    grpo = GRPOTrainer._compute_loss
    rows = {
        "grpo": record(grpo, data, r, loss_type="grpo", **token),
        "grpo_beta": record(grpo, data, r, loss_type="grpo", **{**token, "beta": 0.04}),
        "dual_clip": record(grpo, data, r, loss_type="grpo", delta=1.3, **token),
        "dr_grpo": record(grpo, data, r, loss_type="dr_grpo", **{**token, "beta": 0.04}),
        "dapo": record(grpo, data, r, loss_type="dapo", **{**token, **wide}),
        "bnpo": record(grpo, data, r, loss_type="bnpo", **token),
        "gspo": record(grpo, data, r, loss_type="grpo", **{**token, "importance_sampling_level": "sequence"}),
        "rloo": record(RLOOTrainer._compute_loss, data, r * G / (G - 1), **clip),
    }
    made_by = {name: importlib.metadata.version(name) for name in ("trl", "torch", "transformers", "numpy")}
    out = {
        "made_by": {**made_by, "python": platform.python_version()},
        "longest": LONGEST,
        "inputs": {k: v.tolist() for k, v in data.items()},
        "losses": rows,
    }
    print(json.dumps(out))


if __name__ == "__main__":
    main()
