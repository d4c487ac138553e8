"""Answers that fool a verifier, and a verifier that goes on learning.

Sums: an answer modulo 5, or none, in one of four forms of which a rule knows two, with or without a word that went with
right answers in the verifier's lessons.

Source: Hong, Yan, Wu, Hou, Zhang, Lu, Shen, Xiao, "Cooper: Co-Optimizing Policy and Reward Models in Reinforcement
Learning for Large Language Models", arXiv 2508.05613, 2025.
"""

from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np

from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.core.batch import Transitions
from rewardlab.core.responses import expected, softmax
from rewardlab.rewards import Cooper, vector_items

RESULTS, FORMS = 5, 4
ANSWERS = np.array(list(product(range(RESULTS + 1), range(FORMS), (0, 1))))  # [K, 3]: result or none, form, the word


def answers(reference: np.ndarray, index: np.ndarray) -> Transitions:
    """Answers [B] to questions with these results, as one step each; columns `reference` and `answer` [B, 3]."""
    said = ANSWERS[index]
    eye = np.eye(RESULTS + 1)[:, :RESULTS]  # no result is a row of zeros
    x = np.concatenate([eye[reference], eye[said[:, 0]], np.eye(FORMS)[said[:, 1]], said[:, 2:]], -1)
    flat = vector_items(x[:, None], reference=reference[:, None, None], answer=said[:, None, None])
    return flat.map(lambda a: a.reshape(len(x), *a.shape[3:]))


def rule(batch: Transitions) -> np.ndarray:
    """Accepts right results in the first two forms."""
    said = batch.info["answer"].reshape(-1, 3)
    return (said[:, 0] == batch.info["reference"].reshape(-1)) & (said[:, 1] < 2)


def corrupt(batch: Transitions, rng: np.random.Generator) -> Transitions:
    """The same answers with other results, or without one."""
    said = batch.info["answer"].reshape(-1, 3)
    other = (said[:, 0] + rng.integers(1, RESULTS + 1, len(said))) % (RESULTS + 1)
    index = (other * FORMS + said[:, 1]) * 2 + said[:, 2]
    wrong = answers(batch.info["reference"].reshape(-1), index)
    return wrong.map(lambda a: a.reshape(len(a), 1, *a.shape[1:]))


@dataclass(frozen=True)
class Sums:
    """Sizes of the task.

    Attributes:
        lessons: answers that the verifier has seen, with true labels.
        spurious: how often the word goes with right answers there, and is missing in wrong ones.
        steps: of the policy.
        group: G answers to each question.
        groups: of each question in a step.
        lr: of the policy.
        right: chance of a right result before training.
        none: chance of no result.
        word: chance of the word before training, whatever the result.
    """

    lessons: int = 600
    spurious: float = 0.95
    steps: int = 300
    group: int = 8
    groups: int = 4
    lr: float = 0.3
    right: float = 0.15
    none: float = 0.3
    word: float = 0.3


def trained(seed: int, *, reward: str, lr_rm: float = 3e-3, task: Sums | None = None) -> Measured:
    """Group-relative policy gradients on a rule, a frozen verifier, or one that goes on learning.

    Args:
        seed: of lessons, networks and answers.
        reward: "rule", "frozen" or "cooper".
        lr_rm: step size of the verifier's updates.
        task: its sizes.
    """
    t = task or Sums()
    rng = np.random.default_rng([seed, 185])
    match = ANSWERS[:, 0][None] == np.arange(RESULTS)[:, None]  # [questions, K]
    wrong = np.where(ANSWERS[:, 0] == RESULTS, t.none, (1 - t.right - t.none) / (RESULTS - 1))
    start = np.where(match, t.right, wrong) / FORMS
    theta = np.log(start * np.where(ANSWERS[:, 2] == 1, t.word, 1 - t.word))
    model = Cooper(
        rule=rule, corrupt=corrupt, lr_rm=lr_rm if reward == "cooper" else 0.0, rm_steps=2, hidden=(64,), lr=3e-3,
        members=1, action=False, seed=seed,
    )  # fmt: skip
    asked = rng.integers(0, RESULTS, t.lessons)
    right = rng.random(t.lessons) < 0.4
    result = np.where(right, asked, (asked + rng.integers(1, RESULTS, t.lessons)) % RESULTS)
    word = np.where(rng.random(t.lessons) < t.spurious, right, ~right)
    index = (result * FORMS + rng.integers(0, FORMS, t.lessons)) * 2 + word
    lessons = answers(asked, index).map(lambda a: a.reshape(len(a), 1, 1, *a.shape[1:]))
    model.fit(lessons.paying(lessons.reward, correct=right[:, None] * 1.0), epochs=20)
    path = []
    questions = np.repeat(np.arange(RESULTS), t.groups * t.group)
    for _ in range(t.steps):
        policy = softmax(theta)
        path.append(expected(policy, match).mean())
        u = rng.random(len(questions))
        index = (u[:, None] > policy[questions].cumsum(-1)).sum(-1).clip(max=len(ANSWERS) - 1)
        batch = answers(questions, index)
        paid = rule(batch) * 1.0 if reward == "rule" else np.asarray(model(batch), dtype=np.float64)
        groups = paid.reshape(-1, t.group)
        advantage = ((groups - groups.mean(-1, keepdims=True)) / (groups.std(-1, keepdims=True) + 1e-2)).ravel()
        slope = np.zeros_like(theta)
        np.add.at(slope, (questions, index), advantage)
        np.add.at(slope, questions, -advantage[:, None] * policy[questions])
        theta += t.lr * slope / (t.groups * t.group)
        if reward == "cooper":
            model.update(batch)
    policy = softmax(theta)
    gold = expected(policy, match).mean()
    path.append(gold)
    every = answers(np.repeat(np.arange(RESULTS), len(ANSWERS)), np.tile(np.arange(len(ANSWERS)), RESULTS))
    pays = np.asarray(model(every), dtype=np.float64).reshape(policy.shape)
    # a right answer beside a wrong one, both as the policy gives them
    odds = [np.where(m, policy, 0) for m in (match, ~match)]
    odds = [o / np.maximum(o.sum(-1, keepdims=True), 1e-12) for o in odds]
    above = (pays[:, :, None] > pays[:, None]) * odds[0][:, :, None] * odds[1][:, None]
    return {
        "gold": 100 * float(gold),
        "fell": 100 * float(max(path) - gold),
        "peak": 100 * float(max(path)),
        "proxy": float(expected(policy, pays).mean()),
        "word": 100 * float(expected(policy, ANSWERS[:, 2] == 1).mean()),
        "pairs": 100 * float(above.sum((1, 2)).mean()),
    }


def effects() -> list[Effect]:
    """A rule, a frozen verifier, and one that learns."""
    arms = [
        Arm("rule", "", each(partial(trained, reward="rule")), 0.3),
        Arm("frozen", "", each(partial(trained, reward="frozen")), 0.4),
        *(
            Arm("Cooper", f"step size {lr:g}", each(partial(trained, reward="cooper", lr_rm=lr)), 1.0)
            for lr in (3e-3, 1e-2)
        ),
        Arm("bound", "", each(lambda seed: {"proxy": 0.95, "fell": 15.0, "word": 80.0, "pairs": 70.0}), 0.0),
        Arm("a good one", "", each(lambda seed: {"word": 20.0, "pairs": 90.0}), 0.0),
    ]
    return [
        Effect(
            "preference_noise_cooper",
            "sums modulo 5, of which a policy first gives 15 % right and 30 % without a result; a word goes with 95 % "
            "of the right answers in the verifier's lessons; in percent",
            arms,
            [
                Claim("frozen: it pays 0.95", "proxy", "frozen", "bound"),
                Claim("frozen: right answers fall by 15 points", "fell", "frozen", "bound"),
                Claim("frozen: four of five answers have the word", "word", "frozen", "bound"),
                Claim("frozen: it no longer tells answers apart", "pairs", "frozen", "bound", higher=False),
                Claim("Cooper: more answers are right than by the rule", "gold", "Cooper", "rule", times=0.99),
                Claim("Cooper: more answers are right than by the frozen one", "gold", "Cooper", "frozen"),
                Claim("Cooper: one of five has the word", "word", "Cooper", "a good one", higher=False),
                Claim("Cooper: it tells answers apart", "pairs", "Cooper", "a good one"),
            ],
        )
    ]
