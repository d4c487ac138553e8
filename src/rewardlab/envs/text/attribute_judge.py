"""What texts are worth in a setting: scores of any texts, the best and the worst, and tables of all of them.

gold = w · a(y),    proxy = v · a(y),    cost = c · a(y),    π_ref(y) = 1/(number of lengths) Π_t f(y_t)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.envs.text.attribute_optimum import best, every
from rewardlab.envs.text.attribute_setting import Setting
from rewardlab.envs.text.attributes import Meter, weighed
from rewardlab.envs.text.lines import unescaped

_MARKS = ".,;:!?\"'()"
_REMEMBERED = 4096


@dataclass(frozen=True)
class Request:
    """What is asked.

    Attributes:
        kind: number of the kind of prompt.
        user: number of the user, 0 where there is one only.
        words: what it is about.
        offset: what is added to every reward of this prompt.
    """

    kind: int
    user: int
    words: tuple[str, ...]
    offset: float = 0.0


@dataclass(frozen=True, eq=False)
class Scores:
    """What texts are worth to one prompt.

    Attributes:
        attributes: [B, A].
        gold: [B] what is wanted.
        proxy: [B] what the flawed judge sees.
        cost: [B].
        liked: [B] how often the user likes it, 0..1; 1/2 without a user who reacts.
    """

    attributes: np.ndarray
    gold: np.ndarray
    proxy: np.ndarray
    cost: np.ndarray
    liked: np.ndarray


@dataclass(frozen=True, eq=False)
class Table:
    """All K texts, and what they are worth to P prompts.

    Attributes:
        said: [K] the texts.
        reference: [K] how often the reference writes each.
        attributes: [P, K, A].
        gold: [P, K].
        proxy: [P, K].
        cost: [P, K].
        liked: [P, K].
    """

    said: tuple[str, ...]
    reference: np.ndarray
    attributes: np.ndarray
    gold: np.ndarray
    proxy: np.ndarray
    cost: np.ndarray
    liked: np.ndarray


class Judge:
    """Knows everything about the texts of a setting.

    Args:
        setting: what is asked for.
        seed: of the effects of prefixes.
    """

    def __init__(self, setting: Setting, seed: int = 0) -> None:
        self.setting = setting
        self.meter = Meter(setting.lexicon, setting.attributes, setting.length, seed)
        self._ends: dict[Any, tuple[float, float, np.ndarray]] = {}
        self._lowest: dict[Any, float] = {}

    def read(self, said: str) -> tuple[np.ndarray, bool]:
        """The words of a text as numbers [1, L], and whether enough of them are of the lexicon."""
        found = []
        for word in unescaped(said).lower().split():
            plain = word if self.meter.knows(word) else word.strip(_MARKS)
            if plain:
                found.append(plain)
        numbers = self.meter.numbers(found)
        known = int((numbers < self.meter.unknown).sum())
        return numbers, known >= self.setting.least and (known > 0 or not found)

    def score(self, texts: np.ndarray, task: Request) -> Scores:
        """What texts [B, L] are worth to a prompt."""
        of = self.setting
        a = self.meter.measure(texts, self.meter.among(task.words))
        gold, proxy = of.gold(task.kind, task.user), of.proxy(task.kind, task.user)
        return Scores(a, weighed(a, gold), weighed(a, proxy), weighed(a, of.vector(of.cost)), of.liked(a))

    def ends(self, task: Request) -> tuple[float, float, np.ndarray]:
        """The largest and the smallest gold of a text to this prompt, and a text [L] with the largest."""
        key = (task.kind, task.user, task.words if self.meter.topics else ())
        if key not in self._ends:
            if len(self._ends) >= _REMEMBERED:
                self._ends.clear()
            high, text = self.best(self.setting.gold(task.kind, task.user), task)
            low = 0.0 - self.best(-self.setting.gold(task.kind, task.user), task)[0]
            self._ends[key] = (high, low, text)
        return self._ends[key]

    def lowest_proxy(self, task: Request) -> float:
        """The smallest proxy of a text to this prompt."""
        key = ("proxy", task.kind, task.user, task.words if self.meter.topics else ())
        if key not in self._lowest:
            if len(self._lowest) >= _REMEMBERED:
                self._lowest.clear()
            self._lowest[key] = 0.0 - self.best(-self.setting.proxy(task.kind, task.user), task)[0]
        return self._lowest[key]

    def best(self, weights: np.ndarray, task: Request) -> tuple[float, np.ndarray]:
        """The largest value of any weights [A] of attributes, and a text [L] that has it."""
        return best(self.meter, weights, self.meter.among(task.words), self.setting.least)

    def table(self, tasks: Sequence[Request]) -> Table:
        """All texts, and what they are worth to these prompts.

        Raises:
            BadOption: for more than 4096 texts.
        """
        texts = every(self.meter, self.setting.least)
        found = [self.score(texts, task) for task in tasks]
        columns = {
            n: np.stack([getattr(s, n) for s in found]) for n in ("attributes", "gold", "proxy", "cost", "liked")
        }
        return Table(tuple(self.spoken(texts)), self.reference(texts), **columns)

    def reference(self, texts: np.ndarray) -> np.ndarray:
        """[B] how often the reference writes texts [B, L]: any number of words equally often, words by frequency."""
        law = np.concatenate([self.setting.lexicon.law, [0.0, 1.0]])
        return law[texts].prod(1) / (self.setting.length - self.setting.least + 1)

    def written(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Texts [count, L] that the reference writes."""
        of = self.setting
        n = rng.integers(of.least, of.length + 1, size=count)
        law = np.cumsum(of.lexicon.law)
        words = np.searchsorted(law, rng.random((count, of.length)) * law[-1], side="right")
        return np.where(np.arange(of.length) < n[:, None], np.minimum(words, len(law) - 1), self.meter.none)

    def spoken(self, texts: np.ndarray) -> list[str]:
        """Texts [B, L] of word numbers as one says them, a space after each word."""
        words = (*self.setting.lexicon.words, "?", "")
        return ["".join(f"{words[k]} " for k in row if k != self.meter.none) for row in texts]
