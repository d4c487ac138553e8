"""A policy that writes for different people: directions in the prompt, and types that are inferred from answers.

    directions   π(y | φ), the best of eight under v · r̂, learned in three rounds,  v = (cos φ, sin φ)
    types        π(y | z), z the type that VPL reads in eight answers of a person, said as one of eight letters

A tiny transformer writes at most five letters. Quality counts up to three good letters and suffers from length beyond
three; of the people one half likes long answers, the other short ones, and one half of each never errs.

Source: Wang et al., "Arithmetic Control of LLMs for Diverse User Preferences: Directional Preference Alignment with
Multi-Objective Rewards", ACL 2024, Section 3; Poddar, Wan, Ivison, Gupta, Jaques, "Personalizing Reinforcement Learning
from Human Feedback with Variational Preference Learning", NeurIPS 2024.
"""

from functools import cache, partial

import numpy as np

from rewardlab.agents.loops import TokenPolicy
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.benchmarks.effects.written import World, drawn, learning, scores, standard, table, told
from rewardlab.benchmarks.effects.written_proxies import COUNTS, GOOD, NET, REFERENCE, SPELLED, UNSAFE, WORLD
from rewardlab.core.responses import beats, expected, win_rate
from rewardlab.rewards import (
    VPL,
    BradleyTerry,
    Directional,
    direction,
    hypervolume,
    rank_correlation_of,
    vector_items,
    win_chance,
)

LENGTH = COUNTS.sum(-1)

# -- directions ------------------------------------------------------------------------------------------------------

ANGLES = np.linspace(-45, 45, 9)
QUALITY = np.minimum(GOOD, 3) - UNSAFE - 0.5 * np.maximum(LENGTH - 3, 0)
BOTH = np.stack([QUALITY, LENGTH], -1)
NOBODY, OWN, VALUES = slice(1), slice(1, 10), slice(22, 28)  # of the prompts: one, nine, and best quality by length
ROUNDS, TRIES, KEPT = 3, 8, 432
ASKED = World(("?", *"123456789", *(f"{q}{n}" for q in "lmh" for n in range(6))), WORLD.answers)


@cache
def _beginner(seed: int) -> dict[str, np.ndarray]:
    return ASKED.beginner(np.repeat(REFERENCE[None], len(ASKED.prompts), 0), seed).state_dict()


def _fresh(seed: int) -> TokenPolicy:
    policy = ASKED.policy(seed)
    policy.load_state_dict(_beginner(seed))
    return policy


def paid_along(law: np.ndarray) -> np.ndarray:
    """What `Directional` pays each answer [9, K], its scale that of a law."""
    batch, out = told(law.shape, reward_vector=BOTH), []
    lessons = told((4000,), reward_vector=BOTH[drawn(np.repeat(law[None], 4000, 0), np.random.default_rng(0))])
    for angle in ANGLES:
        reward = Directional(direction(angle))
        reward.update(lessons)
        out.append(np.asarray(reward(batch)))
    return np.stack(out)


def directed(seed: int, *, side: str, epochs: int = 10) -> Measured:
    """What nine directions get from a policy that is conditioned on them, on values, or on nothing."""
    rng, policy = np.random.default_rng([seed, 221]), _fresh(seed)
    law = ASKED.law(policy, NOBODY)[0]
    paid, scaled = paid_along(law), np.stack([standard(x, law) for x in BOTH.T])
    prompt, answer = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    lines = np.repeat(np.arange(len(ANGLES)), KEPT // len(ANGLES))
    level = np.searchsorted(np.quantile(QUALITY[drawn(np.repeat(law[None], 4000, 0), rng)], [1 / 3, 2 / 3]), QUALITY)
    path = [float(expected(law, paid).mean())]
    for t in range(ROUNDS):
        if side == "values":  # all that the others choose from, labelled with what it has
            said = drawn(np.repeat(law[None], KEPT * TRIES, 0), rng)
            asked = 10 + 6 * level[said] + LENGTH[said].astype(np.int64)
        else:
            laws = ASKED.law(policy, OWN if side == "directions" and t else NOBODY)
            tries = drawn(np.repeat(laws[lines % len(laws)], TRIES, 0), rng).reshape(-1, TRIES)
            score = paid[lines[:, None], tries] if side == "directions" else QUALITY[tries]
            said = tries[np.arange(KEPT), score.argmax(-1)]
            asked = 1 + lines if side == "directions" else 0 * lines
        prompt, answer = np.append(prompt, asked), np.append(answer, said)
        lessons = rng.choice(len(prompt), KEPT * (t + 1) * epochs)  # as many on every side
        policy = _fresh(seed)
        shown = [[x[k] for k in y[lessons]] for x, y in ((ASKED.prompts, prompt), (ASKED.answers, answer))]
        ASKED.imitate(policy, *shown, seed=seed + t, epochs=1)
        found = ASKED.law(policy, {"directions": OWN, "values": VALUES}.get(side, NOBODY))
        along = expected(found[:, None], paid)  # [laws, directions]
        path.append(float(np.diag(along).mean() if side == "directions" else along.max(0).mean()))
    points = expected(found[:, None], scaled)
    return {
        "along": path[-1],
        "least": float(np.diff(path).min()),
        "volume": hypervolume(points, np.array([-2.0, -2.0])),
        "order": rank_correlation_of(ANGLES, points[:, 1]).spearman if side == "directions" else 0.0,
    }


# -- types -----------------------------------------------------------------------------------------------------------

TYPES = World(tuple("abcdefgh"), WORLD.answers)
PEOPLE, JUDGED, NEW, FEW = 40, 20, 20, 8
TASTES = np.stack([GOOD - 1.5 * LENGTH, GOOD + 1.5 * LENGTH])  # of who likes short answers, and of who likes long ones


@cache
def _typist(seed: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    policy = TYPES.beginner(np.repeat(REFERENCE[None], len(TYPES.prompts), 0), seed)
    return policy.state_dict(), TYPES.law(policy).mean(0)


def judged(person: int, law: np.ndarray, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two answers [count, 2] and whether this person prefers the first; every second pair of people never errs."""
    at = rng.choice(len(law), (count, 2), p=law)
    gap = TASTES[person % 2][at] @ [1, -1]
    sure = person // 2 % 2 == 0
    return at, (rng.random(count) < (np.sign(gap) + 1) / 2) * 1.0 if sure else (
        rng.random(count) < 1 / (1 + np.exp(-gap))
    ) * 1.0


@cache
def known(seed: int, *, epochs: int = 40) -> tuple[VPL, BradleyTerry, np.ndarray]:
    """VPL and one reward for all, fitted to the same judgements; types [8] that letters stand for."""
    law, rng = _typist(seed)[1], np.random.default_rng([seed, 222])
    at, label = (np.concatenate(x) for x in zip(*(judged(k, law, JUDGED, rng) for k in range(PEOPLE)), strict=True))
    who = np.repeat(np.arange(PEOPLE), JUDGED)
    items = vector_items(SPELLED[at], label=label, annotator=who)
    model = VPL(z_dim=1, hidden=(64, 64), lr=3e-3, batch_size=16, context=FEW, action=False, seed=seed)
    model.fit(items, epochs=epochs)
    pooled = BradleyTerry(members=1, seed=seed, **NET)
    pooled.fit(items, epochs=30)
    return model, pooled, np.quantile(model.people[:, 0], (np.arange(8) + 0.5) / 8)


def served(seed: int, *, side: str, iterations: int = 120) -> Measured:
    """How often new people prefer what is written for them to the reference, all of them and the worse served half."""
    (state, law), (model, pooled, types) = _typist(seed), known(seed)
    some = np.random.default_rng([seed, 223]).choice(len(law), 500, p=law)
    if side in ("VPL", "VPL without a scale"):
        said = np.stack([_worth(model, z) for z in types])
        pay = win_chance(said, said[:, some]) if side == "VPL" else said - expected(law, said)[:, None]
    elif side == "one reward":
        pay = np.repeat(win_chance(*(x := scores(pooled, SPELLED), x[:, some])), len(types), 0)
    else:
        pay = np.repeat(np.stack([win_chance(t, t[some]) for t in TASTES]), len(types) // 2, 0)
    pay = pay / np.sqrt(expected(law, (pay - expected(law, pay)[:, None]) ** 2).mean())
    policy = TYPES.policy(seed)
    policy.load_state_dict(state)
    learning(TYPES, policy, table(pay), seed=seed, beta=0.3, groups=8, size=16)(iterations)
    found, rng = TYPES.law(policy), np.random.default_rng([seed, 224])
    wins = [win_rate(found, law, beats(taste)) for taste in TASTES]
    rates = np.zeros(NEW)
    for k in range(NEW):
        at, label = judged(k, law, FEW, rng)
        z = model.posterior(vector_items(SPELLED[at], label=label))[0][0]
        letter = (0, 4)[k % 2] if side == "the truth" else int(np.abs(types - z).argmin())
        rates[k] = wins[k % 2][letter]
    return {"wins": float(rates.mean()), "least": float(min(rates[::2].mean(), rates[1::2].mean()))}


def _worth(model: VPL, z: float) -> np.ndarray:
    """Scores [K] of all answers for a type."""
    return np.asarray(model.segment_scores(vector_items(SPELLED[:, None]), np.array([z], dtype=np.float32)))[:, 0]


def effects() -> list[Effect]:
    """What is measured."""
    marks = {"order": 0.95, "least": 0.0, "wins": 0.5}
    bar = Arm("bar", "a number", each(lambda seed: marks), 0.0)
    first = [
        Arm(s, "best of eight", each(partial(directed, side=s)), 9.0) for s in ("directions", "one reward", "values")
    ]
    sides = ("the truth", "VPL", "VPL without a scale", "one reward")
    second = [Arm(s, "RLOO", each(partial(served, side=s)), 9.0) for s in sides]
    truth, vpl, bare, one = sides
    return [
        Effect(
            "written_directions",
            f"a tiny transformer is asked along nine directions of quality and length, {ROUNDS} rounds of {KEPT} "
            f"answers that are the best of {TRIES}; means over the directions",
            [*first, bar],
            [
                Claim("lengths follow the angle, Spearman above 0.95", "order", "directions", "bar"),
                Claim("each round brings more along the directions", "least", "directions", "bar"),
                Claim("directions bring more than one reward", "along", "directions", "one reward"),
                Claim("and more than values in the prompt", "along", "directions", "values"),
                Claim("they cover more than one reward", "volume", "directions", "one reward"),
                Claim("and more than values in the prompt", "volume", "directions", "values"),
            ],
        ),
        Effect(
            "written_types",
            f"{PEOPLE} people of two tastes with {JUDGED} judgements each, a tiny transformer that reads a type in the "
            f"prompt; {NEW} new people after {FEW} judgements; how often they prefer it to the reference",
            [*second, bar],
            [
                Claim("new people gain by types over one reward for all", "wins", vpl, one),
                Claim("so do the worse served", "least", vpl, one),
                Claim("they win nine tenths of what they would if tastes were known", "wins", vpl, truth, times=0.9),
                Claim("a common scale serves people better than none", "wins", vpl, bare),
                Claim("and the worse served", "least", vpl, bare),
                Claim("one reward for all beats the reference", "wins", one, "bar"),
            ],
        ),
    ]
