"""Candidate answers whose quality is known: values of a chain, captions, and texts that rubrics and principles rank.

    rubric:     q(y) = Σ_a w_a(class) · count_a(y)
    principle:  q(y) = (count_never(y) = 0,  ± count_first(y),  ± count_second(y)), compared from left to right
    caption:    q(y) = −(false words)

Texts are words of classes that can be counted; candidates of one task never tie.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np

from rewardlab.envs.text.captions import reference
from rewardlab.envs.text.chains import Chain, drawn
from rewardlab.envs.text.scenes import COLOURS, PLACES, SHAPES, Scene, scene

CLASSES = {
    "polite": ("please", "thanks", "kindly"),
    "digits": ("7", "42", "90"),
    "marks": ("!",),
    "bullets": ("-",),
    "plain": ("so", "the", "and", "it", "we", "go", "on"),
}
COUNTED = ("polite", "digits", "marks", "bullets", "length")
RUBRICS = {
    "poem": {"polite": 1, "digits": -2, "length": 1},
    "note": {"polite": 2, "marks": -1, "length": -1},
    "recipe": {"digits": 2, "bullets": 1, "polite": -1},
    "report": {"bullets": 2, "digits": 1, "marks": -3},
}
VALUES = 4  # shapes and colours of a scene
OPENERS = ("let us think", "step by step", "well now", "the solution")


@dataclass(frozen=True)
class Judged:
    """Candidates and what is known of them.

    Attributes:
        asked: what they answer: a chain, the kind of text, the words of a principle, or a picture.
        rule: what they are judged by: a `Chain`, the kind, a `Principle`, or a `Scene`.
        answers: as they are shown.
        truth: the numbers of the candidates, the best first; of a single one (0,) if it is right, else ().
        label: what the annotator says of that, right or wrong.
        again: what the annotator says when the order is turned.
    """

    asked: str
    rule: Any
    answers: tuple[str, ...]
    truth: tuple[int, ...]
    label: tuple[int, ...]
    again: tuple[int, ...]


@dataclass(frozen=True)
class Principle:
    """Prefer more or less of one thing, then of another; and never a third.

    Attributes:
        first: what counts first.
        more_first: whether more of it is better.
        second: what decides between equals.
        more_second: whether more of it is better.
        never: what makes every text worse than one without it; "" for nothing.
    """

    first: str
    more_first: bool
    second: str
    more_second: bool
    never: str = ""

    def opposite(self) -> "Principle":
        """The one that prefers the contrary of both."""
        return Principle(self.first, not self.more_first, self.second, not self.more_second, self.never)

    def quality(self, text: str) -> tuple[int, ...]:
        """What is compared from left to right; the larger the better."""
        have = counts(text)
        signs = (1 if self.more_first else -1, 1 if self.more_second else -1)
        forbidden = int(not self.never or not have[self.never])
        return forbidden, signs[0] * have[self.first], signs[1] * have[self.second]

    def words(self, form: int) -> str:
        """The principle in one of two wordings."""
        a, b = ("more" if m else "less" for m in (self.more_first, self.more_second))
        if form == 0:
            return f"prefer {a} {self.first}, then {b} {self.second}" + (f", never {self.never}" if self.never else "")
        tail = f"; no {self.never}" if self.never else ""
        return f"{a} {self.first} first; of equals {b} {self.second}{tail}"


def counts(text: str) -> dict[str, int]:
    """How much of everything countable a text has; its length is in words."""
    words = text.split()
    return {"length": len(words)} | {c: sum(w in CLASSES[c] for w in words) for c in COUNTED if c != "length"}


def rubric_quality(kind: str, text: str) -> tuple[int, ...]:
    """The hidden quality of a text of a kind, one number."""
    have = counts(text)
    return (sum(weight * have[name] for name, weight in RUBRICS[kind].items()),)


def text(rng: np.random.Generator) -> str:
    """A text of three to eight words."""
    kinds = list(CLASSES)
    chosen = [CLASSES[kinds[k]] for k in rng.integers(len(kinds), size=int(rng.integers(3, 9)))]
    return " ".join(words[rng.integers(len(words))] for words in chosen)


def texts(count: int, quality: object, rng: np.random.Generator) -> tuple[str, ...]:
    """Texts of which no two have the same quality, in random order."""
    found: dict[object, str] = {}
    while len(found) < count:
        one = text(rng)
        found.setdefault(quality(one), one)  # type: ignore[operator]
    return tuple(found.values())


def principle(rng: np.random.Generator) -> Principle:
    """One of all principles with three different things, or two and nothing forbidden."""
    names = [COUNTED[k] for k in rng.permutation(len(COUNTED))[:3]]
    if names[2] == "length":  # no text is without words
        names[2] = ""
    more = rng.integers(2, size=3)
    return Principle(names[0], bool(more[0]), names[1], bool(more[1]), names[2] if more[2] else "")


def solutions(
    count: int, right: bool, rng: np.random.Generator, *, length: int, modulus: int
) -> tuple[Chain, list[dict[int, int]]]:
    """A chain of additions, and the slips of so many solutions that find different answers.

    Args:
        count: of solutions, at most `modulus`.
        right: whether one of them is right; it is the first.
        rng: draws all.
        length: additions.
        modulus: of all numbers.
    """
    chain = drawn(rng, length=length, modulus=modulus, operations="+")
    offsets = [int(x) for x in rng.permutation(np.arange(1, modulus))[: count - right]]
    slips = [{int(rng.integers(length)): offset} for offset in offsets]
    return chain, [{}, *slips] if right else slips


def captioned(count: int, rng: np.random.Generator) -> tuple[Scene, list[str], list[tuple[int, ...]]]:
    """A scene of two objects, captions that name all of their aspects, and the quality of each.

    No two captions have as many false words; the best of them may have some.

    Args:
        count: of captions, at most 7.
        rng: draws all.
    """
    seen = scene(rng, 3, 2, VALUES, corners=True)
    truth = reference(seen).split()
    found, qualities = list[str](), list[tuple[int, ...]]()
    for wrong in rng.permutation(7)[:count].tolist():
        words = list(truth)
        for at in rng.permutation([k for k in range(8) if k % 4])[:wrong].tolist():  # the ordinals are kept
            known = (COLOURS[:VALUES], SHAPES[:VALUES], PLACES)[at % 4 - 1]
            word = truth[at].rstrip(".")
            others = [w for w in known if w != word]
            words[at] = truth[at].replace(word, others[rng.integers(len(others))])
        found.append(" ".join(words).rstrip("."))
        qualities.append((-wrong,))
    return seen, found, qualities


def ranking(qualities: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """The numbers of the candidates, the best first."""
    return tuple(sorted(range(len(qualities)), key=lambda k: qualities[k], reverse=True))


def label(truth: tuple[int, ...], noise: float, rng: np.random.Generator, *, count: int, form: str) -> tuple[int, ...]:
    """What an annotator says of the true ranking: with chance `noise` another verdict, all others being equally likely.

    With form "ranking" that is another ranking, else another best one, before the rest in their true order.
    """
    wrong, pick = rng.random() < noise, rng.random()
    if not wrong:
        return truth
    if count == 1:
        return () if truth else (0,)
    if form == "ranking":
        others = [p for p in permutations(range(count)) if p != truth]
        return others[int(pick * len(others))]
    best = truth[1:][int(pick * (count - 1))]
    return (best, *(k for k in truth if k != best))
