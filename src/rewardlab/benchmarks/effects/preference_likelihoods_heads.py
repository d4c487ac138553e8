"""Parts of BaseReward: texts that help to judge pictures, the mean of several heads, and a rule before the model.

    pay = 1 if the rule finds the answer right, else σ(r − r_ref)

Mixture: few pairs of one kind beside many of another that shares a part of what makes responses good. Answers: prompts
with a few written answers, of which a rule knows the right ones, and a reward model fitted to comparisons that like
right answers and a pleasing style.

Source: Zhang et al., "BaseReward: A Strong Baseline for Multimodal Reward Model", ICLR 2026.
"""

from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.core.batch import Transitions
from rewardlab.core.softmax_policy import softmax
from rewardlab.rewards import BaseReward, vector_items

SHARED, OWN = 6, 6  # features that both kinds have, and those of each kind alone


def kinds(rng: np.random.Generator, quality: np.ndarray, count: int, picture: bool) -> tuple[Transitions, np.ndarray]:
    """Pairs of pictures or texts [P, 2, D] with labels drawn from their quality, and which one is better."""
    x = np.zeros((count, 2, SHARED + 2 * OWN + 1))
    own = slice(SHARED, SHARED + OWN) if picture else slice(SHARED + OWN, SHARED + 2 * OWN)
    x[..., :SHARED] = rng.normal(size=(count, 2, SHARED))
    x[..., own] = rng.normal(size=(count, 2, OWN))
    x[..., -1] = picture
    q = x[..., :-1] @ quality[0] + 1.5 * x[..., 0] * x[..., 1] - 1.5 * np.abs(x[..., 2])
    gap = q[:, 0] - q[:, 1]
    label = (rng.random(count) < 1 / (1 + np.exp(-2 * gap))) * 1.0
    return vector_items(x, label=label), gap > 0


def mixture(seed: int, *, pictures: int = 80, texts: int = 0, models: int = 1) -> Measured:
    """Accuracy in percent on pictures, after few pictures and some texts; of the mean, and of the best single model."""
    rng = np.random.default_rng([seed, 11])
    quality = rng.normal(size=(1, SHARED + 2 * OWN))
    train, _ = kinds(rng, quality, pictures, True)
    if texts:
        train = Transitions.concat([train, kinds(rng, quality, texts, False)[0]])
    test, better = kinds(np.random.default_rng([seed, 12]), quality, 3000, True)
    found: list[np.ndarray] = []
    for k in range(models):
        model = BaseReward(seed=100 * seed + k, lr=3e-3, width=(16, 24, 32)[k])
        model.fit(train, epochs=40)
        found.append(model.segment_scores(test).numpy()[0] / float(model._deviation[0]))
    hits = [100 * float(((s[:, 0] > s[:, 1]) == better).mean()) for s in (*found, np.mean(found, 0))]
    return {"accuracy": hits[-1], "best_single": max(hits[:-1]), "mean_single": float(np.mean(hits[:-1]))}


@cache
def few(seed: int, texts: int) -> float:
    """Accuracy in percent after 80 pictures and some texts."""
    return mixture(seed, texts=texts)["accuracy"]


@cache
def three(seed: int) -> Measured:
    """Three heads after 300 pictures."""
    return mixture(seed, pictures=300, models=3)


def helped(seed: int, *, texts: int) -> Measured:
    """Accuracy, and the gain over pictures alone of the same seed."""
    return {"accuracy": few(seed, texts), "gain": few(seed, texts) - few(seed, 0)}


def joined(seed: int, *, which: str) -> Measured:
    """Accuracy of the mean of heads, or of one of them, and the gain over a single one of the same seed."""
    return {"accuracy": three(seed)[which], "gain": three(seed)[which] - three(seed)["mean_single"]}


def mixture_effect() -> Effect:
    """Texts that help pictures, and the mean of several heads."""
    mean, best, one = "mean of three heads", "best single head", "a single head"
    arms = [
        Arm("pictures and texts", "80 pictures", each(partial(helped, texts=1500)), 2.0),
        Arm("pictures alone", "80 pictures", each(partial(helped, texts=0)), 0.2),
        Arm(mean, "300 pictures", each(partial(joined, which="accuracy")), 1.0),
        Arm(best, "300 pictures", each(partial(joined, which="best_single")), 0.1),
        Arm(one, "300 pictures", each(partial(joined, which="mean_single")), 0.1),
    ]
    claims = [
        Claim("texts help to judge pictures", "gain", "pictures and texts", "pictures alone"),
        Claim("the mean of heads beats the best of them", "gain", mean, best),
        Claim("the mean of heads beats one of them", "gain", mean, one),
    ]
    about = (
        "comparisons of vectors of two kinds that share a part of their quality; accuracy in percent over pairs of "
        "pictures, heads of 16, 24 and 32 units; gains over pictures alone, or over a single head on average, on the "
        "same seed"
    )
    return Effect("preference_likelihoods_base_reward", about, arms, claims)


@dataclass(frozen=True)
class Answers:
    """Sizes of the task of answers.

    Attributes:
        prompts: of the policy.
        answers: of each prompt, a quarter of them right.
        pairs: that the reward model is fitted to.
        steps: of the policy.
        rate: of its ascent.
    """

    prompts: int = 40
    answers: int = 16
    pairs: int = 400
    steps: int = 300
    rate: float = 1.0


def trained(seed: int, *, hybrid: bool, task: Answers | None = None) -> Measured:
    """Exact gradient ascent on the pay of a policy over the written answers; how often it is right in the end.

    The model sees whether an answer is right only through noisy features; r_ref is its mean score of the prompt.
    """
    t = task or Answers()
    rng = np.random.default_rng([seed, 13])

    def answers(count: int, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        right = rng.random((count, size)) < 0.25
        style = rng.normal(size=(count, size))
        signs = right[..., None] + 0.8 * rng.normal(size=(count, size, 4))
        return np.concatenate([signs, style[..., None], rng.normal(size=(count, size, 3))], -1), right, style

    x, right, style = answers(t.pairs, 2)
    utility = 2.0 * right + style
    label = (rng.random(t.pairs) < 1 / (1 + np.exp(utility[:, 1] - utility[:, 0]))) * 1.0
    model = BaseReward(seed=seed, lr=3e-3)
    model.fit(vector_items(x, label=label), epochs=20)
    x, right, style = answers(t.prompts, t.answers)
    score = model.segment_scores(vector_items(x)).numpy()[0]
    learned = 1 / (1 + np.exp(score.mean(1, keepdims=True) - score))
    pay = np.where(right, 1.0, learned) if hybrid else learned
    theta = np.zeros_like(pay)
    for _ in range(t.steps):
        policy = softmax(theta)
        advantage = pay - (policy * pay).sum(-1, keepdims=True)
        theta += t.rate * policy * advantage
    policy, solvable = softmax(theta), right.any(1)
    return {
        "right": 100 * float((policy * right).sum(1)[solvable].mean()),
        "style": float((policy * style).sum(1)[solvable].mean()),
    }


def hybrid_effect() -> Effect:
    """A rule before the model."""
    arms = [
        Arm("rule, then model", "ascent of 300 steps", each(partial(trained, hybrid=True)), 1.0),
        Arm("model alone", "ascent of 300 steps", each(partial(trained, hybrid=False)), 1.0),
    ]
    ours, other = (a.side for a in arms)
    claims = [
        Claim("answers are right more often", "right", ours, other),
        Claim("answers please less by style alone", "style", ours, other, False),
    ]
    t = Answers()
    about = (
        f"{t.prompts} prompts with {t.answers} written answers, a quarter right; comparisons like right answers and a "
        f"pleasing style; right answers in percent of prompts that have one, and the policy's mean style (deviation 1)"
    )
    return Effect("preference_likelihoods_hybrid", about, arms, claims)


def effects() -> list[Effect]:
    """All of this file."""
    return [hybrid_effect(), mixture_effect()]
