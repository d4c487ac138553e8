"""Attributes of texts over a small lexicon: counts, shares, lengths and pairs of neighbours.

    a_k(y) = Σ_t u_k(y_t) + Σ_t p_k(y_{t−1}, y_t) + c_k(words of its class) + l_k(|y|)

Words have classes; an attribute is one number of a text, found without error. Texts are rows of word numbers, so that
one call measures one text or all of them.

Source: Keskar, McCann, Varshney, Xiong, Socher, "CTRL: A Conditional Transformer Language Model for Controllable
Generation", 2019 (attributes that are asked for); Dathathri et al., "Plug and Play Language Models", ICLR 2020, Section
4 (bags of words as attributes).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption, nearest
from rewardlab.core.rng import GOLDEN, mix

COUNTED = ("count", "share", "topic")
CURVED = ("has", "square")
PAIRED = ("pair", "repeat", "rhyme", "new_pair")
PLACED = ("first", "last")
LONG = ("length", "off_length")
KINDS = (*COUNTED, *CURVED, *PAIRED, *PLACED, *LONG, "prefix")


@dataclass(frozen=True)
class Lexicon:
    """The words that a text is made of.

    Args:
        words: V of them, each without a space and all different.
        classes: [V] the classes of each word, any number of them.
        frequency: [V] how often the reference says each, any positive numbers; None for equally often.
        phrases: pairs of words that are known to follow each other.

    Raises:
        BadOption: for words that are not words, or lists that do not fit them.
    """

    words: tuple[str, ...]
    classes: tuple[tuple[str, ...], ...]
    frequency: tuple[float, ...] | None = None
    phrases: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        words = self.words
        if (
            not words
            or len(set(words)) != len(words)
            or any(w != w.strip().lower() or len(w.split()) != 1 for w in words)
        ):
            raise BadOption(f"words={words!r}", where="Lexicon", expected="different words in small letters")
        for name in ("classes", "frequency"):
            given = getattr(self, name)
            if given is not None and len(given) != len(words):
                raise BadOption(f"{len(given)} {name}", where="Lexicon", expected=f"one for each of {len(words)} words")
        if self.frequency is not None and not all(0 < f < np.inf for f in self.frequency):
            raise BadOption(f"frequency={self.frequency!r}", where="Lexicon", expected="positive numbers")

    @classmethod
    def of(cls, words: Mapping[str, str], **more: Any) -> "Lexicon":
        """A lexicon from class -> its words in one line; a word may stand in several, and "" is no class."""
        found: dict[str, tuple[str, ...]] = {}
        for name, line in words.items():
            for word in line.split():
                found[word] = (*found.get(word, ()), *((name,) if name else ()))
        return cls(tuple(found), tuple(found.values()), **more)

    @property
    def law(self) -> np.ndarray:
        """[V] how often the reference says each word; sums to 1."""
        law = np.ones(len(self.words)) if self.frequency is None else np.array(self.frequency, dtype=np.float64)
        return law / law.sum()

    def members(self, name: str) -> np.ndarray:
        """[V + 2] bool: the words of a class; an unknown word and no word are of none."""
        return np.array([name in c for c in self.classes] + [False, False])


@dataclass(frozen=True)
class Attribute:
    """One number of a text.

    Args:
        name: what it is called.
        kind: "count", words of a class; "share", their part of the text; "topic", words that the prompt holds; "has", 1
            if one is of the class; "square", the square of their count; "pair", neighbours of class `of` and class
            `then`; "repeat", neighbours that are equal; "rhyme", different neighbours with the same last two letters;
            "new_pair", neighbours that are no phrase of the lexicon; "first" and "last", 1 if that word is of the
            class; "length", words; "off_length", how far their number is from `target`; "prefix", a sum of effects of
            variance 1, one for each beginning of the text.
        of: the class, where the kind has one.
        then: the class of the second of a pair.
        target: words wanted.

    Raises:
        BadOption: for a kind that does not exist.
    """

    name: str
    kind: str
    of: str = ""
    then: str = ""
    target: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise BadOption(
                f"kind={self.kind!r}", where="Attribute", expected=f"one of {KINDS}", mend=nearest(self.kind, KINDS)
            )


class Meter:
    """Measures texts of up to `longest` words.

    Args:
        lexicon: V words; number V stands for an unknown word, V + 1 for none.
        attributes: A of them.
        longest: L >= 1.
        seed: of the effects of prefixes.
    """

    def __init__(self, lexicon: Lexicon, attributes: Sequence[Attribute], longest: int, seed: int = 0) -> None:
        self.lexicon, self.attributes, self.longest, self.seed = lexicon, tuple(attributes), longest, seed
        v, a = len(lexicon.words), len(self.attributes)
        self.unknown, self.none = v, v + 1
        self.counted = np.zeros((v + 2, a))  # what a word adds at any place
        self.paired = np.zeros((v + 2, v + 2, a)) if self._has(PAIRED) else None  # [before, word, A]
        self.first, self.last = np.zeros((v + 2, a)), np.zeros((v + 2, a))
        self.long = np.zeros((longest + 1, a))
        self.curved: list[tuple[int, np.ndarray, np.ndarray]] = []  # attribute, members [V + 2], value by count [L + 1]
        self.shares = [k for k, x in enumerate(self.attributes) if x.kind == "share"]
        self.topics = [k for k, x in enumerate(self.attributes) if x.kind == "topic"]
        self.prefixes = [k for k, x in enumerate(self.attributes) if x.kind == "prefix"]
        self._numbers = {word: k for k, word in enumerate(lexicon.words)}
        n = np.arange(longest + 1)
        for k, x in enumerate(self.attributes):
            members = lexicon.members(x.of)
            if x.kind in ("count", "share"):
                self.counted[:, k] = members
            elif x.kind in CURVED:
                self.curved.append((k, members, np.minimum(n, 1.0) if x.kind == "has" else n**2.0))
            elif x.kind in PAIRED:
                self.paired[:, :, k] = self._pairs(x)  # type: ignore[index]
            elif x.kind in PLACED:
                (self.first if x.kind == "first" else self.last)[:, k] = members
            elif x.kind in LONG:
                self.long[:, k] = n if x.kind == "length" else np.abs(n - x.target)

    def knows(self, word: str) -> bool:
        """Whether this is a word of the lexicon."""
        return word in self._numbers

    def numbers(self, words: Sequence[str]) -> np.ndarray:
        """[1, L] the numbers of up to L words; longer texts are cut."""
        out = np.full((1, self.longest), self.none)
        for t, word in enumerate(words[: self.longest]):
            out[0, t] = self._numbers.get(word, self.unknown)
        return out

    def among(self, words: Sequence[str]) -> np.ndarray:
        """[V + 2] bool: which words of the lexicon these are."""
        out = np.zeros(self.none + 1, dtype=bool)
        out[[self._numbers[w] for w in words if w in self._numbers]] = True
        return out

    def measure(self, texts: np.ndarray, topic: np.ndarray) -> np.ndarray:
        """The attributes [B, A] of texts [B, L], word numbers filled up with `none`, to a prompt that holds `topic`."""
        n = (texts != self.none).sum(1)
        out = self.counted[texts].sum(1)
        for k in self.topics:
            out[:, k] = topic[texts].sum(1)
        for k in self.shares:
            out[:, k] /= np.maximum(n, 1)
        if self.paired is not None and self.longest > 1:
            out += self.paired[texts[:, :-1], texts[:, 1:]].sum(1)
        out += self.first[texts[:, 0]] + self.last[texts[np.arange(len(texts)), np.maximum(n - 1, 0)]] + self.long[n]
        for k, members, value in self.curved:
            out[:, k] += value[members[texts].sum(1)]
        for k in self.prefixes:
            out[:, k] += self._effects(texts, k)
        return out

    def _has(self, kinds: Sequence[str]) -> bool:
        return any(x.kind in kinds for x in self.attributes)

    def _pairs(self, x: Attribute) -> np.ndarray:
        """[V + 2, V + 2] whether two neighbours count."""
        words, v = self.lexicon.words, self.unknown
        if x.kind == "pair":
            return np.outer(self.lexicon.members(x.of), self.lexicon.members(x.then))
        out = np.zeros((v + 2, v + 2), dtype=bool)
        if x.kind == "new_pair":
            out[:v, :v] = True
            for one, two in self.lexicon.phrases:
                out[self._numbers[one], self._numbers[two]] = False
            return out
        for i, one in enumerate(words):
            for j, two in enumerate(words):
                out[i, j] = one == two if x.kind == "repeat" else one != two and one[-2:] == two[-2:]
        return out

    def _effects(self, texts: np.ndarray, k: int) -> np.ndarray:
        """[B] the sum of the effects of all beginnings: uniform with variance 1, a hash of the beginning."""
        state = mix(np.full(len(texts), self.seed * 1000 + k + 1, dtype=np.int64))
        total = np.zeros(len(texts))
        for t in range(texts.shape[1]):
            state = mix((state ^ (texts[:, t] + 1)) + GOLDEN)
            uniform = ((state >> 11) & ((1 << 53) - 1)) / 2.0**53
            total += np.where(texts[:, t] == self.none, 0.0, np.sqrt(12.0) * (uniform - 0.5))
        return total


def weighed(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """[...] the weighted sum over the last axis, in one order on every machine."""
    return (values * weights).sum(-1)
