"""Captions: what a text claims of a scene, which claims are true, and what a reader can answer from it alone.

    a truthful caption that names m of K aspects with C values each:  E[r] = (m + (K − m) / C) / K

A caption is a row of sentences. "first red circle top-left." names an object by its number in reading order and some
of its aspects; "first above second." relates two. Every other word means nothing. An aspect that is given two values
counts as given a wrong one, so that listing all values gains nothing.

Source: Xing et al., "CapRL: Stimulating Dense Image Caption Capabilities via Reinforcement Learning", 2025 (the reader
that answers questions from the caption alone); Jing, Du, "FGAIF: Aligning Large Vision-Language Models with
Fine-grained AI Feedback", 2024 (existence, attribute and relation).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from rewardlab.envs.text.lines import unescaped
from rewardlab.envs.text.scenes import ASPECTS, COLOURS, MOTIONS, ORDINALS, PLACES, RELATIONS, SHAPES, Scene

_WORDS = {"shape": SHAPES, "colour": COLOURS, "place": PLACES, "motion": MOTIONS}
_ASPECT = {word: aspect for aspect, words in _WORDS.items() for word in words}
KINDS = ("existence", "attribute", "relation")


@dataclass(frozen=True)
class Claim:
    """One thing that a sentence says.

    Attributes:
        kind: a word of KINDS: that there is such an object (its number, with its shape where one is named), what
            colour or place it has, or how it lies to another.
        about: the number of the object from 0.
        said: the words.
        true: whether it is so.
    """

    kind: str
    about: int
    said: tuple[str, ...]
    true: bool


@dataclass(frozen=True)
class Read:
    """A caption as it is understood.

    Attributes:
        words: how many words it has, known or not.
        sentences: the claims of each.
        named: (object, aspect) -> the values that it is given.
        foreign: words that mean nothing.
    """

    words: int
    sentences: tuple[tuple[Claim, ...], ...]
    named: Mapping[tuple[int, str], tuple[str, ...]] = field(default_factory=dict)
    foreign: int = 0

    def claims(self) -> list[Claim]:
        """All claims, in order."""
        return [claim for sentence in self.sentences for claim in sentence]

    def value(self, about: int, aspect: str) -> str | None:
        """What an object's aspect is said to be: None if nothing, "" if several things are."""
        found = self.named.get((about, aspect), ())
        return None if not found else found[0] if len(found) == 1 else ""


def tokens(said: str) -> list[str]:
    """The words of a text, in lower case; a full stop is one."""
    return re.findall(r"[^\s.;,]+|[.;]", unescaped(said).lower())


def read(said: str, scene: Scene) -> Read:
    """What a text claims of a scene."""
    sentences: list[tuple[Claim, ...]] = []
    named: dict[tuple[int, str], tuple[str, ...]] = {}
    count, foreign, current = 0, 0, []
    for token in [*tokens(said), "."]:
        if token not in (".", ";"):
            count += 1
            current.append(token)
            continue
        claims, strange = _sentence(current, scene, named)
        foreign += strange
        if current:
            sentences.append(claims)
        current = []
    return Read(count, tuple(sentences), named, foreign)


def _sentence(
    words: Sequence[str], scene: Scene, named: dict[tuple[int, str], tuple[str, ...]]
) -> tuple[tuple[Claim, ...], int]:
    """The claims of one sentence, which are entered into `named`, and how many words mean nothing."""
    numbers = [ORDINALS.index(w) for w in words if w in ORDINALS]
    foreign = sum(w not in _ASPECT and w not in ORDINALS and w not in RELATIONS for w in words)
    if not numbers:
        return (), foreign
    about = numbers[0]
    there = about < len(scene.things)
    truth = scene.aspects(about) if there else {}
    claims = []
    if not there:
        claims.append(Claim("existence", about, (ORDINALS[about],), False))
    for word in words:
        aspect = _ASPECT.get(word)
        if aspect is None:
            continue
        kind = "existence" if aspect == "shape" else "attribute"
        claims.append(Claim(kind, about, (ORDINALS[about], word), truth.get(aspect) == word))
        known = named.get((about, aspect), ())
        named[about, aspect] = known if word in known else (*known, word)
    for at, word in enumerate(words):
        after = next((w for w in words[at + 1 :] if w in ORDINALS), None)
        if word in RELATIONS and after:
            other = ORDINALS.index(after)
            holds = there and other < len(scene.things) and scene.related(about, word, other)
            claims.append(Claim("relation", about, (ORDINALS[about], word, after), holds))
    return tuple(claims), foreign


def reference(scene: Scene, aspects: Sequence[str] = ASPECTS) -> str:
    """A true caption that names these aspects of every object, a sentence each, and its motion if it is a clip."""
    order = [a for a in ("colour", "shape", "place", "motion") if a in (*aspects, "motion")]
    found = []
    for k in range(len(scene.things)):
        true = scene.aspects(k)
        found.append(" ".join([ORDINALS[k], *(true[a] for a in order if a in true)]) + ".")
    return " ".join(found)


def answers(caption: Read, scene: Scene) -> dict[tuple[int, str], bool | None]:
    """For each aspect of each object: named rightly, named wrongly, or (None) not named."""
    found: dict[tuple[int, str], bool | None] = {}
    for k in range(len(scene.things)):
        for aspect, true in scene.aspects(k).items():
            value = caption.value(k, aspect)
            found[k, aspect] = None if value is None else value == true
    return found


def options(aspect: str, values: int) -> int:
    """How many values an aspect may have: places four, motions five, the others `values`."""
    return {"place": len(PLACES), "motion": len(MOTIONS)}.get(aspect, values)


def expected(caption: Read, scene: Scene, values: int) -> float:
    """What a reader who guesses where the caption is silent gets on average, (m + (K − m)/C)/K if all is true.

    Args:
        caption: as read.
        scene: the truth.
        values: options of a question of shape or colour.
    """
    found = answers(caption, scene)
    return sum(1 / options(aspect, values) if a is None else float(a) for (_, aspect), a in found.items()) / len(found)


def asked(
    caption: Read, scene: Scene, values: int, questions: int, reader: str, misread: float, rng: np.random.Generator
) -> float:
    """The share of questions that a reader answers rightly who sees the caption and not the scene.

    Args:
        caption: as read.
        scene: the truth.
        values: options of a question of shape or colour.
        questions: how many of the K aspects are asked, without repetition.
        reader: "parser" answers what the caption says and guesses where it is silent; "first" always takes the first
            option, whose place is drawn, so that it is right in one of C cases whatever the caption says.
        misread: the chance that a parser guesses although the caption speaks.
        rng: chooses questions, the order of options, and guesses.
    """
    found = list(answers(caption, scene).items())
    right = 0
    for k in rng.choice(len(found), size=questions, replace=False).tolist():
        (_, aspect), answer = found[k]
        gold, guess = rng.integers(
            options(aspect, values), size=2
        ).tolist()  # where the right option stands, and a guess
        if reader == "first":
            right += gold == 0
        elif answer is None or (misread and rng.random() < misread):
            right += guess == gold
        else:
            right += answer
    return right / questions


def overlap(said: str, true: str) -> float:
    """(precision + recall) / 2 of the words of a text against a true one: bidirectional matching, all words alike.

    The share of its words that the true text has, and the share of the true text's words that it has; word order does
    not count. It is 1 for the true text, (1 + 1/m)/2 for one right word of m, and (m/V + 1)/2 for a list of V words.
    """
    mine, theirs = ([w for w in tokens(x) if w not in ".;"] for x in (said, true))
    if not mine or not theirs:
        return 0.0
    return (sum(w in theirs for w in mine) / len(mine) + sum(w in mine for w in theirs) / len(theirs)) / 2
