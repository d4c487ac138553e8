"""Worlds of short answers that a tiny transformer writes, small enough that all answers are listed.

    π(y | x) of P prompts and K answers is a table [P, K];    π* = π_ref exp(R / β) / Z

A policy imitates a reference first and is then paid by somebody. Expectations, win rates and hacked gaps are sums over
the table. What an answer costs to write beyond the last token is cut, so that nothing longer than the list is said.

Source: Gao, Schulman, Hilton, "Scaling Laws for Reward Model Overoptimization", ICML 2023, Section 2 (a gold utility
and a proxy that is fitted to its comparisons).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import product
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from gymnasium import spaces

from rewardlab.agents.loops import Characters, SequenceAgent, TokenPolicy, tiny_llama, warm_up
from rewardlab.agents.policy_gradient import rloo
from rewardlab.core.batch import Transitions
from rewardlab.core.responses import expected
from rewardlab.rewards import SegmentModel, vector_items


def listed(letters: str, longest: int) -> tuple[str, ...]:
    """All texts of at most so many letters, the empty one first."""
    return tuple("".join(row) for n in range(longest + 1) for row in product(letters, repeat=n))


def counted(answers: Sequence[str], letters: str) -> np.ndarray:
    """How often each letter stands in each answer, [K, letters]."""
    return np.array([[text.count(c) for c in letters] for text in answers], dtype=np.float64)


def spelled(answers: Sequence[str], letters: str) -> np.ndarray:
    """Which letter stands at which place of each answer, ones and zeros [K, places * letters]."""
    longest = max(map(len, answers))
    out = np.zeros((len(answers), longest, len(letters)))
    for k, text in enumerate(answers):
        for t, c in enumerate(text):
            out[k, t, letters.index(c)] = 1.0
    return out.reshape(len(answers), -1)


def pairs(utility: np.ndarray, law: np.ndarray, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two answers [count, 2] by a law [K], and noisy labels [count], 1 where the first is preferred."""
    at = rng.choice(len(law), (count, 2), p=law)
    gap = utility[at] @ [1, -1]
    return at, (rng.random(count) < 1 / (1 + np.exp(-gap))) * 1.0


def scores(model: SegmentModel, features: np.ndarray) -> np.ndarray:
    """What members say of all answers, [members, K]."""
    return np.asarray(model.segment_scores(vector_items(features[:, None])).numpy()[..., 0], dtype=np.float64)


def standard(x: np.ndarray, law: np.ndarray) -> np.ndarray:
    """[..., K] with mean 0 and deviation 1 under a law [K]."""
    mean = expected(law, x)[..., None]
    return np.asarray((x - mean) / np.sqrt(expected(law, (x - mean) ** 2)[..., None]))


def told(shape: tuple[int, ...], **info: np.ndarray) -> Transitions:
    """Answers as steps of which only columns are known."""
    zero, no = np.zeros(shape), np.zeros(shape, dtype=bool)
    return Transitions(zero, zero, zero, zero, ~no, no, info)


@dataclass(frozen=True)
class World:
    """Prompts and the answers that count.

    Attributes:
        prompts: P texts.
        answers: K texts.
    """

    prompts: tuple[str, ...]
    answers: tuple[str, ...]

    @cached_property
    def charset(self) -> str:
        """All characters that are read or written."""
        return "".join(sorted(set("".join(self.prompts + self.answers))))

    @cached_property
    def longest(self) -> int:
        """Of the answers, in tokens."""
        return max(map(len, self.answers))

    @cached_property
    def places(self) -> dict[str, int]:
        """Answer -> its column."""
        return {text: k for k, text in enumerate(self.answers)}

    def policy(self, seed: int, width: int = 32) -> TokenPolicy:
        """A tiny transformer with random weights."""
        torch.set_num_threads(1)
        vocabulary = Characters(self.charset)
        context = max(map(len, self.prompts)) + self.longest + 6
        model = tiny_llama(vocabulary, width=width, layers=2, heads=2, context=context, seed=seed)
        return TokenPolicy(model, vocabulary)

    def imitate(
        self, policy: TokenPolicy, asked: Sequence[str], said: Sequence[str], *, seed: int, epochs: int = 3
    ) -> None:
        """Learn to say these answers to these prompts."""
        shown = [
            [{"role": "partner", "content": p}, {"role": "agent", "content": a}]
            for p, a in zip(asked, said, strict=True)
        ]
        warm_up(policy, shown, epochs=epochs, learning_rate=3e-3, batch_size=64, seed=seed)

    def beginner(self, reference: np.ndarray, seed: int, *, shown: int = 4000, width: int = 32) -> TokenPolicy:
        """A policy that has imitated draws of a reference [P, K]."""
        rng, policy = np.random.default_rng([seed, 201]), self.policy(seed, width)
        prompt = np.arange(shown) % len(self.prompts)
        answer = drawn(reference[prompt], rng)
        self.imitate(policy, [self.prompts[p] for p in prompt], [self.answers[k] for k in answer], seed=seed)
        return policy

    def says(self, policy: TokenPolicy, asked: Sequence[str], seed: int) -> list[str]:
        """A sampled answer to each prompt."""
        v = policy.vocabulary
        contexts = [[*v.opening(), *v.message("partner", p), *v.begin()] for p in asked]
        seeds = [(seed << 24) + k for k in range(len(asked))]
        made = policy.generate(contexts, max_tokens=self.longest, seeds=seeds)
        return [v.decode(tokens) for tokens, _ in made.rows()]

    def law(self, policy: TokenPolicy, asked: slice = slice(None)) -> np.ndarray:
        """π [P, K] among the answers that count, of some prompts or all."""
        v, rows, own = policy.vocabulary, [], []
        for prompt in self.prompts[asked]:
            before = [*v.opening(), *v.message("partner", prompt), *v.begin()]
            for text in self.answers:
                said = v.spoken(text)[: self.longest]
                fill = self.longest - len(said)
                rows.append(before + said + [v.pad] * fill)
                own.append([0] * len(before) + [1] * len(said) + [0] * fill)
        width = max(map(len, rows))
        tokens = torch.tensor([r + [v.pad] * (width - len(r)) for r in rows])
        mask = torch.tensor([m + [0] * (width - len(m)) for m in own])
        logp = policy.logp(tokens, mask, micro_batch=2048).double().sum(-1).numpy()
        table = np.exp(logp).reshape(-1, len(self.answers))
        return np.asarray(table / table.sum(-1, keepdims=True))


def drawn(law: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One answer [N] of each law [N, K]."""
    return np.asarray((rng.random(len(law))[:, None] > law.cumsum(-1)).sum(-1).clip(max=law.shape[-1] - 1))


@dataclass(frozen=True)
class Said:
    """What was said in an iteration.

    Attributes:
        prompt: [P, G] their places in the world.
        answer: [P, G] likewise; −1 for what is not listed.
        text: [P, G] what was said.
        logp: [P, G] under the policy that said it.
    """

    prompt: np.ndarray
    answer: np.ndarray
    text: np.ndarray
    logp: np.ndarray


Pay = Callable[[Said], np.ndarray]


def table(reward: np.ndarray) -> Pay:
    """Pays a table [P, K]; what is not listed gets one less than the least of its prompt."""
    whole = np.concatenate([reward, reward.min(-1, keepdims=True) - 1.0], -1)
    return lambda said: np.asarray(whole[said.prompt, said.answer])


class Asking(gym.Env):
    """One of some prompts; somebody else pays the answer."""

    def __init__(self, world: World, asked: Sequence[int]) -> None:
        self.world, self.asked = world, asked
        self.observation_space = spaces.Text(64, min_length=0, charset=world.charset)
        self.action_space = spaces.Text(world.longest, min_length=0, charset=world.charset)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        text = self.world.prompts[self.asked[int(np.random.default_rng(seed).integers(len(self.asked)))]]
        return text, {"reply": text}

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        return "", 0.0, True, False, {"reply": ""}


def learning(
    world: World,
    policy: TokenPolicy,
    pay: Pay,
    *,
    seed: int,
    beta: float = 0.0,
    groups: int = 1,
    size: int = 128,
    learning_rate: float = 3e-3,
    asked: Sequence[int] | None = None,
    objective: Any = None,
) -> Callable[[int], None]:
    """Goes on learning for so many iterations.

    Args:
        world: prompts and answers.
        policy: what learns.
        pay: of what was said.
        seed: of prompts and noise.
        beta: price of a nat of divergence from the policy as it is now.
        groups, size: prompts of an iteration, and answers to each.
        learning_rate: of Adam.
        asked: places of the prompts that are asked; None for all.
        objective: another than RLOO at this price.
    """
    at = {text: p for p, text in enumerate(world.prompts)}

    def reward(rollouts: Any) -> np.ndarray:
        prompt = [[at[m[0]["content"]] for m in group] for group in rollouts.messages]
        text = [[m[1]["content"] for m in group] for group in rollouts.messages]
        answer = [[world.places.get(t, -1) for t in row] for row in text]
        logp = (rollouts.old_logp * rollouts.mask).sum(-1).numpy().astype(np.float64)
        return pay(Said(np.array(prompt), np.array(answer), np.array(text, dtype=object), logp))

    agent = SequenceAgent(
        partial(Asking, world, list(range(len(world.prompts)) if asked is None else asked)),
        policy,
        objective or partial(rloo, beta=beta),
        groups=groups,
        group_size=size,
        turns=1,
        max_tokens=world.longest,
        learning_rate=learning_rate,
        reference="initial" if beta else None,
        reward=reward,
        seed=seed,
    )

    def go(iterations: int) -> None:
        agent.learn(groups * size * iterations)

    return go
