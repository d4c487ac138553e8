"""Token policies on text tasks: what groups of answers add to a glance at the expert, on tasks that were held out.

    success = share of held-out prompts whose sampled answer is a success

Source: Shao et al., "DeepSeekMath: Pushing the Limits of Mathematical Reasoning in Open Language Models", 2024,
Section 4.1 (groups in place of a critic).
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from rewardlab.agents.policy_gradient import dr_grpo, grpo
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.benchmarks.token_runs import TokenTask, success, token_run, warmed
from rewardlab.core.batch import Group

ATTRIBUTES = TokenTask(
    "rewardlab/AttributeText-v0",
    demonstrations=32,
    epochs=1,
    max_tokens=12,
    context=32,
    width=64,
    layers=2,
    groups=8,
    passes=1,
    minibatches=1,
    seconds=30.0,
)
SIDES: tuple[tuple[str, Callable[[Group], Any] | None], ...] = (
    ("warm-up", None),
    ("GRPO", grpo),
    ("Dr. GRPO", dr_grpo),
)


def effects() -> list[Effect]:
    """What is measured."""
    arms = [
        Arm(side, "step size 0.001", each(partial(measured, task=ATTRIBUTES, objective=o)), 2.0 if o is None else 35.0)
        for side, o in SIDES
    ]
    claims = [
        Claim(f"{side} succeeds more often than the warm-up", "success", side, "warm-up")
        for side, o in SIDES
        if o is not None
    ]
    about = "words to a prompt whose worth is hidden; 32 demonstrations, then 30 s of groups of eight"
    return [Effect("token_attribute_text", about, arms, claims)]


def measured(seed: int, *, task: TokenTask, objective: Callable[[Group], Any] | None, judged: int = 256) -> Measured:
    """Success on held-out prompts, after the warm-up alone where there is no objective."""
    if objective is None:
        return {"success": success(task, warmed(task, seed), judged, seed)}
    run = token_run(task, objective, seed, judged=judged)
    return {"success": run.after, "before": run.before, "entropy": run.entropy, "turns": float(run.turns)}
