"""Records what TRL's own trainers make of preference losses, on random log-probabilities.

    python -m venv VENV && VENV/bin/pip install torch==2.13.0 trl==1.16.0
    VENV/bin/python tests/agents/direct_preference/peers/record_trl.py

A trainer without a model: its method for the loss gets a function in the model's place, which answers with given
log-probabilities. What comes back, and its gradient, goes to `trl.json` beside this file, with inputs and versions.
"""

import json
import platform
import warnings
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

import torch
import transformers
import trl
from trl import DPOTrainer, KTOTrainer

warnings.filterwarnings("ignore")
from trl.experimental.cpo import CPOTrainer  # noqa: E402
from trl.experimental.orpo import ORPOTrainer  # noqa: E402

PAIRS, TOKENS, BETA, SMOOTHING = 6, 7, 0.3, 0.15
DPO = {
    "sigmoid": {},
    "robust": {},
    "hinge": {},
    "ipo": {},
    "forward_kl": {"f_divergence_type": "forward_kl"},
    "js_divergence": {"f_divergence_type": "js_divergence"},
    "alpha_divergence": {"f_divergence_type": "alpha_divergence", "f_alpha_divergence_coef": 0.6},
}
CPO = ("sigmoid", "hinge", "ipo", "simpo")


def inputs():
    """Log-probabilities [PAIRS, 2, TOKENS] of policy and reference, the better response first, and a mask."""
    g = torch.Generator().manual_seed(20)
    shape = (PAIRS, 2, TOKENS)
    logp = -2.0 * torch.rand(shape, generator=g, dtype=torch.float64)
    ref = (logp + 0.5 * torch.randn(shape, generator=g, dtype=torch.float64)).clamp(max=0.0)
    length = torch.randint(1, TOKENS + 1, (PAIRS, 2, 1), generator=g)
    mismatched = torch.randn(PAIRS, generator=g, dtype=torch.float64) + 0.4
    return logp, ref, (torch.arange(TOKENS) < length).double(), mismatched


def bare(kind, **attributes):
    """A trainer that has not gone through its constructor."""
    made = object.__new__(kind)
    accelerator = SimpleNamespace(device="cpu", gather_for_metrics=lambda x: x, gather=lambda x: x)
    common = {
        "accelerator": accelerator,
        "model": SimpleNamespace(training=True),
        "aux_loss_enabled": False,
        "precompute_ref_logps": True,
        "_metrics": {"train": defaultdict(list), "eval": defaultdict(list)},
        "_total_train_tokens": 0,
        "_tp_size": 1,
        "beta": BETA,
        "label_smoothing": SMOOTHING,
    }
    made.__dict__.update(common | attributes)
    return made


def answering(log_probs):
    """What stands in the model's place: it says these log-probabilities, whatever it is asked."""

    def model(**_):
        zero = torch.zeros_like(log_probs)
        return SimpleNamespace(log_probs=log_probs, entropy=zero, mean_logits=zero, is_top1=zero > 1)

    model.training = True
    return model


def columns(mask):
    """The columns of rows [N, TOKENS] with one token of prompt before them."""
    whole = torch.cat([torch.zeros(len(mask), 1), mask], 1).long()
    return {"input_ids": torch.ones_like(whole), "attention_mask": torch.ones_like(whole), "completion_mask": whole}


def dpo(name, options, logp, ref, mask):
    """Loss and gradient of each pair."""
    kind = name if name in ("sigmoid", "robust", "hinge", "ipo") else "sigmoid"
    trainer = bare(
        DPOTrainer,
        ld_alpha=None,
        f_divergence_type=options.get("f_divergence_type", "reverse_kl"),
        f_alpha_divergence_coef=options.get("f_alpha_divergence_coef"),
        loss_types=[kind],
        loss_weights=[1.0],
        use_weighting=False,
    )
    losses, grads = [], []
    for p in range(PAIRS):
        # a table of the alpha divergence knows no doubles
        own = (logp[p] * mask[p]).to(torch.float32 if name == "alpha_divergence" else torch.float64).requires_grad_()
        sums = (ref[p] * mask[p]).sum(-1).to(own.dtype)
        given = columns(mask[p]) | {"ref_chosen_logps": sums[:1], "ref_rejected_logps": sums[1:]}
        loss = trainer._compute_loss(answering(own), given, return_outputs=False)
        loss.backward()
        losses.append(loss.item())
        grads.append((own.grad.double() * mask[p]).tolist())
    return {"loss": losses, "gradient": grads}


def kto(logp, ref, mask, mismatched):
    """Loss and gradient of a batch of single responses, of which every other is good."""
    trainer = bare(KTOTrainer, loss_type="kto", calculate_KL=True, desirable_weight=1.2, undesirable_weight=0.7)
    own = (logp[:, 0] * mask[:, 0]).requires_grad_()
    other = torch.zeros(PAIRS, TOKENS, dtype=torch.float64)
    other[:, 0] = mismatched

    def model(**given):
        return answering(other if (given["input_ids"] == 2).all() else own)()

    model.training = True
    given = columns(mask[:, 0])
    given |= {f"KL_{k}": v for k, v in given.items()}
    given["KL_input_ids"] = 2 * given["input_ids"]
    label = torch.arange(PAIRS) % 2 == 0
    given |= {
        "label": label,
        "ref_logps": (ref[:, 0] * mask[:, 0]).sum(-1),
        "ref_KL_logps": torch.zeros(PAIRS).double(),
    }
    loss = trainer._compute_loss(model, given, return_outputs=False)
    loss.backward()
    return {"loss": loss.item(), "gradient": (own.grad * mask[:, 0]).tolist(), "label": label.tolist()}


def cpo(kind, logp, mask):
    """The losses of pairs; of SimPO on likelihoods per token."""
    trainer = bare(CPOTrainer, alpha=0.0, loss_type=kind, simpo_gamma=0.5, label_smoothing=0.0)
    total = (logp * mask).sum(-1)
    total = total / mask.sum(-1) if kind == "simpo" else total
    return {"loss": trainer.cpo_loss(total[:, 0], total[:, 1])[0].tolist()}


def orpo(logp, mask):
    """What the odds ratio adds to the likelihood, of each pair."""
    mean = (logp * mask).sum(-1) / mask.sum(-1)
    return {"loss": (-bare(ORPOTrainer).odds_ratio_loss(mean[:, 0], mean[:, 1])[0]).tolist()}


def main():
    """Writes the file."""
    logp, ref, mask, mismatched = inputs()
    found = {
        "versions": {
            "trl": trl.__version__,
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "python": platform.python_version(),
        },
        "inputs": {
            "logp": logp.tolist(),
            "ref_logp": ref.tolist(),
            "mask": mask.tolist(),
            "mismatched": mismatched.tolist(),
            "beta": BETA,
            "label_smoothing": SMOOTHING,
            "simpo_gamma": 0.5,
            "kto_weights": [1.2, 0.7],
            "alpha": 0.6,
        },
        "dpo": {name: dpo(name, options, logp, ref, mask) for name, options in DPO.items()},
        "kto": kto(logp, ref, mask, mismatched),
        "cpo": {kind: cpo(kind, logp, mask) for kind in CPO},
        "orpo": orpo(logp, mask),
    }
    text = json.dumps(found, indent=None, separators=(",", ":")) + "\n"
    Path(__file__).with_name("trl.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
