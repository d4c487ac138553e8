"""Length pressure on a policy that writes: for all prompts, for those that are solved best, for none.

    P(right | easy, n) = min(n / 2, 1),    P(right | hard, n) = min(n / 8, 1),    n words of work

A tiny transformer reads which kind a prompt is, writes any number of words of work and stops. Easy prompts need two,
hard ones all eight: a pressure on all shortens what the hard ones need. It has imitated 1 to 9 words for easy prompts
and 5 to 9 for hard ones.

Source: Dai, Liu, Si, "Stable Reinforcement Learning for Efficient Reasoning", 2025, Sections 3 and 4 (GRPO-λ).
"""

from functools import partial
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from gymnasium import spaces

from rewardlab.agents.loops import Characters, SequenceAgent, TokenPolicy, tiny_llama, warm_up
from rewardlab.agents.policy_gradient import dr_grpo
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.rewards.transforms import efficient_groups

LONGEST, ALPHA = 10, 0.5
NEED = {"e": 2, "h": 8}
SIDES = (("correctness alone", 0.0), ("those solved best", 0.5), ("all prompts", 1.0))


class Work(gym.Env):
    """A prompt of one of two kinds; somebody else pays."""

    action_space = spaces.Text(LONGEST, min_length=0, charset="ehw")
    observation_space = spaces.Text(1, min_length=0, charset="ehw")

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        kind = "eh"[int(np.random.default_rng(seed).integers(2))]
        return kind, {"reply": kind}

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        return "", 0.0, True, False, {"reply": ""}


def chance(kind: str, words: int) -> float:
    """P(right) of so much work."""
    return min(words / NEED[kind], 1.0)


def measured(seed: int, *, share: float, iterations: int = 60) -> Measured:
    """Words, and the chance of being right, of each kind after learning under the pressure on a share of prompts."""
    torch.set_num_threads(1)
    rng, vocabulary = np.random.default_rng([seed, 91]), Characters("ehw")
    policy = TokenPolicy(tiny_llama(vocabulary, width=32, layers=2, heads=2, context=24, seed=seed), vocabulary)
    drawn = [("eh"[k % 2], "w" * int(rng.integers((1, 5)[k % 2], LONGEST))) for k in range(1600)]
    shown = [[{"role": "partner", "content": a}, {"role": "agent", "content": b}] for a, b in drawn]
    warm_up(policy, shown, epochs=4, learning_rate=3e-3, seed=seed)

    def pay(rollouts: Any) -> np.ndarray:
        said = [[(m[0]["content"], m[1]["content"].count("w")) for m in group] for group in rollouts.messages]
        right = np.array([[rng.random() < chance(*one) for one in row] for row in said]) * 1.0
        length = np.array([[n for _, n in row] for row in said]) * 1.0
        return np.asarray(efficient_groups(right, length, share=share, alpha=ALPHA))

    agent = SequenceAgent(
        Work,
        policy,
        dr_grpo,
        groups=8,
        group_size=16,
        turns=1,
        max_tokens=LONGEST,
        learning_rate=2e-3,
        reference=None,
        reward=pay,
        seed=seed,
    )
    agent.learn(128 * iterations)
    found = {}
    for kind, name in (("e", "easy"), ("h", "hard")):
        words = [text.count("w") for text in agent.predict([kind] * 200)[0]]
        found[f"{name}, words"] = float(np.mean(words))
        found[f"{name}, right"] = float(np.mean([chance(kind, n) for n in words]))
    return found


def effects() -> list[Effect]:
    """What is measured."""
    arms = [Arm(s, "Dr. GRPO", each(partial(measured, share=share)), 8.0) for s, share in SIDES]
    none, best, whole = (s for s, _ in SIDES)
    claims = [
        Claim("pressure on those solved best shortens easy answers", "easy, words", best, none, higher=False),
        Claim("and leaves at least 0.95 of what is right of the hard ones", "hard, right", best, none, times=0.95),
        Claim("pressure on all shortens hard answers", "hard, words", whole, none, higher=False),
        Claim("and costs hard ones more than pressure on those solved best", "hard, right", best, whole),
    ]
    about = f"easy prompts need two words of work, hard ones eight; a pressure of at most {ALPHA:g}"
    return [Effect("token_waiting_lengths", about, arms, claims)]
