"""What an objective adds to an update: its share of the CPU time that the model itself takes, forward and backward.

    share = (t_loss + t_gradient on the log-probabilities + t_update [+ t_entropy]) / t_model

    python -m rewardlab.benchmarks.objective_cost [--repeats 60] [--out FILE]

The model is the smallest that learns anything here, on as many tokens as an update of it has: on a larger one every
share is smaller, as an objective sees log-probabilities alone. t_entropy is what scoring takes longer where entropies
carry a gradient, for the two objectives that ask for it; it is timed on given logits, as the difference drowns in the
noise of a whole model. All are timed in turns on one thread, in CPU time.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
import tyro

from rewardlab.agents import direct_preference, nash, policy_gradient
from rewardlab.agents.loops.tokens import Characters, tiny_llama
from rewardlab.agents.loops.tokens.scoring import score
from rewardlab.benchmarks.measure import interleaved, machine
from rewardlab.core.batch import Group
from rewardlab.core.errors import BadOption
from rewardlab.core.objective import as_objective

EVIDENCE = Path(__file__).parent / "evidence" / "objective_cost.json"
GOAL = 0.05
CHARSET = "abcdefghijklmnopqrstuvwxyz 0123456789.?"
FAMILIES = {
    policy_gradient: (
        "aggrevate ahpo apo copg critique_grpo dapo direct_advantage dr_grpo empg f_dpg grpo grpo_lambda "
        "grpo_lambda_both gspo kl_cov lite_ppo lols nft oreal p3o_joint p3o_separate ppo refuel reinforce rloo "
        "stable_reinforce steer"
    ),
    direct_preference: (
        "brain cdpo cpl cream dpo dpop f_dpo hinge_dpo ipo ipo_mean itool kto lipo list_mle list_net orpo rdpo "
        "rebel rpo selm simpo slic t_reg tgdpo vpo vpo_offline"
    ),
    nash: "dno dno_practical inpo nash_md nash_mp",
}
"""Functions of a group; what has a state is made by `objectives`."""


@dataclass(frozen=True)
class ObjectiveCost:
    """Measure what objectives add.

    Args:
        repeats: turns of each; the median counts.
        prompts, responses: of a group; of preferences as many responses in pairs.
        tokens: of a response, the partner's included, which are every other turn.
        turn: tokens of a turn.
        width, layers: of the model.
        out: JSON file; by default the one that is kept with the package.

    Raises:
        BadOption: for no repeats, or fewer tokens than two turns.
    """

    repeats: int = 60
    prompts: int = 8
    responses: int = 8
    tokens: int = 96
    turn: int = 8
    width: int = 64
    layers: int = 2
    out: Path = EVIDENCE

    def __post_init__(self) -> None:
        if self.repeats < 1:
            raise BadOption(f"repeats={self.repeats!r}", where="objective_cost", expected="at least 1")
        if not 1 <= self.turn <= self.tokens // 2:
            raise BadOption(
                f"tokens={self.tokens!r}, turn={self.turn!r}", where="objective_cost", expected="at least two turns"
            )


def objectives(model: torch.nn.Module) -> dict[str, Any]:
    """Name -> a new one of every objective; those with a reference of their own hold the model's."""
    plain = {name: getattr(family, name) for family, names in FAMILIES.items() for name in names.split()}
    return plain | {
        "ClipCov": policy_gradient.ClipCov(fraction=0.002),
        "D2LOLS": policy_gradient.D2LOLS(),
        "EPO": policy_gradient.EPO(horizon=10_000),
        "RiskPO": policy_gradient.RiskPO(bundle=2),
        "SAFE": policy_gradient.SAFE(),
        "AcceleratedDPO": direct_preference.AcceleratedDPO(model, 16),
        "MEET": direct_preference.MEET([], {}, 16),
        "SPIN": direct_preference.SPIN(16),
    }


def paired(name: str) -> bool:
    """Whether an objective is tried on pairs: those of preferences, but for two that ask for a third response."""
    rows = (*FAMILIES[direct_preference].split(), *FAMILIES[nash].split(), "AcceleratedDPO", "MEET", "SPIN")
    return name in rows and name not in ("selm", "vpo")


def group(options: ObjectiveCost, *, pairs: bool = False, seed: int = 0) -> Group:
    """Unrelated numbers as a group, a little off the policy, with every column that an objective asks for."""
    rng = np.random.default_rng(seed)
    g = 2 if pairs else options.responses
    p = options.prompts * options.responses // g
    shape = (p, g, options.tokens)
    turn = np.broadcast_to(np.arange(options.tokens) // options.turn, shape)
    logp = -rng.gamma(2.0, 0.5, shape)
    found = {
        "entropy": rng.gamma(2.0, 0.5, shape),
        "advantage": rng.normal(size=shape),
        "guide_advantage": rng.normal(size=shape),
        "token_score": rng.normal(size=shape),
        "token_reward": rng.random(shape) - 0.5,
        "step_advantage": rng.normal(size=shape[:2]),
        "log_target": -rng.gamma(2.0, size=shape[:2]),
        "calibration": rng.gamma(2.0, size=shape[:2]),
        "consistency": rng.random(p),
    }
    marks = {
        "turn": turn // 2,
        "tokens": rng.integers(5, 40, shape),
        "truncated": rng.random(shape[:2]) < 0.1,
        "expert": np.arange(g) == rng.integers(0, g, (p, 1)),
        "off_policy": rng.random(shape[:2]) < 0.3,
        "mismatched": (np.arange(g) == g - 1) & np.ones((p, 1), dtype=bool),
    }

    def number(x: Any) -> torch.Tensor:
        return torch.as_tensor(np.ascontiguousarray(x), dtype=torch.float32)

    return Group(
        logp=number(logp),
        old_logp=number(logp + 0.1 * rng.normal(size=shape)),
        ref_logp=number(logp + 0.3 * rng.normal(size=shape)),
        mask=number(turn % 2),
        reward=number(rng.normal(size=shape[:2])),
        info={k: number(v) for k, v in found.items()}
        | {k: torch.as_tensor(np.ascontiguousarray(v)) for k, v in marks.items()},
    )


def update(objective: Any, given: Group) -> Callable[[], None]:
    """What an update does beside the model: the loss, its gradient on the log-probabilities, and the history."""
    made = as_objective(objective)
    entropy = bool(getattr(made, "entropy_gradient", False))

    def run() -> None:
        logp = given.logp.detach().requires_grad_()
        info = {**given.info, "entropy": given.info["entropy"].detach().requires_grad_(entropy)}
        made(replace(given, logp=logp, info=info)).mean().backward()
        with torch.no_grad():
            made.update(given)

    return run


class Logits(torch.nn.Module):
    """The end of a model alone: its logits [B, T, V] are parameters.

    Args:
        rows, tokens, size: B, T and V.
    """

    def __init__(self, rows: int, tokens: int, size: int) -> None:
        super().__init__()
        self.table = torch.nn.Parameter(torch.randn(rows, tokens, size))

    def forward(self, input_ids: torch.Tensor, use_cache: bool, logits_to_keep: int) -> Any:
        """The last of them, as models of transformers give them."""
        return SimpleNamespace(logits=self.table[:, : input_ids.shape[1]][:, -logits_to_keep:])


def scoring(model: torch.nn.Module, vocabulary: Characters, given: Group, *, entropy: bool) -> Callable[[], None]:
    """A model forward and backward on the tokens of a group, with the gradient of entropies or without."""
    tokens, banned = given.info["tokens"].reshape(-1, given.mask.shape[-1]), sorted(vocabulary.banned)
    mask = given.mask.reshape(tokens.shape)

    def run() -> None:
        model.zero_grad(set_to_none=True)
        filled = score(model, tokens, mask, pad=vocabulary.pad, banned=banned, entropy_gradient=entropy)
        ((filled.logp * mask).sum() + entropy * filled.entropy.sum()).backward()

    return run


def measured(options: ObjectiveCost) -> dict[str, Any]:
    """Milliseconds of CPU time of the model and of each objective, and the shares."""
    vocabulary = Characters(CHARSET)
    model = tiny_llama(vocabulary, width=options.width, layers=options.layers, context=options.tokens)
    ends = Logits(options.prompts * options.responses, options.tokens, vocabulary.size)
    groups = {pairs: group(options, pairs=pairs) for pairs in (False, True)}
    made = objectives(model)
    programs: dict[str, Callable[[], Any]] = {
        "model": scoring(model, vocabulary, groups[False], entropy=False),
    }
    programs |= {name: update(made[name], groups[paired(name)]) for name in made}
    cpu = {name: timing.cpu for name, timing in interleaved(programs, repeats=options.repeats).items()}
    own = cpu.pop("model")
    # apart from the rest: what runs after the model pays for the caches that it has filled
    both = {entropy: scoring(ends, vocabulary, groups[False], entropy=bool(entropy)) for entropy in ("", "entropies")}
    end = interleaved(both, repeats=options.repeats)
    extra = end["entropies"].cpu - end[""].cpu
    added = {n: t + max(0.0, extra) * bool(getattr(made[n], "entropy_gradient", False)) for n, t in cpu.items()}
    return {
        "parameters": sum(p.numel() for p in model.parameters()),
        "model, ms": 1e3 * own,
        "entropies, ms": 1e3 * extra,
        "objective, ms": {n: 1e3 * t for n, t in sorted(added.items())},
        "share": {n: t / own for n, t in sorted(added.items(), key=lambda pair: -pair[1])},
    }


def shown(found: Mapping[str, Any]) -> str:
    """The ten dearest as text."""
    head = f"model of {found['parameters']} weights: {found['model, ms']:.1f} ms; of these\n"
    rows = list(found["share"].items())
    return head + "".join(f"  {name:20}{100 * share:6.2f} %\n" for name, share in rows[:10])


def main(options: ObjectiveCost) -> int:
    """Measure, show and write; 0 if every objective reaches the goal."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        found = measured(options)
    finally:
        torch.set_num_threads(before)
    reached = {name: share <= GOAL for name, share in found["share"].items()}
    sys.stdout.write(shown(found))
    sys.stdout.write(f"{sum(reached.values())} of {len(reached)} reach the goal of {100 * GOAL:g} %\n")
    setting = {k: v for k, v in vars(options).items() if k != "out"}
    content = {
        "machine": machine(),
        "cores": os.cpu_count(),
        "setting": setting,
        "measured": found,
        "goal": GOAL,
        "reached": reached,
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0 if all(reached.values()) else 1


if __name__ == "__main__":
    sys.exit(main(tyro.cli(ObjectiveCost)))
