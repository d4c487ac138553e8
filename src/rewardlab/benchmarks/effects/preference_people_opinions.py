"""Seven features of a summary against a network on its tokens, and what a policy makes of either.

    gold = w · features(reviews, summary) + an interaction,    P(1 ≻ 2) = σ(2 (gold_1 − gold_2))
    π(y | x) ∝ π_ref(y | x) exp(R(x, y) / β)  over 128 drawn summaries

Reviews are eight facts, an aspect and a sentiment each; a summary is up to six facts. The features are rules; the
policy is the exact optimum over drawn summaries.

Source: Nath, Siledar, Muddu, Rangaraju, Khadilkar, Bhattacharyya, Banerjee, Patil, Singh, Chelliah, Garera,
"Leveraging Domain Knowledge for Efficient Reward Modelling in RLHF: A Case-Study in E-Commerce Opinion Summarization",
2024. A policy that writes its summaries is measured in `token_waiting`.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np

from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.core.batch import Transitions
from rewardlab.core.responses import expected, tilted
from rewardlab.rewards import BradleyTerry, Feature, FeatureReward, SegmentModel, response_items

ASPECTS, REVIEWS, TOKENS = 5, 8, 6
NAMES = ("aspects", "faithful", "opinions", "concise", "relevant", "invented", "correct")
WEIGHTS = np.array([0.8, 1.0, 0.7, 0.5, 0.6, -0.9, 0.4])
OPTIONS = {"error": 0.0, "members": 1, "hidden": (64, 64), "lr": 3e-3}


def reviews(count: int, rng: np.random.Generator) -> np.ndarray:
    """Facts [count, 8] in 0 .. 9: twice the aspect, plus the sentiment; opinions of an aspect lean to one side."""
    lean = rng.uniform(size=(count, ASPECTS))
    aspect = rng.integers(0, ASPECTS - 1, (count, REVIEWS))  # one aspect is never spoken of
    return 2 * aspect + (rng.random((count, REVIEWS)) < np.take_along_axis(lean, aspect, 1))


def summaries(facts: np.ndarray, each_: int, rng: np.random.Generator) -> np.ndarray:
    """Summaries [P, each_, 6] of facts + 1, 0 where nothing is said: half of what is said was in the reviews."""
    p = len(facts)
    copied = np.take_along_axis(facts[:, None], rng.integers(0, REVIEWS, (p, each_ * TOKENS))[:, None], -1)
    copied = copied.reshape(p, each_, TOKENS)
    said = np.where(rng.random(copied.shape) < 0.5, copied, rng.integers(0, 2 * ASPECTS, copied.shape))
    return np.where(rng.random(said.shape) < rng.uniform(0.1, 0.7, (p, each_, 1)), 0, said + 1)


def measured(facts: np.ndarray, summary: np.ndarray) -> np.ndarray:
    """The seven features [*, 7] in 0 .. 5 of facts [*, 8] and summaries [*, 6]."""
    there = (facts[..., None] == np.arange(2 * ASPECTS)).sum(-2)  # [*, 10]
    told = (summary[..., None] == np.arange(1, 2 * ASPECTS + 1)).sum(-2)
    both, spoken = (x.reshape(*x.shape[:-1], ASPECTS, 2) for x in (there, told))
    mentioned, used = both.sum(-1) > 0, spoken.sum(-1) > 0
    major = both >= both[..., ::-1]
    many = np.maximum(told.sum(-1), 1)
    unit = [
        (mentioned & used).sum(-1) / np.maximum(mentioned.sum(-1), 1),
        (spoken * (major & (both > 0))).sum((-1, -2)) / many,
        (there * (told > 0)).sum(-1) / REVIEWS,
        1 - told.sum(-1) / TOKENS,
        (spoken * mentioned[..., None]).sum((-1, -2)) / many,
        (told * (there == 0)).sum(-1) / TOKENS,
        1 - np.maximum(told - 1, 0).sum(-1) / TOKENS,
    ]
    return np.asarray(5 * np.stack(unit, -1))


def gold(z: np.ndarray) -> np.ndarray:
    """Utility [*] of features [*, 7]: a weighted sum, and coverage that counts only where it is faithful."""
    return np.asarray(z @ WEIGHTS + 0.15 * z[..., 0] * z[..., 1])


def seen(facts: np.ndarray, summary: np.ndarray, **info: np.ndarray) -> Transitions:
    """Items of one-hot tokens: reviews [P, 8], summaries [P, G, 6]."""
    prompt = np.eye(2 * ASPECTS)[facts].reshape(len(facts), -1)
    said = np.eye(2 * ASPECTS + 1)[summary].reshape(*summary.shape[:2], -1)
    return response_items(prompt, said, **info)


def feature(index: int) -> Feature:
    """A feature as a rule on one-hot tokens."""
    return Feature(NAMES[index], partial(_rule, index=index), 0, 5)


def _rule(batch: Transitions, *, index: int) -> np.ndarray:
    lead = batch.shape
    facts = np.asarray(batch.obs).reshape(*lead, REVIEWS, -1).argmax(-1)
    summary = np.asarray(batch.action).reshape(*lead, TOKENS, -1).argmax(-1)
    return np.asarray(measured(facts, summary)[..., index])


def pairs(count: int, rng: np.random.Generator, *, sure: bool = False) -> Transitions:
    """Compared summaries."""
    facts = reviews(count, rng)
    summary = summaries(facts, 2, rng)
    gap = 2 * gold(measured(facts[:, None], summary)) @ [1, -1]
    label = gap > 0 if sure else rng.random(count) < 1 / (1 + np.exp(-gap))
    return seen(facts, summary, label=label * 1.0)


def fitted(items: Transitions, seed: int, *, which: Sequence[int] | None, steps: int = 300) -> SegmentModel:
    """A reward on some features, or on tokens without; as many steps for all."""
    if which is None:
        model: SegmentModel = BradleyTerry(seed=seed, **OPTIONS)  # type: ignore[arg-type]
    else:
        model = FeatureReward(features=tuple(map(feature, which)), lr=1e-2, seed=seed)
    model.fit(items, epochs=max(1, round(steps * model.batch_size / len(items))))
    return model


class Candidates:
    """Summaries among which policies choose, evenly at first.

    Args:
        rng: of reviews and summaries.
        prompts, each: how many.
    """

    def __init__(self, rng: np.random.Generator, prompts: int = 40, each: int = 128) -> None:
        facts = reviews(prompts, rng)
        summary = summaries(facts, each, rng)
        self.features = measured(facts[:, None], summary)
        self.items = seen(facts, summary)

    def policy(self, model: SegmentModel, beta: float = 0.3) -> np.ndarray:
        """The optimum [P, K] for standardised scores."""
        r = model.segment_scores(self.items).numpy().mean(0).astype(np.float64)
        return tilted(np.full(r.shape, 1 / r.shape[1]), (r - r.mean()) / r.std(), beta)


def learn(seed: int, *, count: int, which: Sequence[int] | None = tuple(range(7))) -> Measured:
    """Accuracy in percent without noise, and the gold utility of the policy, in deviations above the reference."""
    rng = np.random.default_rng([seed, 41])
    model = fitted(pairs(count, rng), seed, which=which)
    test, choice = (
        pairs(2000, np.random.default_rng([seed, 42]), sure=True),
        Candidates(np.random.default_rng([seed, 43])),
    )
    right = (model.probabilities(test)[0] > 0.5) == (test.info["label"] > 0.5)
    worth = gold(choice.features)
    won = expected(choice.policy(model), worth).mean() - worth.mean()
    return {"accuracy": 100 * float(right.mean()), "gold": float(won / worth.std())}


def ablate(seed: int, *, count: int = 500) -> Measured:
    """In percent, of the seven features, how often the one that is left out is the one that a policy loses most of."""
    items, choice = pairs(count, np.random.default_rng([seed, 41])), Candidates(np.random.default_rng([seed, 43]))
    scale = choice.features.std((0, 1)) * np.sign(WEIGHTS)
    whole = expected(choice.policy(fitted(items, seed, which=range(7)))[..., None, :], choice.features.swapaxes(1, 2))
    hits = []
    for j in range(7):
        policy = choice.policy(fitted(items, seed, which=[i for i in range(7) if i != j]))
        lost = (whole - expected(policy[..., None, :], choice.features.swapaxes(1, 2))).mean(0) / scale
        hits.append(int(lost.argmax()) == j)
    return {"found": 100 * float(np.mean(hits))}


def effects() -> list[Effect]:
    """Accuracy and policies at several numbers of pairs, and features that are left out."""
    arms = [Arm(f"features, {n}", "default", each(partial(learn, count=n)), 0.5) for n in (50, 100, 300)]
    arms += [
        Arm(f"tokens, {n}", "default", each(partial(learn, count=n, which=None)), 1.0) for n in (100, 300, 1000, 3000)
    ]
    arms += [
        Arm("one left out", "500 pairs", each(ablate), 2.0),
        Arm("by chance", "a number", each(lambda s: {"found": 100 / 7}), 0),
    ]
    arms += [Arm("always", "a number", each(lambda s: {"found": 99.0}), 0.0)]
    about = (
        "reviews of eight facts, summaries of up to six; accuracy in percent on pairs without noise, and the gold "
        "utility of the best policy at a given divergence price, in deviations above the reference"
    )
    claims = [
        Claim(
            f"{n} pairs on features do as well as {10 * n} on tokens", "accuracy", f"features, {n}", f"tokens, {10 * n}"
        )
        for n in (100, 300)
    ]
    claims += [
        Claim(f"after {n} pairs the policy wins more than with tokens", "gold", f"features, {n}", f"tokens, {n}")
        for n in (100, 300)
    ]
    claims += [
        Claim(
            "a feature left out is what the policy loses most of, more than by chance",
            "found",
            "one left out",
            "by chance",
        ),
        Claim("a feature left out is always what the policy loses most of", "found", "one left out", "always"),
    ]
    return [Effect("preference_people_opinions", about, arms, claims)]
