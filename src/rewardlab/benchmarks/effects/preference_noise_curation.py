"""Curation: what a few verified pairs and a mediocre annotator make of many bad labels.

    q = (w + w_category) · x,    raw label: wrong with 30 %, and in two of four categories often for the longer one

An annotator is right in 80 %, and in 92 % where the verified pair that they are shown is alike. People verify 200.

Source: Liu, Zeng, Xiao, He, Liu, Wang, Yan, Shen, Zhang, Xu, Liu, Zhou, "Skywork-Reward-V2: Scaling Preference Data
Curation via Human-AI Synergy", arXiv 2507.01352, 2025.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import numpy as np

from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.core.batch import Transitions
from rewardlab.rewards import BradleyTerry, curate, seed_rounds, vector_items

INPUTS, CATEGORIES = 8, 4
OPTIONS: dict[str, Any] = {"hidden": (64,), "lr": 3e-3, "error": 0.0, "action": False}


class WildPairs:
    """Pairs of one seed: verified ones, wild ones with raw labels, and tests.

    Args:
        seed: of everything.
        pool: how many wild pairs.
        gold: how many verified ones; half of them are only tested on.
        tests: pairs with true labels.

    Attributes:
        gold, validation, wild, tests: pairs with labels; column `truth`.
        flipped: tests whose better side is the shorter one.
    """

    def __init__(self, seed: int, *, pool: int = 4000, gold: int = 200, tests: int = 2000) -> None:
        self.rng = np.random.default_rng([seed, 88])
        self._weights = self.rng.normal(size=INPUTS) + 0.8 * self.rng.normal(size=(CATEGORIES, INPUTS))
        self.gold, self.validation = self._pairs(gold // 2), self._pairs(gold - gold // 2)
        self.wild, self.tests = self._pairs(pool), self._pairs(tests)
        truth = self.wild.info["truth"]
        label = np.where(self.rng.random(pool) < 0.3, 1 - truth, truth)
        styled = (self.wild.info["category"] < 2) & (self.rng.random(pool) < 0.4)
        label = np.where(styled, self.wild.info["longer"], label)
        self.wild = self.wild.paying(self.wild.reward, label=label)
        shorter = self.tests.info["longer"] != self.tests.info["truth"]
        self.flipped = self.tests.rows(np.flatnonzero(shorter))

    def _pairs(self, count: int) -> Transitions:
        x = self.rng.normal(size=(count, 2, INPUTS))
        category = self.rng.integers(0, CATEGORIES, count)
        length = self.rng.normal(size=(count, 2, 1))
        worth = (x * self._weights[category][:, None]).sum(-1)
        truth = (worth[:, 0] > worth[:, 1]) * 1.0
        kind = np.repeat(np.eye(CATEGORIES)[category][:, None], 2, 1)
        columns = {"category": category, "longer": (length[:, 0, 0] > length[:, 1, 0]) * 1.0}
        return vector_items(np.concatenate([x, length, kind], -1), label=truth, truth=truth, **columns)

    def about(self, pairs: Transitions) -> np.ndarray:
        """What pairs are about [P, D]: their category and their difference."""
        first, second = pairs.obs[:, 0, 0], pairs.obs[:, 1, 0]
        return np.concatenate([3 * first[:, -CATEGORIES:], (first - second)[:, :INPUTS]], -1)

    def annotate(self, pairs: Transitions, examples: Transitions | None = None) -> np.ndarray:
        """Labels by an annotator, perhaps with examples."""
        chance = np.full(len(pairs), 0.8)
        if examples is not None:
            a, b = self.about(pairs), self.about(examples)
            alike = (a * b).sum(-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)
            chance = np.where(alike > 0.6, 0.92, 0.8)
        truth = pairs.info["truth"]
        return np.where(self.rng.random(len(pairs)) < chance, truth, 1 - truth)

    def tested(self, model: BradleyTerry) -> Measured:
        """Accuracy in percent on tests, and on those whose better side is the shorter one."""
        found = {}
        for name, pairs in (("accuracy", self.tests), ("shorter", self.flipped)):
            said = model.probabilities(pairs).mean(0) > 0.5
            found[name] = 100 * float((said == (pairs.info["truth"] > 0.5)).mean())
        return found


def fitted(seed: int, pairs: Transitions, *, steps: int) -> BradleyTerry:
    """A model of these pairs, after about as many steps of the optimiser whatever their number."""
    model = BradleyTerry(seed=seed, **OPTIONS)
    model.fit(pairs, epochs=max(1, round(steps * model.batch_size / len(pairs))))
    return model


def only(pairs: Transitions) -> Transitions:
    """The pairs with labels alone."""
    return Transitions(
        pairs.obs, pairs.action, pairs.reward, pairs.next_obs, pairs.terminated, pairs.truncated,
        {"label": pairs.info["label"]},
    )  # fmt: skip


@lru_cache(maxsize=32)
def seeded(seed: int, pool: int, adaptive: bool) -> tuple[WildPairs, BradleyTerry, Transitions]:
    """Stage 1: the task, the best model after it, and what was annotated; or as much annotated at random."""
    task = WildPairs(seed, pool=pool)
    model = BradleyTerry(seed=seed, **OPTIONS)
    if adaptive:
        silver = seed_rounds(
            model, task.gold, task.validation, task.wild, annotate=task.annotate, embed=task.about, most=8, epochs=15
        )
        return task, model, silver
    _, _, chosen = seeded(seed, pool, True)  # the same number
    places = task.rng.permutation(pool)[: len(chosen)]
    pairs = task.wild.rows(places)
    near = task.gold.rows((task.about(pairs) @ task.about(task.gold).T).argmax(-1))
    told = np.mean([task.annotate(pairs, near) for _ in range(4)], axis=0)
    silver = only(pairs.rows(np.flatnonzero(told != 0.5)))
    silver = silver.paying(silver.reward, label=(told[told != 0.5] > 0.5) * 1.0)
    for part in np.array_split(np.arange(len(silver)), 4):
        model.fit(Transitions.concat([only(task.gold), silver.rows(np.arange(part[-1] + 1))]), epochs=15)
    return task, model, silver


def curated(seed: int, *, side: str, pool: int = 4000, steps: int = 600) -> Measured:
    """One way to use the wild pairs: the accuracy of the labels that are learned from, and of what is learned."""
    task, best, silver = seeded(seed, pool, side != "annotated at random")
    wild, task.rng = task.wild, np.random.default_rng([seed, 90])  # the same draws whatever was run before
    if side in ("annotated where it errs", "annotated at random"):
        return task.tested(best)
    if side == "raw":
        return _learned(task, seed, wild, steps)
    if side == "by the annotator":
        return _learned(task, seed, wild.paying(wild.reward, label=task.annotate(wild)), steps)
    gold = fitted(seed + 1, Transitions.concat([only(task.gold), only(task.validation)]), steps=150)
    kept, turned = curate(
        wild, best=best.probabilities(wild).mean(0), gold=gold.probabilities(wild).mean(0), annotate=task.annotate
    )
    right = 100 * float((turned.info["label"] == turned.info["truth"]).mean())
    parts = [kept, turned] if side == "curated, with turned ones" else [kept]
    lessons = Transitions.concat([only(task.gold), only(silver), *(only(p) for p in parts)])
    out = task.tested(fitted(seed, lessons, steps=steps))
    labels = 100 * float((kept.info["label"] == kept.info["truth"]).mean())
    return {**out, "labels": labels, "recycled": right}


def _learned(task: WildPairs, seed: int, pairs: Transitions, steps: int) -> Measured:
    labels = 100 * float((pairs.info["label"] == pairs.info["truth"]).mean())
    return {**task.tested(fitted(seed, only(pairs), steps=steps)), "labels": labels}


SIDES = (
    "raw", "by the annotator", "annotated where it errs", "curated", "curated, with turned ones", "annotated at random",
)  # fmt: skip


def constant(**values: float) -> Callable[[int], Measured]:
    """What a bound measures."""
    return lambda seed: values


def effects() -> list[Effect]:
    """All ways, and pools of two sizes."""
    arms = [Arm(side, "4000 wild pairs", each(partial(curated, side=side)), 0.8) for side in SIDES]
    arms += [
        Arm(f"{side}, of 1000", "1000 wild pairs", each(partial(curated, side=side, pool=1000)), 0.8)
        for side in ("raw", "curated")
    ]
    arms.append(Arm("bounds", "", each(constant(labels=95.0)), 0.0))
    better, shorter = "more pairs are told right than", "where the better side is shorter, 10 in 70 more are told right"
    return [
        Effect(
            "preference_noise_curation",
            "4000 wild pairs with 30 % of the labels wrong and a bias to length, 200 verified pairs; in percent",
            arms,
            [
                Claim("curated labels are right in 95 %", "labels", "curated", "bounds"),
                Claim("curated labels are righter than raw ones", "labels", "curated", "raw"),
                Claim(f"{better} by raw labels", "accuracy", "curated", "raw"),
                Claim(f"{better} by the annotator's labels", "accuracy", "curated", "by the annotator"),
                Claim("raw labels teach more than the annotator's", "accuracy", "raw", "by the annotator"),
                Claim(f"{better} by pairs at random", "accuracy", "annotated where it errs", "annotated at random"),
                Claim("turned pairs do no harm", "accuracy", "curated, with turned ones", "curated", times=0.99),
                Claim(shorter, "shorter", "curated", "raw", times=8 / 7),
                Claim("four times the wild pairs help", "accuracy", "curated", "curated, of 1000"),
            ],
        )
    ]
