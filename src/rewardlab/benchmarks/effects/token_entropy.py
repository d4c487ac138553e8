"""Entropy methods in a house of words: a tiny transformer finds a key, a door and a chest in up to eight turns.

    success = share of held-out houses,    H̄ nats per token,    swing = standard deviation of H̄ in the last half

The outcome alone pays, at the end. All sides have GRPO's advantages, equal step sizes and equally many dialogues.

Source: Wang et al., "Harnessing Uncertainty: Entropy-Modulated Policy Gradients for Long-Horizon LLM Agents", 2025,
Section 4; Xu et al., "EPO: Entropy-Regularized Policy Optimization for LLM Agents Reinforcement Learning", 2025,
Section 5; Cui et al., "The Entropy Mechanism of Reinforcement Learning for Reasoning Language Models", 2025, Section 4.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from rewardlab.agents.policy_gradient import EPO, ClipCov, empg, grpo, kl_cov
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.benchmarks.token_runs import TokenTask, WarmUps, success, trained

HOUSE = TokenTask(
    "rewardlab/TextHouse-v0",
    options={"quest": "chest", "rooms": 2, "others": 0, "turns": 8},
    demonstrations=250,
    epochs=2,
    batch_size=16,
    warm_rate=3e-3,
    turns=8,
    max_tokens=6,
    context=160,
    width=64,
    layers=2,
    groups=8,
    group_size=8,
    learning_rate=5e-4,
    passes=2,
    minibatches=2,
    iterations=60,
)
UPDATES = 60 * HOUSE.passes * HOUSE.minibatches
WARM = "warm-up"
SIDES: dict[str, Callable[[], Any] | None] = {
    WARM: None,
    "GRPO": lambda: grpo,
    "EMPG": lambda: empg,
    "EPO": lambda: EPO(horizon=UPDATES),
    "Clip-Cov": lambda: ClipCov(fraction=0.02),
    "KL-Cov": lambda: partial(kl_cov, fraction=0.02),
}
"""The shares of Clip-Cov and KL-Cov are ours: of a minibatch of some hundred tokens the papers' are none."""


def effects() -> list[Effect]:
    """What is measured."""
    warm = WarmUps(HOUSE)
    arms = [
        Arm(side, "step size 0.0005", each(partial(measured, side=side, warm=warm)), 6.0 if make is None else 30.0)
        for side, make in SIDES.items()
    ]
    claims = [
        Claim("GRPO succeeds more often than the warm-up", "success", "GRPO", WARM),
        *(
            Claim(f"{side} succeeds more often than GRPO", "success", side, "GRPO")
            for side in SIDES
            if side not in (WARM, "GRPO")
        ),
        Claim("EPO keeps the entropy steadier than GRPO", "swing", "EPO", "GRPO", higher=False),
        Claim("Clip-Cov ends with three times the entropy of GRPO", "entropy", "Clip-Cov", "GRPO", times=3.0),
        Claim("KL-Cov ends with three times the entropy of GRPO", "entropy", "KL-Cov", "GRPO", times=3.0),
    ]
    about = "a key, a door and a chest in two rooms, 8 turns; 250 demonstrations, then 60 iterations of 64 dialogues"
    return [Effect("token_entropy", about, arms, claims)]


def measured(seed: int, *, side: str, warm: WarmUps, judged: int = 256) -> Measured:
    """Success in held-out houses, and what became of the entropy on the way."""
    task, policy, make, entropies = warm.task, warm(seed), SIDES[side], list[float]()
    if make is None:
        return {"success": success(task, policy, judged, seed)}
    _, _, seconds = trained(
        task, policy, make(), seed, watch=lambda agent: entropies.append(agent.told["train/entropy"])
    )
    return {"success": success(task, policy, judged, seed), "seconds": seconds, **swings(entropies)}


def swings(entropies: list[float]) -> Measured:
    """Of the entropies of all iterations, in nats: the mean of the last five, the least, and the swing of the half."""
    last = entropies[len(entropies) // 2 :]
    return {
        "entropy": float(np.mean(entropies[-5:])),
        "least entropy": min(entropies),
        "swing": float(np.std(last)),
    }
