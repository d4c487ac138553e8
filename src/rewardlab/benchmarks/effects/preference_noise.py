"""Wrong labels, unclear pairs and other data: an ensemble that doubts, contrasts of features, and policies that move.

    label = 1(q(x_1) > q(x_2)),  turned round with probability `wrong`

ClosePairs: a hidden quality of vectors, with pairs that are nearly alike. A policy is the best of 64 responses by a
model.

Source: Wang, Zheng, Chen, Liu, Dou, Huang, Shen, Jin et al., "Secrets of RLHF in Large Language Models Part II: Reward
Modeling", arXiv 2401.06080, 2024.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

import numpy as np

from rewardlab.benchmarks.effects import (
    preference_noise_advice,
    preference_noise_cooper,
    preference_noise_curation,
    preference_noise_length,
    preference_noise_peers,
    preference_noise_words,
)
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.benchmarks.effects.preference_noise_peers import area
from rewardlab.core.batch import Transitions
from rewardlab.rewards import (
    BradleyTerry,
    ContrastiveReward,
    MarginBradleyTerry,
    MetaRM,
    SegmentModel,
    adaptive_margins,
    flip_weakest,
    preference_gap,
    preference_strength,
    soften_labels,
    vector_items,
)

# -- an ensemble that doubts labels ------------------------------------------------------------------------------------


@dataclass
class ClosePairs:
    """Pairs of vectors with a hidden quality.

    Attributes:
        seed: of everything.
        inputs: D.
        pairs: P that are learned from.
        wrong: share of labels that are turned round.
        alike: share of pairs whose two are nearly alike.
        tests: pairs without noise.
    """

    seed: int
    inputs: int = 10
    pairs: int = 2000
    wrong: float = 0.2
    alike: float = 0.2
    tests: int = 2000
    items: Transitions = field(init=False)
    turned: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng([self.seed, 52])
        self._inner = rng.normal(size=(self.inputs, 16)) / np.sqrt(self.inputs)
        self._outer = rng.normal(size=16)
        x = self.draw(rng, self.pairs)
        near = rng.random(self.pairs) < self.alike
        x[near, 1] = x[near, 0] + 0.15 * rng.normal(size=(near.sum(), self.inputs))
        self.turned = rng.random(self.pairs) < self.wrong
        self.truth = (self.quality(x)[:, 0] > self.quality(x)[:, 1]) * 1.0
        self.items = vector_items(x, label=np.where(self.turned, 1 - self.truth, self.truth))

    def draw(self, rng: np.random.Generator, count: int, *, group: int = 2) -> np.ndarray:
        """Vectors [count, group, D]."""
        return rng.normal(size=(count, group, self.inputs))

    def quality(self, x: np.ndarray) -> np.ndarray:
        """[...] of vectors [..., D]."""
        return np.tanh(1.5 * x @ self._inner) @ self._outer

    def accuracy(self, model: SegmentModel, x: np.ndarray) -> float:
        """Percent of pairs [P, 2, D] that the model orders as the quality does."""
        s, q = model.segment_scores(vector_items(x)).numpy().mean(0), self.quality(x)
        return 100 * float(((s[:, 0] > s[:, 1]) == (q[:, 0] > q[:, 1])).mean())

    def tested(self, model: SegmentModel, *, scale: float = 1.0, shift: float = 0.0) -> float:
        """Accuracy on fresh pairs, perhaps others than those that were judged."""
        return self.accuracy(model, scale * self.draw(np.random.default_rng([self.seed, 53]), self.tests) + shift)


SMALL: dict[str, Any] = {"hidden": (32,), "lr": 3e-3, "action": False}


@lru_cache(maxsize=8)
def doubted(seed: int, members: int = 10, epochs: int = 12) -> tuple[ClosePairs, np.ndarray]:
    """A task and what an ensemble makes of its pairs."""
    task = ClosePairs(seed)
    ensemble = BradleyTerry(members=members, error=0.0, seed=seed, **SMALL)
    ensemble.fit(task.items, epochs=epochs)
    return task, preference_gap(ensemble, task.items)[0]


Change = Callable[[ClosePairs, np.ndarray], Transitions]
CHANGES: dict[str, Change] = {
    "as they are": lambda task, gap: task.items,
    "a tenth flipped": lambda task, gap: flip_weakest(task.items, gap),
    "a tenth flipped at random": lambda task, gap: flip_weakest(
        task.items, np.random.default_rng(task.seed).normal(size=len(gap))
    ),
    "flipped and softened": lambda task, gap: soften_labels(flip_weakest(task.items, gap), gap),
    "flipped, with margins": lambda task, gap: adaptive_margins(flip_weakest(task.items, gap), gap),
    "true labels": lambda task, gap: task.items.paying(task.items.reward, label=task.truth),
}


def relearned(seed: int, *, change: str, epochs: int = 12) -> Measured:
    """A model of changed labels, and how well the ensemble had found the wrong ones."""
    task, gap = doubted(seed)
    items = CHANGES[change](task, gap)
    model: SegmentModel
    if "strength" in items.info:
        model = MarginBradleyTerry(seed=seed + 100, **SMALL)
    else:
        model = BradleyTerry(seed=seed + 100, error=0.0, **SMALL)
    model.fit(items, epochs=epochs)
    mu = preference_strength(task.items, gap)
    lowest = np.argsort(mu)[: len(mu) // 10]
    return {
        "accuracy": task.tested(model),
        "auc": 100 * area(-mu[task.turned], -mu[~task.turned]),
        "precision": 100 * float(task.turned[lowest].mean()),
    }


# -- on other data than those that were judged -------------------------------------------------------------------------


def elsewhere(seed: int, *, make: Callable[..., SegmentModel], epochs: int = 25) -> Measured:
    """Accuracy near the judged pairs, and on pairs that lie farther out."""
    task = ClosePairs(seed, pairs=400, wrong=0.1)
    model = make(seed=seed, **SMALL)
    model.fit(task.items, epochs=epochs)
    return {"accuracy": task.tested(model), "elsewhere": task.tested(model, scale=1.5, shift=0.7)}


def shifted(seed: int, *, eta: float, rounds: int = 3, epochs: int = 8, prompts: int = 200) -> Measured:
    """A model in rounds with a policy that gives the best of 64 by it: how it orders what the policy gives."""
    task = ClosePairs(seed, pairs=400, wrong=0.1)
    rng = np.random.default_rng([seed, 54])
    model = MetaRM(eta=eta, seed=seed, **SMALL)
    model.fit(task.items, epochs=epochs)
    falls, kept = [], 0.0
    for _ in range(rounds):
        lists = task.draw(rng, 4 * prompts, group=64)
        best = model.segment_scores(vector_items(lists)).numpy().mean(0).argmax(-1)
        given = np.take_along_axis(lists, best[:, None, None], 1).reshape(prompts, 4, -1)
        model.meet(vector_items(given))
        model.fit(task.items, epochs=epochs)
        kept = task.accuracy(model, given.reshape(-1, 2, task.inputs))
        falls.append(task.tested(model) - kept)
    return {"shifted": kept, "fall": float(np.mean(falls)), "accuracy": task.tested(model)}


def effects() -> list[Effect]:
    """Doubts, contrasts and shifts, and those of the sister files."""
    others = (
        preference_noise_curation,
        preference_noise_advice,
        preference_noise_cooper,
        preference_noise_length,
        preference_noise_words,
        preference_noise_peers,
    )
    return [
        Effect(
            "preference_noise_strength",
            "2000 pairs, 20 % wrong and 20 % nearly alike, doubted by ten models; in percent",
            [
                *(Arm(c, "12 epochs", each(partial(relearned, change=c)), 0.4) for c in CHANGES),
                Arm("bound", "", each(lambda seed: {"auc": 90.0, "precision": 85.0}), 0.0),
            ],
            [
                Claim("wrong labels are found, area 0.9", "auc", "as they are", "bound"),
                Claim("of the lowest tenth 85 % are wrong", "precision", "as they are", "bound"),
                Claim("flipping the weakest tenth helps", "accuracy", "a tenth flipped", "as they are"),
                Claim("flipping a random tenth hurts", "accuracy", "as they are", "a tenth flipped at random"),
                Claim("softening helps further", "accuracy", "flipped and softened", "a tenth flipped"),
                Claim("margins help further", "accuracy", "flipped, with margins", "a tenth flipped"),
            ],
        ),
        Effect(
            "preference_noise_contrast",
            "400 pairs, 10 % wrong; accuracy on pairs like these, and on wider and moved ones",
            [
                Arm(
                    "contrastive",
                    f"{of}, b = {b:g}",
                    each(partial(elsewhere, make=partial(ContrastiveReward, contrast=b, difference=d))),
                    0.6,
                )
                for b in (0.1, 0.02)
                for of, d in (("segments", False), ("differences", True))
            ]
            + [Arm("plain", "b = 0", each(partial(elsewhere, make=partial(ContrastiveReward, contrast=0.0))), 0.2)],
            [
                Claim("more pairs are told right elsewhere", "elsewhere", "contrastive", "plain"),
                Claim("at most one in a hundred fewer", "elsewhere", "contrastive", "plain", times=0.99),
            ],
        ),
        Effect(
            "preference_noise_shift",
            "400 pairs, 10 % wrong, three rounds of a policy that gives the best of 64; accuracy on pairs of its "
            "responses, and how far that lies below that on other pairs",
            [
                Arm("plain" if eta == 0 else "MetaRM", f"eta = {eta:g}", each(partial(shifted, eta=eta)), 0.8)
                for eta in (0.0, 0.01, 0.1, 1.0)
            ]
            + [Arm("long steps", f"eta = {eta:g}", each(partial(shifted, eta=eta)), 0.8) for eta in (10.0, 30.0)],
            [
                Claim("falls less on what the policy gives", "fall", "MetaRM", "plain", higher=False),
                Claim("orders better what the policy gives", "shifted", "MetaRM", "plain"),
                Claim("long steps: falls less", "fall", "long steps", "plain", higher=False),
                Claim("long steps: orders better what the policy gives", "shifted", "long steps", "plain"),
                Claim("long steps: nothing is lost on other pairs", "accuracy", "long steps", "plain"),
            ],
        ),
        *(effect for module in others for effect in module.effects()),
    ]
