"""Judged programs beside a reward network that is fitted to comparisons: as many judgements, the same small worlds.

    ICPL: 30 programs, ⌈3·6/2⌉ − 2 = 7 comparisons of policies a round name the best and the worst of six
    network: r̂ from q comparisons of what the policy does, asked in 5 rounds;    π greedy for success + w r̂

The agent is the short-sighted one of `language_design`, the grammar stands in for a language model, and both learners
see the same numbers of a step. The judge of programs knows the score of a policy exactly, as if many episodes were
watched. The network has two teachers: one who sees success and how soon in single episodes, and one who knows by how
much ten steps fell short of the best ten, which the judge of programs is not told.

Source: Yu, Bai, Liu, Wang, "Few-shot In-Context Preference Learning Using Large Language Models", 2024, Section 5 (ICPL
against PrefPPO with as many queries and with many more).
"""

from collections.abc import Sequence
from functools import cache, partial
from typing import Any

import numpy as np

from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.benchmarks.effects.language_design import (
    GAMMA,
    ROUNDS,
    SIZE,
    WORLDS,
    World,
    everywhere,
    icpl,
    sparse,
    world,
)
from rewardlab.core.batch import Transitions
from rewardlab.core.sandbox import compile_program
from rewardlab.rewards.language.choosing import extremes
from rewardlab.rewards.language.design.candidate import Candidate
from rewardlab.rewards.language.design.system import Run
from rewardlab.rewards.preference.bradley_terry import BradleyTerry

EPISODES, STEPS, WINDOW = 60, 30, 10  # of each round; of an episode at most; of what the second teacher compares
STRAY = 0.2  # the share of random moves in what is compared: what a policy never tries, nobody can judge
EPOCHS = 100  # of each fit; with 20, 350 comparisons were not learned: no success in PickCarry
WEIGHTS = {"success": (0.01,), "progress": (0.01, 0.1)}
"""Of the network's pay beside success; in trials larger ones were worse for both teachers, and 0.1 for the first."""
COUNTS = (35, 350)
"""Comparisons: as many as ICPL's judge makes, and ten times as many."""


@cache
def seen(name: str) -> Transitions:
    """The transitions of a world [B] as the numbers that a designed program may be made of, [B, F] before and after."""
    w = world(name)
    held = [f for f in w.sheet.features.values() if f.before]

    def number(text: str) -> np.ndarray:
        head = "def reward(obs, action, next_obs, info):\n    return 1.0 * "
        return np.asarray(compile_program(f"{head}({text})\n", w.context.signature)(w.batch))

    before = np.stack([number(x) / f.size for f in held for x in f.before], -1)
    after = np.stack([number(x) / f.size for f in held for x in f.now], -1)
    return Transitions(before, w.batch.action, w.batch.reward, after, w.batch.terminated, w.batch.truncated, {})


def played(w: World, policy: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Episodes [count, STEPS] as places in the world's transitions; -1 after the end.

    Args:
        w: the world.
        policy: [S, A], mixed with `STRAY` random moves.
        count: of episodes.
        rng: what is drawn from.
    """
    P, actions = w.truth.P, w.truth.num_actions
    odds = np.cumsum((1 - STRAY) * policy + STRAY / actions, -1)
    sums = np.concatenate([[0.0], np.cumsum(P.data)])
    state = rng.choice(w.truth.num_states, count, p=w.truth.initial)
    out = np.full((count, STEPS), -1)
    live = ~w.truth.terminal[state]
    for t in range(STEPS):
        action = np.minimum((rng.random(count)[:, None] > odds[state]).sum(-1), actions - 1)
        first, last = P.indptr[state * actions + action], P.indptr[state * actions + action + 1]
        drawn = np.searchsorted(sums, sums[first] + rng.random(count) * (sums[last] - sums[first]), side="right") - 1
        entry = np.clip(drawn, first, last - 1)
        out[live, t] = entry[live]
        state = np.where(live, P.indices[entry], state)
        live &= ~w.truth.terminal[state]
    return out


def soon(w: World, segments: np.ndarray) -> np.ndarray:
    """What a judge of success sees in segments [N, T]: γ to the steps it took, 0 without success."""
    paid = np.where(segments >= 0, w.batch.reward[segments], 0.0)
    return (paid * GAMMA ** np.arange(segments.shape[1])).sum(-1)


@cache
def advantages(name: str) -> np.ndarray:
    """[B] what each move of a world is worth beside the best one from its state."""
    truth = world(name).truth
    solved = truth.solve()
    pair = np.repeat(np.arange(truth.P.shape[0]), np.diff(truth.P.indptr))
    return np.asarray((solved.Q - solved.V[:, None]).ravel()[pair])


def progress(w: World, segments: np.ndarray) -> np.ndarray:
    """Σ_t of the optimal advantages in segments [N, T], at most 0: by how much the steps fell short of the best."""
    return np.where(segments >= 0, advantages(w.name)[segments], 0.0).sum(-1)


def windows(episodes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One stretch of `WINDOW` steps of each episode [N, T], begun before its end."""
    length = (episodes >= 0).sum(-1)
    start = (rng.random(len(episodes)) * np.maximum(length - WINDOW + 1, 1)).astype(int)
    return episodes[np.arange(len(episodes))[:, None], start[:, None] + np.arange(WINDOW)]


TEACHERS = {"success": soon, "progress": progress}


def asked(w: World, episodes: np.ndarray, count: int, teacher: str, rng: np.random.Generator) -> Transitions:
    """So many labelled pairs [count, 2, T] of what was played."""
    segments = windows(episodes, rng) if teacher == "progress" else episodes
    segments = segments[(segments >= 0).any(-1)]
    pairs = np.stack([rng.choice(len(segments), 2, replace=False) for _ in range(count)])
    worth = TEACHERS[teacher](w, segments)[pairs]
    gap = worth[:, 0] - worth[:, 1]
    label = np.where(np.abs(gap) < 1e-9, 0.5, gap > 0)
    places = segments[pairs]
    items = seen(w.name).map(lambda x: x[np.maximum(places, 0)])
    return items.paying(items.reward, label=label, mask=(places >= 0).astype(float))


def compared(w: World, seed: int, *, count: int, teacher: str, weight: float) -> float:
    """The score of what the agent does at last for a network that was fitted to `count` comparisons in rounds."""
    rng = np.random.default_rng([seed, count])
    model = BradleyTerry(action=False, next_obs=True, seed=seed)
    steps, pay = seen(w.name), w.batch.reward
    held: list[Transitions] = []
    edges = np.linspace(0, count, ROUNDS + 1).round().astype(int)
    for asks in np.diff(edges):
        episodes = played(w, w.planned(pay), EPISODES, rng)
        held.append(asked(w, episodes, int(asks), teacher, rng))
        items = Transitions.concat(held)
        if np.all(items.info["label"] == 0.5):
            continue  # nothing was seen that anyone could judge
        model.fit(items, epochs=EPOCHS)
        pay = w.batch.reward + weight * np.asarray(model(steps))
    return w.score(pay)


def judged(w: World, seed: int) -> dict[str, float]:
    """ICPL with a judge who compares two policies at a time, and how often."""
    count = 0

    def judge(run: Run, candidates: Sequence[Candidate]) -> tuple[int, int]:
        def first_wins(pairs: Sequence[tuple[int, int]]) -> list[bool]:
            nonlocal count
            count += len(pairs)
            return [not candidates[a].score < candidates[b].score for a, b in pairs]

        return extremes(len(candidates), first_wins)

    score = icpl(w, seed, judge=judge)
    return {"score": score, "comparisons": count}


def _judged_everywhere(seed: int) -> Measured:
    asks: list[float] = []

    def one(w: World, seed: int) -> float:
        found = judged(w, seed)
        asks.append(found["comparisons"])
        return found["score"]

    return {**everywhere(one, seed), "comparisons": float(np.mean(asks))}


def _side(count: int, teacher: str, weight: float = 0.01) -> str:
    return f"network, {count} on {teacher}" + f", weight {weight:g}" * (weight != 0.01)


def effects() -> list[Effect]:
    """ICPL against comparisons of segments."""
    arms = [
        Arm("ICPL", f"{ROUNDS} rounds of {SIZE} programs, 35 comparisons of policies", each(_judged_everywhere), 1.5),
        Arm("success alone", "", each(partial(everywhere, sparse)), 0.1),
    ]
    for count in COUNTS:
        for teacher in TEACHERS:
            for weight in WEIGHTS[teacher]:
                one: Any = partial(compared, count=count, teacher=teacher, weight=weight)
                seconds = 3.0 + 0.077 * count
                arms.append(
                    Arm(_side(count, teacher, weight), f"weight {weight:g}", each(partial(everywhere, one)), seconds)
                )
    few, many = COUNTS
    claims = []
    for teacher in TEACHERS:
        mine, more = _side(few, teacher), _side(many, teacher)
        claims += [
            Claim(f"as many comparisons: above a network whose teacher sees {teacher}", "mean", "ICPL", mine),
            Claim(f"a tenth of the comparisons: above a network whose teacher sees {teacher}", "mean", "ICPL", more),
            Claim(f"ten times as many teach a network more ({teacher})", "mean", more, mine),
            Claim(f"ten times as many bring a network above success alone ({teacher})", "mean", more, "success alone"),
        ]
    heavy = _side(many, "progress", 0.1)
    claims.append(Claim("a network learns more with a small weight", "mean", _side(many, "progress"), heavy))
    claims += [
        Claim(f"as many comparisons: above a network whose teacher sees {teacher} ({name})", name, "ICPL", side)
        for name in WORLDS
        for teacher in TEACHERS
        for side in [_side(few, teacher)]
    ]
    about = (
        "the last incumbent of ICPL, with the grammar in a model's place, beside the last policy of a reward network"
        " fitted to comparisons; four tables, an agent that sees five steps ahead"
    )
    return [Effect("language_design_comparisons", about, arms, claims)]
