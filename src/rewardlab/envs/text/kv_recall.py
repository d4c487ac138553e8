"""Answers from memory, with a confidence: each key has answers of known chances, and none can be looked up.

    R = c − w·(q − c)²,    c = 1 if the answer is right,    E[R] = p − w·(p·(1 − q)² + (1 − p)·q²), best at q = p

With w = 1 the best pay of an answer with chance p is p²: the likeliest answer and its chance. What is right is drawn
anew each time one asks, so no policy does better than to know the chances.

Source: Damani et al., "Beyond Binary Rewards: Training LMs to Reason About Their Uncertainty", 2025 (the Brier score
added to correctness).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.dialogue import Dialogue, Heard
from rewardlab.envs.text.facts import PEOPLE
from rewardlab.envs.text.lines import Example, flat
from rewardlab.envs.world import Card

_SAID = re.compile(
    r"\s*(?:answer\s*:?\s+)?([a-z]+)[\s,;]+(?:confidence\s*:?\s*)?(0|1|0?\.\d|[01]\.0)\s*", re.IGNORECASE
)
CONFIDENCES = tuple(k / 10 for k in range(11))


@dataclass(frozen=True)
class Recall:
    """A question.

    Attributes:
        key: its number, by which answers are known.
        asker: who asks; it says nothing of the answer.
    """

    key: int
    asker: int


@dataclass
class KVRecall(Dialogue):
    """Answer a key by heart, and say how sure you are: one of 0, .1, ..., 1.

    Args:
        questions: keys, 1..200.
        answers: that a key may have, 2..12.
        low: the smallest chance of a key's likeliest answer, above 1 / answers.
        high: the largest, to 1.
        weight: w, of the confidence's Brier score, from 0.
        instance: which table of answers.

    Raises:
        BadOption: for values outside these ranges.
    """

    questions: int = 20
    answers: int = 4
    low: float = 0.5
    high: float = 0.95
    weight: float = 1.0
    instance: int = 0

    parts = ("correct", "calibration")
    columns = {"right": False, "likeliest": False, "chance": 0.0, "confidence": 0.0}
    said = 60

    def __post_init__(self) -> None:
        for name, low, high in (("questions", 1, 200), ("answers", 2, 12), ("weight", 0, 1e6), ("instance", 0, 2**63)):
            if not low <= getattr(self, name) <= high:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="KVRecall", expected=f"{low}..{high}")
        if not 1 / self.answers < self.low <= self.high <= 1:
            raise BadOption(
                f"answers={self.answers!r}, low={self.low!r}, high={self.high!r}",
                where="KVRecall",
                expected=f"1 / answers = {1 / self.answers:.3g} < low <= high <= 1",
                mend="raise low",
            )
        super().__post_init__()

    @cached_property
    def table(self) -> tuple[np.ndarray, np.ndarray]:
        """[keys, answers] the entities that may be right, the likeliest first, and their chances."""
        rng = np.random.default_rng([self.instance, 1911])
        who = np.array([rng.choice(len(PEOPLE) // 2, size=self.answers, replace=False) for _ in range(self.questions)])
        top = np.linspace(self.low, self.high, self.questions) if self.questions > 1 else np.array([self.low])
        rest = np.tile((1 - top[:, None]) / (self.answers - 1), (1, self.answers - 1))
        return who, np.concatenate([top[:, None], rest], axis=1)

    def task(self, rng: np.random.Generator) -> Recall:
        return Recall(int(rng.integers(self.questions)), int(rng.integers(len(PEOPLE))))

    def prompt(self, task: Recall) -> str:
        if self.brief:
            return f"{PEOPLE[task.asker]} {task.key}"
        return (
            f"{PEOPLE[task.asker].capitalize()} asks who lives at number {task.key}. Answer with a name and how sure "
            f"you are, from 0 to 1 in tenths, such as: {PEOPLE[0]} 0.7. You can only know it by heart."
        )

    def hear(self, task: Recall, memory: Any, said: str, rng: np.random.Generator) -> Heard:
        """The truth is drawn, and answer and confidence are paid."""
        found = self.parse(said)
        who, chances = self.table[0][task.key], self.table[1][task.key]
        truth = who[int(np.searchsorted(np.cumsum(chances), rng.random(), side="right").clip(max=len(who) - 1))]
        if found is None:
            return Heard("pardon", over=True, understood=False)
        answer, q = found
        right = bool(answer == truth)
        columns = {
            "right": right,
            "likeliest": bool(answer == who[0]),
            "chance": float(chances[who == answer].sum()),
            "confidence": q,
        }
        parts = {"correct": float(right), "calibration": -self.weight * (q - right) ** 2}
        return Heard(PEOPLE[truth], parts, True, self.check(said, task), None, True, columns)

    def parse(self, said: str) -> tuple[int, float] | None:
        """The entity and the confidence that are said."""
        found = _SAID.fullmatch(flat(said))
        name = found[1].lower() if found else ""
        return (PEOPLE.index(name), float(found[2])) if found and name in PEOPLE else None

    def expected(self, chance: float, confidence: float) -> float:
        """The pay on average of an answer with this chance at this confidence."""
        p, q = chance, confidence
        return p - self.weight * (p * (1 - q) ** 2 + (1 - p) * q**2)

    def sure(self, key: int) -> float:
        """The best confidence for the likeliest answer to a key; of two that are equally good the smaller one."""
        p = float(self.table[1][key, 0])
        return min(CONFIDENCES, key=lambda q: (abs(q - p) > abs(round(p * 10) / 10 - p) + 1e-12, q))

    def optimum(self) -> float:
        """The largest pay on average, over all keys."""
        chances = self.table[1][:, 0].tolist()
        return float(np.mean([max(self.expected(p, q) for q in CONFIDENCES) for p in chances]))

    def check(self, said: str, task: Recall) -> bool:
        """Is it the likeliest answer, with the confidence that is nearest to its chance?"""
        found = self.parse(said)
        if found is None or found[0] != self.table[0][task.key, 0]:
            return False
        p = float(self.table[1][task.key, 0])
        return abs(found[1] - p) <= min(abs(q - p) for q in CONFIDENCES) + 1e-12

    def expert(self, task: Recall, memory: Any, rng: np.random.Generator) -> str:
        return f"{PEOPLE[int(self.table[0][task.key, 0])]} {self.sure(task.key):.1f}"

    def examples(self) -> Sequence[Example]:
        task = Recall(0, 0)
        name, q = self.expert(task, None, np.random.default_rng(0)).split()
        other = PEOPLE[int(self.table[0][0, 1])]
        far = "0.0" if float(q) > 0.3 else "1.0"
        right = (f"{name} {q}", f" {name.upper()}, {q}\n", f"answer: {name}; confidence: {q}", f"{name}  {float(q):g}")
        wrong = (
            "", name, q, f"{q} {name}", f"{other} {q}", f"{name} {far}", f"{name} {q}0", f"{name} -{q}", f"{name} {q}5",
            f"{name} 70%", f"{name} \\u{{30}}.7", f"nobody {q}", f"{name} {q} {q}", f"{name}{q}", f"{name} \uff10.7",
            f"{name} {q}" * 500, f"{name} 1e0", f"{name} nan",
        )  # fmt: skip
        return [Example(s, task, True) for s in right] + [Example(s, task, False) for s in wrong]

    def vocabulary(self) -> Sequence[str]:
        return (*PEOPLE, *"0123456789.", " ", "pardon") if self.brief else super().vocabulary()

    def card(self) -> Card:
        return Card(
            summary=f"Answer one of {self.questions} keys by heart and say how sure you are.",
            observation={"transcript": "the whole conversation, a line for each turn, each begun by who speaks"},
            action={"said": "a name and a confidence, 0, 0.1, ..., 1"},
            reward=(
                f"1 for the right answer, less {self.weight:g} times the squared distance of the confidence from 1 if "
                f"it is right, from 0 if not; at best {self.optimum():.4g} on average over all keys"
            ),
            info={
                "right": "True if the answer is the one that was drawn",
                "likeliest": "True if it is the key's likeliest",
                "chance": "its chance, 0..1",
                "confidence": "what was said, 0..1",
                **self.told(),
                "success": "True for the likeliest answer with the confidence nearest to its chance",
            },
            source="Damani et al., Beyond Binary Rewards: Training LMs to Reason About Their Uncertainty, 2025",
        )
