"""The length of failures: a policy that writes gives up on hard questions where words cost.

    R = right − 0.05 n + R_len,    P(right | hard, n) = 0.3 min(n / 8, 1),    P(right | easy, n) = min(n / 2, 1)

A tiny transformer reads whether a question is hard and writes n words of work. A word of hard work brings less than it
costs, so that it pays to be wrong in no words, unless short failures are paid less.

Source: Gulhane, Indurthi, "Beyond Monolithic Rewards: A Hybrid and Multi-Aspect Reward Optimization for MLLM
Alignment", 2025 (generalised length penalty).
"""

from functools import partial

import numpy as np

from rewardlab.agents.policy_gradient import dr_grpo
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.benchmarks.effects.written import Said, World, learning
from rewardlab.core.responses import expected
from rewardlab.rewards import group_length_penalty

WORK = World(("e", "h"), tuple("w" * n for n in range(11)))
WORDS = np.arange(11)
CHANCE = np.stack([np.minimum(WORDS / 2, 1.0), 0.3 * np.minimum(WORDS / 8, 1.0)])
COST = 0.05


def lengths(seed: int, *, penalty: bool, iterations: int = 100) -> Measured:
    """The length of wrong answers to hard questions after learning, over that before, and who is right."""
    begin = np.stack([(WORDS > 0) & (WORDS < 10), (WORDS > 4) & (WORDS < 10)]) * 1.0
    policy, rng = (
        WORK.beginner(begin / begin.sum(-1, keepdims=True), seed, shown=1600),
        np.random.default_rng([seed, 232]),
    )
    before = WORK.law(policy)

    def pay(said: Said) -> np.ndarray:
        words = np.maximum(said.answer, 0)
        right = (rng.random(words.shape) < CHANCE[said.prompt, words]) & (said.answer >= 0)
        extra = group_length_penalty(right, np.maximum(words, 1)) if penalty else 0.0
        return np.asarray(right - COST * words + extra)

    learning(WORK, policy, pay, seed=seed, groups=8, size=16, learning_rate=2e-3, objective=dr_grpo)(iterations)
    after = WORK.law(policy)
    first, last = (float(expected(x * (1 - CHANCE), WORDS)[1] / (x * (1 - CHANCE))[1].sum()) for x in (before, after))
    easy, hard = expected(after, CHANCE)
    return {"ratio": last / first, "words": last, "easy": float(easy), "hard": float(hard)}


def effects() -> list[Effect]:
    """What is measured."""
    bar = Arm("bar", "a number", each(lambda seed: {"ratio": 0.9}), 0.0)
    arms = [
        Arm(s, "Dr. GRPO", each(partial(lengths, penalty=p)), 6.0)
        for s, p in (("with the penalty", True), ("without", False))
    ]
    return [
        Effect(
            "written_lengths",
            f"easy and hard questions, words of work that cost {COST:g} each; hard ones are right in 0.3 at most",
            [*arms, bar],
            [
                Claim("with the penalty failures keep nine tenths of their length", "ratio", "with the penalty", "bar"),
                Claim("without it they shrink below that", "ratio", "without", "bar", higher=False),
                Claim("with it hard questions are more often right", "hard", "with the penalty", "without"),
                Claim("and easy ones as often, but for 2 %", "easy", "with the penalty", "without", times=0.98),
            ],
        ),
    ]
