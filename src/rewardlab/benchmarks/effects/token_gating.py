"""Gates on program repair: a tiny transformer mends programs by calls, and calls are paid beside the outcome.

    added up:  R = outcome + Σ_t r_t        gated:  R = outcome + 1[outcome ≥ 0.5] Σ_t r_t

Each valid call pays 0.1, and 0.1 more where a shallow critic likes it: an agent that goes on looking and never submits
earns more than one that mends the program and is done.

Source: Sun, Li, Chen, Qin, Hu, "Stabilizing Long-term Multi-turn Reinforcement Learning with Gated Rewards", arXiv
2508.10548, 2025 (gated reward accumulation against direct accumulation).
"""

from functools import partial
from itertools import pairwise

from rewardlab.agents.loops.tokens.paying import Paying
from rewardlab.agents.loops.tokens.rollouts import Rollouts
from rewardlab.agents.policy_gradient import grpo
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.benchmarks.token_runs import TokenTask, WarmUps, played, trained
from rewardlab.rewards import Column, GatedAccumulation

REPAIR = TokenTask(
    "rewardlab/ProgramRepair-v0",
    options={
        "language": "stack",
        "length": 2,
        "shown": 1,
        "hidden": 4,
        "reported": True,
        "turns": 10,
        "valid_pay": 0.1,
        "liked_pay": 0.1,
    },
    demonstrations=400,
    epochs=8,
    batch_size=16,
    warm_rate=3e-3,
    turns=10,
    max_tokens=10,
    context=224,
    width=64,
    layers=2,
    groups=8,
    group_size=8,
    learning_rate=4e-4,
    passes=2,
    minibatches=2,
    iterations=45,
)
ADDED, GATED, WARM = "added up", "gated", "warm-up"
SECONDS = {WARM: 9.0, ADDED: 55.0, GATED: 55.0}


def rewards() -> dict[str, Paying | None]:
    """What each side is paid by; None is the environment's own sum."""
    calls = Column("part_valid") + Column("part_liked")
    return {ADDED: None, GATED: GatedAccumulation((Column("part_outcome"), calls), (0.5,))}


def effects() -> list[Effect]:
    """What is measured."""
    warm = WarmUps(REPAIR)
    arms = [
        Arm(side, "step size 0.0004", each(partial(measured, side=side, warm=warm)), s) for side, s in SECONDS.items()
    ]
    claims = [
        Claim("gated calls complete more often than added up", "completion", GATED, ADDED),
        Claim("gated calls complete more often than the warm-up", "completion", GATED, WARM),
        Claim("gated calls keep nine tenths of the warm-up's completion", "completion", GATED, WARM, times=0.9),
        Claim("calls that are added up fall below the warm-up", "completion", ADDED, WARM, higher=False),
        Claim("gated, dialogues that fail make fewer paid calls", "paid where it fails", GATED, ADDED, higher=False),
    ]
    about = "programs of two lines to mend by calls; 400 demonstrations, then 45 iterations of 64 dialogues with GRPO"
    return [Effect("token_gating", about, arms, claims)]


def measured(seed: int, *, side: str, warm: WarmUps, judged: int = 256) -> Measured:
    """What the side does on held-out programs after its training; the warm-up learns no more."""
    task, policy = warm.task, warm(seed)
    if side == WARM:
        return judgement(played(task, policy, judged, seed))
    curve = list[float]()
    agent, _, seconds = trained(
        task, policy, grpo, seed, reward=rewards()[side], watch=lambda a: curve.append(a.told["rollout/success_rate"])
    )
    best = max(sum(curve[k : k + 10]) / 10 for k in range(max(1, len(curve) - 9)))
    found = judgement(played(task, policy, judged, seed))
    return {**found, "best on the way": best, "entropy": agent.told["train/entropy"], "seconds": seconds}


def judgement(rollouts: Rollouts) -> Measured:
    """Of dialogues [P, 1]: completed; calls; shares of calls that cannot be read or repeat the one before; pay."""
    said = [[m["content"] for m in d if m["role"] == "agent"] for (d,) in rollouts.messages]
    heard = [m["content"] for (d,) in rollouts.messages for m in d[1:] if m["role"] == "partner"]
    calls = sum(map(len, said))
    paid = rollouts.parts["valid"] + rollouts.parts["liked"]
    failed = rollouts.success != 1
    return {
        "completion": float(rollouts.success.mean()),
        "calls": calls / len(said),
        "malformed": heard.count("no") / calls,
        "repeated": sum(a == b for s in said for a, b in pairwise(s)) / calls,
        "never submitted": sum("submit" not in s for s in said) / len(said),
        "paid where it fails": float((paid * failed).mean()),
    }
