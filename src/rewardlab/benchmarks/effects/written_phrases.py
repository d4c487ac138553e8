"""Phrases that make up for misjudged answers, paid to a policy that writes.

    R = score + 0.1 RPR 1[score < 0.5],    score a model of sixty judged answers, RPR the share of four markers

A chain of thought is "t3b5": a marker, the sum of two digits, a marker, the sum of three; the last character counts. A
tiny transformer has read chains, which are mostly right, and guesses.

Source: Lv, Xie, Sun, Kang, Yan, "The Climb Carves Wisdom Deeper Than the Summit: On the Noisy Rewards in Learning to
Reason", 2025.
"""

from dataclasses import replace
from functools import cache, partial
from itertools import product
from typing import Any

import numpy as np

from rewardlab.agents.loops import TokenPolicy
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.benchmarks.effects.written import Said, World, learning, scores, spelled, told
from rewardlab.rewards import Column, Compensated, PhraseReward, VerifyRM, vector_items

MARKERS, SIGNS = ("t", "b", "k", "v"), "0123456tbkv"
CHAINS = World(tuple("".join(p) for p in product("012", repeat=3)), ("t0b0kv", "1", "2", "3456"))


def right(asked: str, said: str) -> bool:
    """The last character is the sum."""
    return said[-1:] == str(sum(map(int, asked)))


def shown(count: int, rng: np.random.Generator) -> tuple[list[str], list[str]]:
    """Questions and answers: a third think and are right in nine of ten, the others guess; markers stray in."""
    asked, said = [CHAINS.prompts[k % len(CHAINS.prompts)] for k in range(count)], []
    for a in asked:
        digits = [int(c) for c in a]
        thinks = rng.random() < 1 / 3
        total = sum(digits) if rng.random() < (0.9 if thinks else 0.3) else int(rng.integers(7))
        stray = "" if rng.random() < 0.9 else str(rng.choice(MARKERS))
        said.append((f"t{digits[0] + digits[1]}b{total}" if thinks else f"{total}") + stray)
    return asked, said


@cache
def _thinker(seed: int) -> dict[str, np.ndarray]:
    policy = CHAINS.policy(seed)
    CHAINS.imitate(policy, *shown(12000, np.random.default_rng([seed, 241])), seed=seed)
    return policy.state_dict()


def thinker(seed: int) -> TokenPolicy:
    """A policy that has imitated them."""
    policy = CHAINS.policy(seed)
    policy.load_state_dict(_thinker(seed))
    return policy


def seen(asked: list[str], said: list[str]) -> np.ndarray:
    """Features [N, D] of questions and answers."""
    rows = spelled([a + s.ljust(CHAINS.longest, "_") for a, s in zip(asked, said, strict=True)], SIGNS + "_")
    return np.asarray(rows)


@cache
def verifier(seed: int, *, count: int = 60, epochs: int = 20) -> VerifyRM:
    """A model of so many judged answers of the beginner."""
    asked, said = shown(count, np.random.default_rng([seed, 242]))
    true = np.array([right(a, s) for a, s in zip(asked, said, strict=True)]) * 1.0
    model = VerifyRM(members=1, hidden=(64,), lr=1e-2, batch_size=64, action=False, seed=seed)
    model.fit(vector_items(seen(asked, said)[:, None], correct=true[:, None]), epochs=epochs)
    return model


def thinking(seed: int, *, side: str, iterations: int = 150, step: int = 5, beta: float = 0.1) -> Measured:
    """Right answers at the end, at the peak and lost since, the length of answers, and how good the verifier is."""
    phrases = PhraseReward(MARKERS)
    reward: Any = {
        "rule": Column("rule"),
        "model": Column("score"),
        "compensated": Compensated(Column("score"), phrases, weight=0.1, threshold=0.5),
        "phrases": phrases,
    }[side]
    policy, model = thinker(seed), verifier(seed)

    def scored(asked: list[str], said: list[str]) -> np.ndarray:
        return np.asarray(1 / (1 + np.exp(-scores(model, seen(asked, said))[0])))

    def pay(said: Said) -> np.ndarray:
        asked, text = [CHAINS.prompts[p] for p in said.prompt.ravel()], list(said.text.ravel())
        rule = np.array([right(a, t) for a, t in zip(asked, text, strict=True)]) * 1.0
        batch = replace(told(rule.shape, rule=rule, score=scored(asked, text)), action=said.text.ravel())
        return np.asarray(reward(batch)).reshape(said.prompt.shape)

    tests = [CHAINS.prompts[k % len(CHAINS.prompts)] for k in range(540)]

    def judged(at: int) -> tuple[float, float, float]:
        said = CHAINS.says(policy, tests, 100 * seed + at)
        good = np.array([right(a, s) for a, s in zip(tests, said, strict=True)])
        agrees = ((scored(tests, said) > 0.5) == good).mean()
        return float(good.mean()), float(np.mean([len(s) for s in said])), float(agrees)

    go, path = learning(CHAINS, policy, pay, seed=seed, beta=beta, groups=16, size=8), [judged(0)]
    for t in range(iterations // step):
        go(step)
        path.append(judged(t + 1))
    rights = [p[0] for p in path]
    return {
        "right": rights[-1],
        "rose": max(rights) - rights[0],
        "fell": max(rights) - rights[-1],
        "longer": path[-1][1] - path[0][1],
        "verifier": path[0][2],
    }


def effects() -> list[Effect]:
    """What is measured."""
    bars = {"rose": 0.05, "fell": 0.05, "longer": 0.0}  # of thirty looks at 540 answers, some rise and fall by chance
    bar = Arm("bar", "a number", each(lambda seed: bars), 0.0)
    sides = ("rule", "model", "compensated", "phrases")
    arms = [Arm(s, "RLOO", each(partial(thinking, side=s)), 9.0) for s in sides]
    return [
        Effect(
            "written_phrases",
            "running sums of three digits by a tiny transformer, two thirds of whose lessons guess; the model has 60 "
            "judged answers; 150 iterations at the price 0.1",
            [*arms, bar],
            [
                Claim("phrases alone raise right answers by five points at first", "rose", "phrases", "bar"),
                Claim("and lose five points again", "fell", "phrases", "bar"),
                Claim("and make answers longer", "longer", "phrases", "bar"),
                Claim("compensated, more answers are right than by the model", "right", "compensated", "model"),
                Claim("fewer than by the rule", "right", "compensated", "rule", higher=False),
            ],
        ),
    ]
