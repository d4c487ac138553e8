"""People who differ: rewards conditioned on a latent type, on what scale they are learned from, and what to ask.

    navigation: u(s) = −c |s − goal|₁,  c as the person is sure    questions: u(x) = b·x ± x_0,  b the same for all

Navigation: each person wants another corner of a grid, and some judge more surely than others. One network learns the
values of all, so that whose rewards are large weigh most. Questions: two types who agree on most and disagree on one
number, of which most pairs say nothing.

Source: Poddar, Wan, Ivison, Gupta, Jaques, "Personalizing Reinforcement Learning from Human Feedback with Variational
Preference Learning", NeurIPS 2024.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch

from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.core import nets
from rewardlab.core.batch import Transitions
from rewardlab.rewards import VPL, BradleyTerry, vector_items, win_chance

SIZE, GAMMA = 5, 0.9
CORNERS = np.array([[0, 0], [0, SIZE - 1], [SIZE - 1, 0], [SIZE - 1, SIZE - 1]])
SURE = np.array([1.0, 2.0, 4.0, 8.0])  # of people who want each corner
CELLS = np.stack(np.meshgrid(np.arange(SIZE), np.arange(SIZE), indexing="ij"), -1).reshape(-1, 2)
MOVES = np.array([[0, 1], [0, -1], [1, 0], [-1, 0], [0, 0]])
NEXT = (np.clip(CELLS[:, None] + MOVES, 0, SIZE - 1) * [SIZE, 1]).sum(-1)  # [S, A]


def places(cells: np.ndarray) -> np.ndarray:
    """Features [*, 2] of numbers of cells."""
    return CELLS[cells] / (SIZE - 1) * 2 - 1.0


def walkers(people: int, pairs: int, rng: np.random.Generator) -> Transitions:
    """Pairs of cells; person i wants corner i mod 4, and errs as Bradley and Terry say."""
    who = np.repeat(np.arange(people), pairs)
    cells = rng.integers(0, len(CELLS), (len(who), 2))
    far = np.abs(CELLS[cells] - CORNERS[who % 4][:, None]).sum(-1)
    chance = 1 / (1 + np.exp(-SURE[who % 4] * (far[:, 1] - far[:, 0])))
    return vector_items(places(cells), label=(rng.random(len(who)) < chance) * 1.0, annotator=who)


def most_likely(items: Transitions, person: int) -> int:
    """The corner that a person most likely wants, by their answers and the law that they answer by."""
    mine = items.rows(items.info["annotator"] == person)
    cells = np.round((mine.obs[:, :, 0] + 1) / 2 * (SIZE - 1))  # [N, 2, 2]
    far = np.abs(cells[:, :, None] - CORNERS).sum(-1)  # [N, 2, 4]
    margin = (2 * mine.info["label"] - 1)[:, None] * SURE * (far[:, 1] - far[:, 0])
    return int((-np.logaddexp(0.0, -margin)).sum(0).argmax())


def best_values(reward: np.ndarray) -> np.ndarray:
    """Q* [S, A] of a reward [S] that is paid on arrival."""
    value = np.zeros(len(CELLS))
    for _ in range(150):
        q = (reward + GAMMA * value)[NEXT]
        value = q.max(-1)
    return np.asarray(q)


def success(q: np.ndarray, goal: int) -> float:
    """How often who follows q [S, A] from any cell stands on corner `goal` after 20 steps."""
    at, way = np.arange(len(CELLS)), q.argmax(-1)
    for _ in range(20):
        at = NEXT[at, way[at]]
    return float((CELLS[at] == CORNERS[goal]).all(-1).mean())


def learned_values(people: np.ndarray, rewards: np.ndarray, seed: int, *, steps: int = 600) -> Callable:
    """One network for the values of all: persons [U, Z] -> values [U, S, A], fitted to rewards [U, S] by squares."""
    one_hot = np.eye(len(CELLS), dtype=np.float32)
    target = torch.as_tensor(np.stack([best_values(r) for r in rewards]), dtype=torch.float32).reshape(-1, len(MOVES))
    shift, spread = target.mean(), target.std()  # one scale for all, as a shared learner has

    def inputs(z: np.ndarray) -> torch.Tensor:
        both = [np.repeat(z.astype(np.float32), len(CELLS), 0), np.tile(one_hot, (len(z), 1))]
        return torch.as_tensor(np.concatenate(both, -1))

    net = nets.mlp(people.shape[1] + len(CELLS), len(MOVES), (64, 64), seed=nets.child_seed(seed, 9))
    fit, x = nets.Fit(net, 3e-3), inputs(people)
    rng = np.random.default_rng([seed, 13])
    for _ in range(steps):
        some = torch.as_tensor(rng.integers(0, len(x), 1024))
        fit(((net(x[some]) - (target[some] - shift) / spread) ** 2).mean())

    def values(z: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return np.asarray(net(inputs(z)).numpy()).reshape(len(z), len(CELLS), -1)

    return values


def navigate(seed: int, *, side: str, people: int = 48, pairs: int = 40, new: int = 16, epochs: int = 40) -> Measured:
    """Success of new people after eight answers each: all of them, and those who are least sure."""
    rng = np.random.default_rng([seed, 11])
    items, every = walkers(people, pairs, rng), vector_items(places(np.arange(len(CELLS)))[None])
    strangers = walkers(new, 8, rng)
    if side == "exact posterior":
        found = np.array([float(most_likely(strangers, k) == k % 4) for k in range(new)])  # then it walks there
        return {"success": float(found.mean()), "unsure": float(found[np.arange(new) % 4 == 0].mean())}
    if side.startswith("VPL"):
        model = VPL(z_dim=3, hidden=(32, 32), lr=3e-3, batch_size=8, action=False, seed=seed)
        model.fit(items, epochs=epochs)
        known = np.stack([model.person(items.rows(rows)) for rows in samples(items, rng)])
        scores = np.stack([model.segment_scores(every, z)[0].numpy() for z in known])
        rewards = win_chance(scores, scores) if "win" in side else scores
        z = np.stack([model.person(strangers.rows(strangers.info["annotator"] == k)) for k in range(new)])
        q = learned_values(known, rewards, seed)(z)
    else:
        groups = [items] if side == "one for all" else [items.rows(items.info["annotator"] % 4 == k) for k in range(4)]
        rewards = np.stack([pooled(g, seed).segment_scores(every)[0, 0].numpy() for g in groups])
        q = np.stack([best_values(rewards[k % len(rewards)]) for k in range(new)])
    found = np.array([success(q[k], k % 4) for k in range(new)])
    return {"success": float(found.mean()), "unsure": float(found[np.arange(new) % 4 == 0].mean())}


def samples(items: Transitions, rng: np.random.Generator, *, each_person: int = 4) -> list[np.ndarray]:
    """Positions of eight answers by one person, several times for each."""
    who = items.info["annotator"]
    mine = [np.flatnonzero(who == k) for k in np.unique(who)]
    return [rng.permutation(rows)[:8] for rows in mine for _ in range(each_person)]


def pooled(items: Transitions, seed: int) -> BradleyTerry:
    """Bradley and Terry's model of all judgements together."""
    model = BradleyTerry(error=0.0, members=1, hidden=(32, 32), lr=3e-3, action=False, batch_size=128, seed=seed)
    model.fit(items, epochs=30)
    return model


# -- what to ask -------------------------------------------------------------------------------------------------------

WIDTH, AGREED = 4, 1.5  # numbers, and how much of the utility all agree on, in deviations of the rest


def tastes(people: int, pairs: int, rng: np.random.Generator, *, first: int = 0) -> Transitions:
    """Pairs of vectors, judged by people of two types without errors; even ones want more of number 0."""
    who = np.repeat(np.arange(people) + first, pairs)
    x = rng.normal(size=(len(who), 2, WIDTH))
    shared = x[..., 1:].sum(-1) * AGREED / np.sqrt(WIDTH - 1)
    utility = shared + x[..., 0] * np.where(who % 2, -1, 1)[:, None]
    return vector_items(x, label=(utility[:, 0] > utility[:, 1]) * 1.0, annotator=who)


def divided(count: int, person: int, rng: np.random.Generator) -> Transitions:
    """Pairs on which both types disagree, judged by one of them."""
    items = tastes(1, 12 * count, rng, first=person)
    gap = items.obs[:, 0, 0] - items.obs[:, 1, 0]
    shared, own = gap[:, 1:].sum(-1) * AGREED / np.sqrt(WIDTH - 1), gap[:, 0]
    return items.rows(np.flatnonzero(np.abs(own) > np.abs(shared))[:count])


def ask(seed: int, *, chosen: bool, beta: float = 0.003, people: int = 40, epochs: int = 50, new: int = 16) -> Measured:
    """Accuracy in percent on pairs that divide the types, for new people.

    After eight answers; and after 1, 2 and 4 chosen answers or twice as many random ones.
    """
    rng = np.random.default_rng([seed, 12])
    model = VPL(z_dim=2, hidden=(32, 32), lr=3e-3, beta=beta, batch_size=8, action=False, seed=seed)
    model.fit(tastes(people, 24, rng), epochs=epochs)
    hits: dict[str, list[float]] = {"eight": [], "one": [], "two": [], "four": []}
    for k in range(new):
        pool, test = tastes(1, 60, rng, first=k), divided(60, k, rng)
        for name, count in zip(hits, (8, 1, 2, 4), strict=True):
            many = count if chosen or name == "eight" else 2 * count
            index = model.questions(pool, many) if chosen else np.arange(many)
            chance = model.for_user(pool.rows(index)).probabilities(test)[0]
            hits[name].append(float(((chance > 0.5) == (test.info["label"] > 0.5)).mean()))
    return {name: 100 * float(np.mean(found)) for name, found in hits.items()}


def constant(name: str, **measured: float) -> Arm:
    """A side that is a number."""
    return Arm(name, "a number", each(lambda seed: measured), 0.0)


SIDES = ("VPL, win chances", "VPL, raw scores", "one for all", "one for each type", "exact posterior")
GRID = (
    "a 5 x 5 grid, 48 people who want one of four corners and judge 40 pairs of cells with slopes 1, 2, 4 and 8; "
    "success: how often a new person's corner is reached and held within 20 steps, after 8 answers"
)
ASKED = (
    "two types who agree on three numbers and disagree on one; accuracy in percent on pairs that divide them, for new "
    "people after so many answers"
)


def effects() -> list[Effect]:
    """Scales of rewards, and questions."""
    (ours, raw, one, oracle, exact), name = SIDES, "VPL with beta 20"
    arms = [Arm(side, "default", each(partial(navigate, side=side)), 3.0) for side in SIDES]
    arms += [constant("0.9", success=0.9, unsure=0.9), constant("0.6", success=0.6, unsure=0.6)]
    navigation = Effect(
        "preference_people_navigation",
        GRID,
        arms,
        [
            Claim("success is above 0.9", "success", ours, "0.9"),
            Claim("one reward for all stays below 0.6", "success", one, "0.6", higher=False),
            Claim("raw scores do worse", "success", ours, raw),
            Claim("raw scores do worse for the least sure", "unsure", ours, raw),
            Claim("raw scores do better than one reward for all", "success", raw, one),
            Claim("is no worse than known types by 0.05", "success", ours, oracle, times=0.95),
            Claim("finds people nearly as the exact posterior does, but for 0.1", "success", ours, exact, times=0.9),
        ],
    )
    sides: dict[str, dict[str, Any]] = {
        "chosen": {"chosen": True},
        "random": {"chosen": False},
        name: {"chosen": False, "beta": 20.0, "epochs": 15},
    }
    asked = [Arm(side, "default", each(partial(ask, **options)), 3.0) for side, options in sides.items()]
    asked += [constant("95 %", eight=95.0), constant("60 %", eight=60.0)]
    claims = [Claim("eight chosen answers tell at least 95 %", "eight", "chosen", "95 %")]
    claims += [
        Claim(f"{n} chosen tell no less than twice as many random ones", n, "chosen", "random", times=0.99)
        for n in ("one", "two", "four")
    ]
    claims += [Claim("a large beta tells nobody apart", "eight", name, "60 %", higher=False)]
    questions = Effect("preference_people_questions", ASKED, asked, claims)
    return [navigation, questions]
