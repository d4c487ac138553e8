"""Mixed questions for a policy that writes: a reward for each kind, and a rule beside a model.

    routed   R = Σ_k 1[kind = k] R_k                  the larger digit, the sum (graded), both digits in any order
    hybrid   R = rule where it can be checked, else a model that under-rates numbers

A tiny transformer answers with at most two characters.

Source: Xu et al., "Mixed-R1: Unified Reward Perspective For Reasoning Capability in Multimodal Large Language Models",
2025; Gulhane, Indurthi, "Beyond Monolithic Rewards: A Hybrid and Multi-Aspect Reward Optimization for MLLM Alignment",
2025.
"""

from functools import cache, partial
from itertools import product
from typing import Any

import numpy as np

from rewardlab.agents.loops import TokenPolicy
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.benchmarks.effects.written import (
    Said,
    World,
    counted,
    learning,
    listed,
    pairs,
    scores,
    spelled,
    standard,
    told,
)
from rewardlab.core.responses import expected, sigmoid
from rewardlab.rewards import (
    BradleyTerry,
    Column,
    Hybrid,
    Routed,
    bidirectional_similarity,
    vector_items,
)


@cache
def _started(world: World, right: tuple[tuple[bool, ...], ...], seed: int) -> dict[str, np.ndarray]:
    """The weights of a policy that has imitated right answers every second time, and else any."""
    table = np.array(right) * 1.0
    return world.beginner(
        0.5 * table / table.sum(-1, keepdims=True) + 0.5 / table.shape[1], seed, shown=12000
    ).state_dict()


def _fresh(world: World, right: np.ndarray, seed: int) -> TokenPolicy:
    policy = world.policy(seed)
    policy.load_state_dict(_started(world, tuple(map(tuple, right.tolist())), seed))
    return policy


# -- a reward for each kind ------------------------------------------------------------------------------------------

KINDS = "mno"
MIXED = World(tuple(k + a + b for k, a, b in product(KINDS, "0123", "0123")), listed("0123456", 2))
KIND = np.array([p[0] for p in MIXED.prompts])


def _marks() -> np.ndarray:
    """What each rule pays each answer to each question, [kinds, P, K]."""
    out, eye = np.zeros((3, len(MIXED.prompts), len(MIXED.answers))), np.eye(7)
    for p, prompt in enumerate(MIXED.prompts):
        a, b = prompt[1], prompt[2]
        for k, text in enumerate(MIXED.answers):
            if len(text) == 1:
                out[0, p, k] = text == max(a, b)
                out[1, p, k] = 1 - abs(int(text) - int(a) - int(b)) / 6
            if text:
                said, wanted = (eye[[int(c) for c in t]] for t in (text, a + b))
                out[2, p, k] = bidirectional_similarity(said, wanted)
    return out


MARKS = _marks()
OWN = MARKS[[KINDS.index(k) for k in KIND], np.arange(len(KIND))]  # [P, K], by the rule of the kind


def routed(seed: int, *, mixed: bool, iterations: int = 120) -> Measured:
    """The marks of one policy for all kinds, or of one for each: on its own kinds, and on the others."""
    paid = np.concatenate([MARKS, np.zeros_like(MARKS[..., :1])], -1)
    reward = Routed({k: Column(k) for k in KINDS})

    def pay(said: Said) -> np.ndarray:
        marks = dict(zip(KINDS, paid[:, said.prompt, said.answer], strict=True))
        return np.asarray(reward(told(said.answer.shape, type=KIND[said.prompt], **marks)))

    own, others = [], []
    for kinds in [KINDS] if mixed else KINDS:
        policy, mine = _fresh(MIXED, OWN > 0.99, seed), np.isin(KIND, list(kinds))
        asked = np.flatnonzero(mine).tolist()
        learning(MIXED, policy, pay, seed=seed, groups=4 * len(kinds), size=8, asked=asked)(iterations)
        marks = expected(MIXED.law(policy), OWN)
        own.append(float(marks[mine].mean()))
        others.append(float(marks[~mine].mean()) if not mixed else own[-1])
    return {"own": float(np.mean(own)), "others": float(np.mean(others))}


# -- rules beside a model --------------------------------------------------------------------------------------------

SUMS = World(
    tuple("s" + a + b for a, b in product("0123", repeat=2)) + tuple("o" + a + b for a, b in product("xyz", repeat=2)),
    listed("0123456xyz", 2),
)
CHECKED = np.array([p[0] == "s" for p in SUMS.prompts])
DIGITS = counted(SUMS.answers, "0123456").sum(-1)
BEST = [str(int(p[1]) + int(p[2])) if c else p[1:] for p, c in zip(SUMS.prompts, CHECKED, strict=True)]
RIGHT = np.array([[c and t[-1:] == best for t in SUMS.answers] for best, c in zip(BEST, CHECKED, strict=True)])
NAMED = (
    np.array(
        [
            [sum(c in t for c in set(p[1:])) - sum(c not in p for c in t if c in "xyz") for t in SUMS.answers]
            for p in SUMS.prompts
        ]
    )
    * 1.0
)  # what the prompt asks for, less what it does not
SEEN = np.concatenate(
    [
        np.repeat(spelled([p[1:] for p in SUMS.prompts], "0123456xyz")[:, None], len(SUMS.answers), 1),
        np.repeat(spelled(SUMS.answers, "0123456xyz")[None], len(SUMS.prompts), 0),
    ],
    -1,
)  # [P, K, D]


@cache
def judge(seed: int, *, count: int = 1000, epochs: int = 30) -> np.ndarray:
    """What a model pays, [P, K] in (0, 1); it has seen comparisons of open answers by people who dislike numbers."""
    rng, law = np.random.default_rng([seed, 231]), np.full(len(SUMS.answers), 1 / len(SUMS.answers))
    items, labels, open_ = [], [], np.flatnonzero(~CHECKED)
    for p in open_:
        at, label = pairs(2 * (NAMED[p] - DIGITS), law, count // len(open_), rng)
        items.append(SEEN[p][at])
        labels.append(label)
    model = BradleyTerry(members=1, hidden=(64,), lr=1e-2, batch_size=64, action=False, seed=seed)
    model.fit(vector_items(np.concatenate(items), label=np.concatenate(labels)), epochs=epochs)
    return sigmoid(np.stack([standard(scores(model, x)[0], law) for x in SEEN]))


def hybrid(seed: int, *, side: str, iterations: int = 150) -> Measured:
    """How many sums are right, and the worth of open answers, with the rule for sums or the model for all."""
    reward: Any = Hybrid(Column("rule"), Column("model")) if side == "hybrid" else Column("model")
    told_by = [np.concatenate([x, np.zeros_like(x[:, :1])], -1) for x in (RIGHT * 1.0, judge(seed))]

    def pay(said: Said) -> np.ndarray:
        rule, model = (x[said.prompt, said.answer] for x in told_by)
        return np.asarray(reward(told(said.answer.shape, rule=rule, model=model, verifiable=CHECKED[said.prompt])))

    shown = np.array([[t == best for t in SUMS.answers] for best in BEST])
    policy = _fresh(SUMS, shown, seed)
    learning(SUMS, policy, pay, seed=seed, groups=16, size=8)(iterations)
    law = SUMS.law(policy)
    right, worth = expected(law, RIGHT)[CHECKED].mean(), expected(law, NAMED)[~CHECKED].mean()
    return {"right": float(right), "clear": float(right) - 0.1 * (side == "hybrid"), "open": float(worth)}


def effects() -> list[Effect]:
    """What is measured."""
    first = [
        Arm(s, "RLOO", each(partial(routed, mixed=m)), 10.0) for s, m in (("mixed", True), ("one for each", False))
    ]
    second = [Arm(s, "RLOO", each(partial(hybrid, side=s)), 9.0) for s in ("hybrid", "the model alone")]
    return [
        Effect(
            "written_routed",
            "16 questions of each of three kinds, a tiny transformer; one policy for all, or one for each kind with as "
            "many questions of it; marks of 0 to 1",
            first,
            [
                Claim("mixed training is within 3 % of one for each kind", "own", "mixed", "one for each", times=0.97),
                Claim("it beats them on the kinds that they were not taught", "others", "mixed", "one for each"),
            ],
        ),
        Effect(
            "written_hybrid",
            "16 sums that a rule checks and 9 open questions that a model of 1,000 pairs marks, which dislikes numbers",
            second,
            [
                Claim("ten points more of the sums are right than by the model", "clear", "hybrid", "the model alone"),
                Claim("open answers are worth as much, but for 5 %", "open", "hybrid", "the model alone", times=0.95),
            ],
        ),
    ]
