"""Simple words: a policy that learns from a classifier, or from readability.

Texts of three to six concepts, each said by a long or a short word or left out, in one or more sentences; two subjects
with concepts of their own, and a parallel corpus of the first alone.

Source: Rahman, Irbaz, North, Williams, Zampieri, Lybarger, "Health Text Simplification: An Annotated Corpus for
Digestive Cancer Education and Novel Strategies for Reinforcement Learning", arXiv 2401.15043, 2024.
"""

from functools import lru_cache, partial
from typing import Any

import numpy as np

from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.benchmarks.effects.preference_noise_peers import area
from rewardlab.core.batch import Transitions
from rewardlab.core.responses import softmax
from rewardlab.rewards import SimpleDC, flesch_kincaid, vector_items

CONCEPTS, SAID = 12, 6
KEEP, SHORT, DROP = range(3)
LONG_SYLLABLES, SHORT_SYLLABLES = 4.0, 1.0


class Words:
    """Texts of one seed: sets of concepts, of the first subject (concepts 0 to 5) or of the second.

    Args:
        seed: of the texts.
    """

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng([seed, 183])

    def sources(self, count: int, subject: int) -> np.ndarray:
        """Which concepts texts speak of, [count, CONCEPTS] bool: three to six of one subject."""
        many = self.rng.integers(3, SAID + 1, count)
        order = self.rng.random((count, SAID)).argsort(-1) < many[:, None]
        out = np.zeros((count, CONCEPTS), dtype=bool)
        out[:, subject * SAID : (subject + 1) * SAID] = order
        return out

    def written(self, source: np.ndarray, action: np.ndarray, split: np.ndarray) -> dict[str, np.ndarray]:
        """Texts after one action [B, CONCEPTS] for each concept, in 1 + split [B] sentences.

        Returns:
            Features, meaning [B, CONCEPTS], recall, share of short words, and the readability, 3.4 at best.
        """
        said = source & (action != DROP)
        short = said & (action == SHORT)
        words = np.maximum(said.sum(-1), 1)  # at least one word of one syllable
        syllables = np.where(said.any(-1), (np.where(short, SHORT_SYLLABLES, LONG_SYLLABLES) * said).sum(-1), 1.0)
        sentences = np.minimum(1 + split, words)
        readable = -flesch_kincaid(words, sentences, syllables)
        features = np.stack([syllables / words, words / sentences, words / SAID], -1)
        return {
            "features": np.concatenate([features, said * 1.0], -1),
            "recall": said.sum(-1) / source.sum(-1),
            "short": short.sum(-1) / np.maximum(said.sum(-1), 1),
            "readable": readable,
        }


def meaning(x: Any, y: Any) -> Any:
    """The cosine of the concepts that two texts speak of."""
    a, b = x[:, -CONCEPTS:], y[:, -CONCEPTS:]
    return (a * b).sum(-1) / ((a * a).sum(-1) * (b * b).sum(-1) + 1e-9) ** 0.5


@lru_cache(maxsize=8)
def classifier(seed: int) -> tuple[SimpleDC, float]:
    """A classifier of 200 pairs of the first subject, and how well it tells others apart, in percent."""
    task = Words(seed)
    model = SimpleDC(similarity=meaning, seed=seed, hidden=(32,), lr=3e-3, members=1, meaning=0.5)
    pairs = [_parallel(task, 200), _parallel(task, 400)]
    model.fit(pairs[0], epochs=60)
    q = model.simplicity(pairs[1])[..., 0]
    side = pairs[1].info["label"][:, None] == [[1.0, 0.0]]
    return model, 100 * area(q[side], q[~side])


def _parallel(task: Words, count: int) -> Transitions:
    """Originals and what people made of them: most words short, few left out, often more sentences."""
    source = task.sources(count, 0)
    kept = np.zeros((count, CONCEPTS), dtype=int)
    simple = task.rng.choice(3, (count, CONCEPTS), p=[0.15, 0.8, 0.05])
    texts = [
        task.written(source, action, split)["features"]
        for action, split in ((simple, task.rng.integers(0, 3, count)), (kept, np.zeros(count, dtype=int)))
    ]
    label = task.rng.integers(0, 2, count) * 1.0
    x = np.stack(texts, 1)
    x = np.where(label[:, None, None] > 0.5, x, x[:, ::-1])
    return vector_items(x, label=label)


def simplified(
    seed: int, *, reward: str, beta: float = 0.2, subject: int = 1, steps: int = 150, lr: float = 1.0, batch: int = 256
) -> Measured:
    """A policy over actions for each concept and over splits, trained on texts without partners.

    Args:
        seed: of everything.
        reward: "none", the policy of the parallel corpus of the first subject; "in the subject", that of one of the
            second; "classifier", "readability", or "readability and meaning".
        beta: of the divergence from where it began.
        subject: of the texts.
        steps: of group-relative policy gradients.
        lr: of the policy.
        batch: texts in a step, in groups of 8.
    """
    task = Words(seed)
    model, auc = classifier(seed)
    words = np.array([0.55, 0.4, 0.05])  # what it does with words that it has not seen
    known = np.array([0.15, 0.8, 0.05])
    start = np.log(np.tile(words, (CONCEPTS, 1)))
    start[: SAID if reward != "in the subject" else CONCEPTS] = np.log(known)
    begin = np.log(np.array([0.4, 0.3, 0.3]))
    theta, phi = start.copy(), begin.copy()
    for _ in range(steps if reward not in ("none", "in the subject") else 0):
        source = np.repeat(task.sources(batch // 8, subject), 8, 0)
        p, s = softmax(theta), softmax(phi)
        action = (task.rng.random((batch, CONCEPTS, 1)) > p.cumsum(-1)).sum(-1).clip(max=2)
        split = (task.rng.random((batch, 1)) > s.cumsum()).sum(-1).clip(max=2)
        text = task.written(source, action, split)
        original = task.written(source, 0 * action, 0 * split)
        if reward == "classifier":
            paid = _paid(model, original["features"], text["features"])
        else:
            paid = 1.0 * text["readable"]
            if reward == "readability and meaning":
                paid = paid + 0.5 * meaning(original["features"], text["features"])
        ratio = (np.log(p) - start)[np.arange(CONCEPTS), action] * source
        value = paid - beta * (ratio.sum(-1) + (np.log(s) - begin)[split])
        groups = value.reshape(-1, 8)
        gain = ((groups - groups.mean(-1, keepdims=True)) / (groups.std(-1, keepdims=True) + 1e-2)).ravel()
        for a in range(3):
            theta[:, a] += lr * ((gain[:, None] * source) * ((action == a) - p[:, a])).mean(0)
            phi[a] += lr * (gain * ((split == a) - s[a])).mean()
    source = task.sources(2000, subject)
    action = (task.rng.random((2000, CONCEPTS, 1)) > softmax(theta).cumsum(-1)).sum(-1).clip(max=2)
    split = (task.rng.random((2000, 1)) > softmax(phi).cumsum()).sum(-1).clip(max=2)
    text = task.written(source, action, split)
    return {
        "short": 100 * float((source & (action == SHORT)).sum() / source.sum()),
        "recall": 100 * float(text["recall"].mean()),
        "readable": float(text["readable"].mean()),
        "auc": auc,
    }


def _paid(model: SimpleDC, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    none, over = np.zeros(len(x)), np.ones(len(x), dtype=bool)
    return np.asarray(model(Transitions(x, none[:, None][:, :0], none, y, over, ~over)), dtype=np.float64)


def effects() -> list[Effect]:
    """Policies of five rewards."""
    words = [
        Arm(r, "beta 0.2", each(partial(simplified, reward=r)), 0.5)
        for r in ("none", "in the subject", "classifier", "readability and meaning")
    ]
    words.append(Arm("classifier", "beta 0.05", each(partial(simplified, reward="classifier", beta=0.05)), 0.5))
    words += [
        Arm("readability", f"beta {b:g}", each(partial(simplified, reward="readability", beta=b)), 0.5)
        for b in (0.2, 0.02)
    ]
    words.append(
        Arm("readability", "beta 0.001", each(partial(simplified, reward="readability", beta=0.001, steps=500)), 0.5)
    )
    words += [
        Arm("bound", "", each(lambda seed: {"auc": 95.0, "recall": 90.0}), 0.0),
        Arm("half", "", each(lambda seed: {"recall": 50.0}), 0.0),
        Arm(
            "none, 10 points more", "", each(lambda seed: {"short": simplified(seed, reward="none")["short"] + 10}), 0.1
        ),
        Arm(
            "half of the gap",
            "",
            each(
                lambda seed: {
                    "short": 0.5 * sum(simplified(seed, reward=r)["short"] for r in ("none", "in the subject"))
                }
            ),
            0.1,
        ),
    ]
    return [
        Effect(
            "preference_noise_simple_words",
            "texts of a subject without partners, by a policy and a classifier of another; short words and recall of "
            "concepts in percent",
            words,
            [
                Claim("the classifier tells held-out texts apart, area 0.95", "auc", "classifier", "bound"),
                Claim("classifier: 10 points more short words", "short", "classifier", "none, 10 points more"),
                Claim("classifier: half of the gap is closed", "short", "classifier", "half of the gap"),
                Claim("classifier: nine of ten concepts are kept", "recall", "classifier", "bound"),
                Claim("readability alone loses half of them", "recall", "readability", "half", higher=False),
            ],
        ),
    ]  # fmt: skip
