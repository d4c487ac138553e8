"""Exploration in the context: a policy that has imitated what UCB1 did, against UCB1, Thompson's choice and chance.

    regret = Σ_t (μ* − μ_(a_t)),    three arms, one of them pays 1 with 0.9, the others with 0.1, at a place unknown

A dialogue is one life in a bandit: the agent says a letter, the partner what it paid. No weight changes in it; whoever
plays well has learned to learn from what it reads. Traces of greedy play on the same bandits tell whether exploring was
imitated, or the habit of repeating what paid.

Source: Nie, Su, Chang, Lee, Chi, Le, Chen, "EVOLvE: Evaluating and Optimizing LLMs For In-Context Exploration", ICML
2025, Section 5 (fine-tuning on traces of an oracle); Laskin, Wang, Oh, et al., "In-Context Reinforcement Learning with
Algorithm Distillation", ICLR 2023, Section 3.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from gymnasium import spaces

from rewardlab.agents.loops import Characters, TokenPolicy, tiny_llama, warm_up
from rewardlab.agents.loops.tokens.dialogues import Play, synchronous
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each

ARMS, PULLS, HIGH, LOW = 3, 20, 0.9, 0.1
NAMES = "abc"
TRACES, LIVES = 1200, 200
Chooser = Callable[[np.ndarray, np.ndarray, int, np.random.Generator], int]
"""(pulls [3], sums [3], t, rng) -> an arm."""


def ucb(n: np.ndarray, total: np.ndarray, t: int, rng: np.random.Generator) -> int:
    """The largest mean plus √(ln t / 2n); arms that were never pulled first."""
    if (n == 0).any():
        return int(rng.choice(np.flatnonzero(n == 0)))
    return int(np.argmax(total / n + np.sqrt(np.log(t) / (2 * n)) + 1e-9 * rng.random(ARMS)))


def greedy(n: np.ndarray, total: np.ndarray, t: int, rng: np.random.Generator) -> int:
    """The largest mean; arms that were never pulled have a half."""
    return int(np.argmax(np.where(n > 0, total / np.maximum(n, 1), 0.5) + 1e-9 * rng.random(ARMS)))


def thompson(n: np.ndarray, total: np.ndarray, t: int, rng: np.random.Generator) -> int:
    """The largest draw from Beta(1 + paid, 1 + not)."""
    return int(np.argmax(rng.beta(1 + total, 1 + n - total)))


def chance(n: np.ndarray, total: np.ndarray, t: int, rng: np.random.Generator) -> int:
    """Any arm."""
    return int(rng.integers(ARMS))


class Life(gym.Env):
    """Twenty pulls, said as letters; an answer that begins with none is a wasted pull."""

    action_space = spaces.Text(2, min_length=0, charset=NAMES + "01?")
    observation_space = spaces.Text(2, min_length=0, charset=NAMES + "01?")

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        self.rng = np.random.default_rng(seed)
        self.best, self.t, self.regret, self.arms = int(self.rng.integers(ARMS)), 0, 0.0, list[int]()
        return "?", {"reply": "?"}

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        arm = NAMES.find(action[:1]) if action[:1] else -1
        mean = 0.0 if arm < 0 else HIGH if arm == self.best else LOW
        self.t, self.regret = self.t + 1, self.regret + HIGH - mean
        self.arms.append(arm)
        paid = float(self.rng.random() < mean)
        said = str(int(paid))
        return said, paid, self.t >= PULLS, False, {"reply": said}


def lived(chooser: Chooser, seed: int) -> tuple[Life, list[dict[str, str]]]:
    """One life of a chooser, and the dialogue of it."""
    env, rng = Life(), np.random.default_rng([seed, 81])
    reply, _ = env.reset(seed=seed)
    n, total, over, said = np.zeros(ARMS), np.zeros(ARMS), False, list[dict[str, str]]()
    while not over:
        arm = chooser(n, total, env.t + 1, rng)
        said += [{"role": "partner", "content": reply}, {"role": "agent", "content": NAMES[arm]}]
        reply, paid, over, _, _ = env.step(NAMES[arm])
        n[arm], total[arm] = n[arm] + 1, total[arm] + paid
    return env, said


def told(lives: list[Life]) -> Measured:
    """Mean regret, and the share of lives that never pull the best arm in their second half."""
    lost = [life.best not in life.arms[PULLS // 2 :] for life in lives]
    return {"regret": float(np.mean([life.regret for life in lives])), "lost": float(np.mean(lost))}


def scripted(seed: int, *, chooser: Chooser, lives: int = LIVES) -> Measured:
    """What a chooser itself does with the lives of judgement."""
    return told([lived(chooser, 10**6 * (seed + 1) + k)[0] for k in range(lives)])


def imitating(seed: int, *, chooser: Chooser, traces: int = TRACES, epochs: int = 8, lives: int = LIVES) -> Measured:
    """What a policy does that has imitated traces of a chooser."""
    torch.set_num_threads(1)
    vocabulary = Characters(NAMES + "01?")
    model = tiny_llama(vocabulary, width=48, layers=2, heads=4, context=6 * PULLS + 8, seed=seed)
    policy = TokenPolicy(model, vocabulary)
    shown = [lived(chooser, 10**5 * seed + k)[1] for k in range(traces)]
    warm_up(policy, shown, epochs=epochs, learning_rate=3e-3, batch_size=16, seed=seed)
    envs = [Life() for _ in range(lives)]
    seeds = [10**6 * (seed + 1) + k for k in range(lives)]
    synchronous(policy, envs, seeds, Play(turns=PULLS, max_tokens=2), seed=seed)
    return told(envs)


def effects() -> list[Effect]:
    """What is measured."""
    alone = (("UCB1", ucb), ("Thompson's choice", thompson), ("greedy play", greedy), ("chance", chance))
    arms = [Arm(s, "scripted", each(partial(scripted, chooser=c)), 2.0) for s, c in alone]
    arms += [
        Arm(f"imitated {s}", f"{TRACES} traces", each(partial(imitating, chooser=c)), 30.0)
        for s, c in (("UCB1", ucb), ("greedy play", greedy))
    ]
    learned, other = "imitated UCB1", "imitated greedy play"
    claims = [
        Claim("who imitated UCB1 has less than 0.7 of the regret of chance", "regret", learned, "chance", False, 0.7),
        Claim("and at most 1.2 of UCB1's own", "regret", learned, "UCB1", False, 1.2),
        Claim("it loses the best arm less often than who imitated greedy play", "lost", learned, other, False),
        Claim("and less often than greedy play itself", "lost", learned, "greedy play", False),
    ]
    about = f"lives of {PULLS} pulls on {ARMS} arms, told in letters and digits; nothing is learned while it plays"
    return [Effect("token_waiting_bandit", about, arms, claims)]
