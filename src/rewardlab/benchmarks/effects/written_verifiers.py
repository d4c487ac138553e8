"""Verifiers that a policy which writes can fool: phrases that make up for misjudged answers, and one that learns.

    phrases   R = score + 0.1 RPR 1[score < 0.5],    a running sum of three digits, with two markers or without
    cooper    a verifier of sums that has learned to trust a word, frozen or learning along

A chain of thought is "t3b5": a marker, the sum of two digits, a marker, the sum of three; the last character counts.

Source: Lv, Xie, Sun, Kang, Yan, "The Climb Carves Wisdom Deeper Than the Summit: On the Noisy Rewards in Learning to
Reason", 2025; Hong et al., "Cooper: Co-Optimizing Policy and Reward Models in Reinforcement Learning for Large Language
Models", 2025.
"""

from dataclasses import replace
from functools import cache, partial
from itertools import product
from typing import Any

import numpy as np

from rewardlab.agents.loops import TokenPolicy
from rewardlab.agents.policy_gradient import grpo
from rewardlab.benchmarks.effects import preference_noise_cooper as sums
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.benchmarks.effects.written import Said, World, learning, scores, spelled, told
from rewardlab.core.responses import expected
from rewardlab.rewards import Column, Compensated, Cooper, PhraseReward, VerifyRM, vector_items

# -- phrases ---------------------------------------------------------------------------------------------------------

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


# -- a verifier that learns ------------------------------------------------------------------------------------------

WORDS = World(
    tuple(a + b for a, b in product("012", repeat=2)),
    tuple(f + "01234n"[r] + "!" * w for r, f, w in product(range(6), "pqrs", (0, 1))),  # as in `ANSWERS`
)
RESULT = np.array([int(p[0]) + int(p[1]) for p in WORDS.prompts])
MATCH = sums.ANSWERS[:, 0][None] == RESULT[:, None]  # [P, K]


@cache
def _counter(seed: int, reads: bool) -> dict[str, np.ndarray]:
    good, none = (0.4, 0.2) if reads else (0.15, 0.3)
    wrong = np.where(sums.ANSWERS[:, 0] == sums.RESULTS, none, (1 - good - none) / (sums.RESULTS - 1))
    start = np.where(MATCH, good, wrong) / sums.FORMS * np.where(sums.ANSWERS[:, 2] == 1, 0.3, 0.7)
    return WORDS.beginner(start / start.sum(-1, keepdims=True), seed, shown=12000).state_dict()


def counting(
    seed: int, *, side: str, reads: bool, iterations: int = 200, step: int = 10, lr_rm: float = 3e-3
) -> Measured:
    """Right answers in percent, what they lost since the peak, what the verifier pays, and how often the word comes.

    Args:
        seed: of all.
        side: "rule", "frozen" or "Cooper".
        reads: whether the beginner is right in 40 % of its answers, having read the question, or in 15 %, by chance.
        iterations, step: of the policy, and between looks.
        lr_rm: step size of the verifier where it learns.
    """
    t, rng = sums.Sums(), np.random.default_rng([seed, 243])
    model = Cooper(
        rule=sums.rule, corrupt=sums.corrupt, lr_rm=lr_rm if side == "Cooper" else 0.0, rm_steps=2, hidden=(64,),
        lr=3e-3, members=1, action=False, seed=seed,
    )  # fmt: skip
    asked, good = rng.integers(0, sums.RESULTS, t.lessons), rng.random(t.lessons) < 0.4
    result = np.where(good, asked, (asked + rng.integers(1, sums.RESULTS, t.lessons)) % sums.RESULTS)
    word = np.where(rng.random(t.lessons) < t.spurious, good, ~good)
    lessons = sums.answers(asked, (result * sums.FORMS + rng.integers(0, sums.FORMS, t.lessons)) * 2 + word)
    lessons = lessons.map(lambda a: a.reshape(len(a), 1, 1, *a.shape[1:]))
    model.fit(lessons.paying(lessons.reward, correct=good[:, None] * 1.0), epochs=20)

    def pay(said: Said) -> np.ndarray:
        known = said.answer >= 0
        if not known.any():
            return np.full(known.shape, -1.0)
        batch = sums.answers(RESULT[said.prompt[known]], said.answer[known])
        out = np.full(known.shape, -1.0)
        out[known] = sums.rule(batch) * 1.0 if side == "rule" else np.asarray(model(batch), dtype=np.float64)
        if side == "Cooper":
            model.update(batch)
        return out

    policy = WORDS.policy(seed)
    policy.load_state_dict(_counter(seed, reads))
    go, path = learning(WORDS, policy, pay, seed=seed, groups=16, size=8, objective=grpo), list[float]()
    for _ in range(iterations // step):
        law = WORDS.law(policy)
        path.append(float(expected(law, MATCH).mean()))
        go(step)
    law = WORDS.law(policy)
    path.append(float(expected(law, MATCH).mean()))
    count = len(WORDS.answers)
    every = sums.answers(np.repeat(RESULT, count), np.tile(np.arange(count), len(RESULT)))
    pays = np.asarray(model(every), dtype=np.float64).reshape(law.shape)
    return {
        "gold": 100 * path[-1],
        "fell": 100 * (max(path) - path[-1]),
        "proxy": float(expected(law, pays).mean()),
        "word": 100 * float(expected(law, sums.ANSWERS[:, 2] == 1).mean()),
        "start": 100 * path[0],
    }


def effects() -> list[Effect]:
    """What is measured."""
    bars = {"rose": 0.0, "fell": 0.0, "longer": 0.0}
    bar = Arm("bar", "a number", each(lambda seed: bars), 0.0)
    first = [Arm(s, "RLOO", each(partial(thinking, side=s)), 9.0) for s in ("rule", "model", "compensated", "phrases")]
    marks = {"proxy": 0.95, "fell": 15.0, "word": 80.0}
    most = Arm("bar", "a number", each(lambda seed: marks), 0.0)
    few = Arm("a fifth", "a number", each(lambda seed: {"word": 20.0}), 0.0)
    second, claims = [most, few], list[Claim]()
    for end, reads in (("", False), (", reading", True)):
        rule, frozen, cooper = (f"{s}{end}" for s in ("rule", "frozen", "Cooper"))
        second += [
            Arm(f"{s}{end}", "GRPO", each(partial(counting, side=s, reads=reads)), 8.0)
            for s in ("rule", "frozen", "Cooper")
        ]
        claims += [
            Claim(f"frozen{end}: it pays 0.95", "proxy", frozen, "bar"),
            Claim(f"frozen{end}: right answers fall by 15 points", "fell", frozen, "bar"),
            Claim(f"frozen{end}: four of five answers have the word", "word", frozen, "bar"),
            Claim(
                f"Cooper{end}: as many answers are right as by the rule, but for 1 %", "gold", cooper, rule, times=0.99
            ),
            Claim(f"Cooper{end}: more answers are right than by the frozen one", "gold", cooper, frozen),
            Claim(f"Cooper{end}: one of five has the word", "word", cooper, "a fifth", higher=False),
        ]
    return [
        Effect(
            "written_phrases",
            "running sums of three digits by a tiny transformer, two thirds of whose lessons guess; the model has 60 "
            "judged answers; 150 iterations at the price 0.1",
            [*first, bar],
            [
                Claim("phrases alone raise right answers at first", "rose", "phrases", "bar"),
                Claim("and lose some of that again", "fell", "phrases", "bar"),
                Claim("and make answers longer", "longer", "phrases", "bar"),
                Claim("compensated, more answers are right than by the model", "right", "compensated", "model"),
                Claim("fewer than by the rule", "right", "compensated", "rule", higher=False),
            ],
        ),
        Effect(
            "written_cooper",
            "sums of two digits, answered in three characters of which one may be a word that went with 95 % of right "
            "answers in 600 lessons; in percent; a beginner that is right by chance, and one that reads the question",
            second,
            claims,
        ),
    ]
