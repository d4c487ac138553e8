"""Simplify a sentence: say the same concepts in short common words and short sentences.

    r = recall · (short + split) / 2,    grade = 0.39 words/sentences + 11.8 syllables/words − 15.59

The language is made up: each concept has a long rare word and a short common one, and clauses are joined by a word that
can be a full stop. The meaning is the sequence of concepts, so that what was kept is known without error. The grade by
word and sentence length, which knows nothing of meaning, is best for one word of one syllable.

Source: Kincaid, Fishburne, Rogers, Chissom, "Derivation of New Readability Formulas for Navy Enlisted Personnel", 1975
(the grade); Xu, Napoles, Pavlick, Chen, Callison-Burch, "Optimizing Statistical Machine Translation for Text
Simplification", TACL 2016 (simplification by rewriting).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.dialogue import Dialogue, Heard
from rewardlab.envs.text.lines import Example, unescaped
from rewardlab.envs.world import Card

SHORT = ("bo", "da", "fi", "gu", "ka", "le", "mi", "no", "pa", "re", "so", "ti", "vu", "wa", "ze", "ju")
LONG = tuple(
    s + tail for s, tail in zip(
        SHORT[3:] + SHORT[:3],
        ("laruno", "rimelo", "tanira", "sovelu", "korami", "pelodu", "varito", "nusare",
         "dilamo", "gotuse", "bemira", "falonu", "zarite", "mokelu", "hivaso", "cudena"),
        strict=True,
    )
)  # fmt: skip
JOINS = ("ond", "whereby")
DOMAINS = ("all", "a", "b")


@dataclass(frozen=True)
class Sentence:
    """What is to be simplified.

    Attributes:
        clauses: the numbers of the concepts of each clause.
        long: whether each concept, in order, is said in its long word.
        joins: the number of the word between each clause and the next; -1 for a full stop.
    """

    clauses: tuple[tuple[int, ...], ...]
    long: tuple[bool, ...]
    joins: tuple[int, ...]

    @property
    def meaning(self) -> tuple[int, ...]:
        """The concepts in order."""
        return tuple(c for clause in self.clauses for c in clause)

    def text(self) -> str:
        """The sentence as it was found."""
        long = iter(self.long)
        said = []
        for k, clause in enumerate(self.clauses):
            said += [LONG[c] if next(long) else SHORT[c] for c in clause]
            join = -1 if k == len(self.clauses) - 1 else self.joins[k]
            said.append("." if join < 0 else JOINS[join])
        return "".join(f"{word} " for word in said)

    def simple(self) -> str:
        """The same in short words, a sentence for each clause."""
        return "".join("".join(f"{SHORT[c]} " for c in clause) + ". " for clause in self.clauses)


@dataclass
class SimplifyText(Dialogue):
    """Rewrite a sentence in short words and short sentences without losing a concept.

    Args:
        clauses: of a sentence, 1..6; half of the sentences have fewer where that is possible.
        longest: the largest number of concepts of a clause, 1..6.
        rare: how often a concept is said in its long word, above 0 and up to 1.
        domain: "all", or "a" or "b", which have the first and the last ten of the sixteen concepts.
        strict: pay nothing where a concept is lost, added or moved.

    Raises:
        BadOption: for values outside these ranges.
    """

    clauses: int = 3
    longest: int = 3
    rare: float = 0.7
    domain: str = "all"
    strict: bool = False

    columns = {
        "recall": 0.0, "short": 0.0, "split": 0.0, "grade": 0.0, "grade_before": 0.0, "copied": False, "words": 0,
        "sentences": 0,
    }  # fmt: skip

    def __post_init__(self) -> None:
        for name, low, high in (("clauses", 1, 6), ("longest", 1, 6), ("rare", 1e-9, 1)):
            if not low <= getattr(self, name) <= high:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="SimplifyText", expected=f"{low:g}..{high:g}")
        if self.domain not in DOMAINS:
            raise BadOption(f"domain={self.domain!r}", where="SimplifyText", expected=f"one of {DOMAINS}")
        self.said = 12 * self.clauses * (self.longest + 1)
        self.heard = self.said + 200
        super().__post_init__()

    def task(self, rng: np.random.Generator) -> Sentence:
        first, count = (6, 10) if self.domain == "b" else (0, 10 if self.domain == "a" else 16)
        n = int(rng.integers((self.clauses + 1) // 2, self.clauses + 1))
        sizes = rng.integers(1, self.longest + 1, size=n)
        clauses = tuple(tuple(int(c) for c in first + rng.integers(count, size=k)) for k in sizes)
        long = rng.random(int(sizes.sum())) < self.rare
        joins = tuple(int(j) for j in rng.integers(-1, len(JOINS), size=n - 1))
        if not long.any() and all(j < 0 for j in joins):  # nothing to simplify
            long[0] = True
        return Sentence(clauses, tuple(long.tolist()), joins)

    def prompt(self, task: Sentence) -> str:
        if self.brief:
            return task.text()
        return f"Say this in short words and one sentence for each thought, and lose nothing: {task.text().strip()}"

    def hear(self, task: Sentence, memory: None, said: str, rng: np.random.Generator) -> Heard:
        words = _words(said)
        concepts, is_long, ends = _read(words)
        kept = recall(concepts, task.meaning)
        breaks = {sum(len(c) for c in task.clauses[: k + 1]) for k in range(len(task.clauses))}
        exact = tuple(concepts) == task.meaning
        short = 1 - sum(is_long) / max(len(is_long), 1)
        split = len(ends.intersection(breaks)) / len(ends.union(breaks))
        simple = (short + split) / 2
        columns = {
            "recall": kept, "short": short, "split": split, "grade": grade(said), "grade_before": grade(task.text()),
            "copied": words == _words(task.text()), "words": sum(w != "." for w in words),
            "sentences": sum(w == "." for w in words),
        }  # fmt: skip
        parts = {"outcome": (float(exact) if self.strict else kept) * simple}
        understood = bool(concepts)
        return Heard("", parts if understood else {}, True, self.check(said, task), None, understood, columns)

    def check(self, said: str, task: Sentence) -> bool:
        """Are all concepts said in order in short words, with a full stop after each clause and nowhere else?"""
        return _words(said) == _words(task.simple())

    def expert(self, task: Sentence, memory: None, rng: np.random.Generator) -> str:
        return task.simple()

    def pairs(self, count: int, seed: int = 0) -> list[tuple[str, str]]:
        """Sentences of this domain and split with their simplifications: (as found, simple), `count` of them."""
        rng = np.random.default_rng(seed)
        return [(task.text(), task.simple()) for task in (self._task(rng) for _ in range(count))]

    def examples(self) -> Sequence[Example]:
        task = Sentence(((0, 1), (2,)), (True, False, True), (0,))
        right = (
            "bo da . fi .",
            "Bo DA. Fi.",
            " bo\nda.fi . ",
            "bo da .\tfi .",
            "bo, da. fi.",
            "bo da ! fi !",
            "bo da... fi.",
            "; bo da. fi?",
        )
        wrong = (
            "", ".", task.text(), "bo da fi .", "bo da . fi", "da bo . fi .", "bo da . fi . fi .", "bo . da . fi .",
            "bo da .", "bo da . gu .", "bo da . fi . and", f"{LONG[0]} da . fi .", "bo da\uff0e fi\uff0e",
            "\\u{62}o da . fi .", "bo " * 3000,
        )  # fmt: skip
        return [Example(s, task, True) for s in right] + [Example(s, task, False) for s in wrong]

    def vocabulary(self) -> Sequence[str]:
        return tuple(f"{w} " for w in (*SHORT, *LONG, *JOINS, ".")) if self.brief else super().vocabulary()

    def card(self) -> Card:
        paid = "1 if it is kept exactly, else 0," if self.strict else "the part of it that is kept"
        return Card(
            summary="Rewrite a sentence of a made-up language in short words and sentences, and keep its meaning.",
            observation={"transcript": "the sentence"},
            action={"said": f"words and full stops, up to {self.said} characters"},
            reward=f"The meaning: {paid} times the mean of short words and of full stops that are right.",
            info={
                "recall": "the longest part of the concepts that was kept in order, of all those said or due, 0..1",
                "short": "concepts said in their short word, of those said, 0..1",
                "split": "full stops that end a clause, of all that were said or due, 0..1",
                "grade": "readability: 0.39 words a sentence + 11.8 syllables a word - 15.59; the lower the easier",
                "grade_before": "the same of the sentence as it was found",
                "copied": "True if nothing was changed",
                "words": "words that were said, of any language",
                "sentences": "full stops that were said",
                **self.told(),
            },
            optimal_return=1.0,
            source="Kincaid, Fishburne, Rogers, Chissom, Derivation of New Readability Formulas, 1975",
        )


def recall(said: Sequence[int], due: Sequence[int]) -> float:
    """The longest common subsequence, of the longer of the two: 1 exactly where they are equal."""
    row = [0] * (len(due) + 1)
    for x in said:
        before = row
        row = [0]
        for j, y in enumerate(due):
            row.append(before[j] + 1 if x == y else max(row[j], before[j + 1]))
    return row[-1] / max(len(said), len(due), 1)


def grade(text: str) -> float:
    """The Flesch-Kincaid grade of a text; 0 without a word. A syllable is a row of vowels, at least one a word."""
    words = _words(text)
    spoken = [w for w in words if w != "."]
    if not spoken:
        return 0.0
    sentences = words.count(".") + (words[-1] != ".")
    syllables = sum(max(1, len(re.findall("[aeiouy]+", w))) for w in spoken)
    return 0.39 * len(spoken) / sentences + 11.8 * syllables / len(spoken) - 15.59


def _words(text: str) -> list[str]:
    """Words and full stops; of stops in a row the first."""
    found = re.findall(r"[^\s.,!?;]+|[.!?]", unescaped(text).lower())
    words = ["." if w in "!?" else w for w in found]
    return [w for k, w in enumerate(words) if w != "." or (k and words[k - 1] != ".")]


def _read(words: Sequence[str]) -> tuple[list[int], list[bool], set[int]]:
    """The concepts, whether each was said in its long word, and after how many of them a sentence ended."""
    concepts: list[int] = []
    long: list[bool] = []
    ends: set[int] = set()
    for w in words:
        if w == ".":
            ends.add(len(concepts))
        elif w in SHORT or w in LONG:
            concepts.append(SHORT.index(w) if w in SHORT else LONG.index(w))
            long.append(w in LONG)
    return concepts, long, ends
