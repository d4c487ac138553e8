"""Twenty questions: find a hidden item by its attributes, or a hidden code by its matches, in few messages.

    E(1) = 1,  E(2) = 1.5,  E(2^k) = k + 1/2 messages,    r = −1 for each message, or 1 for the right guess

The partner is honest, so the exact belief is uniform on what fits all replies, and the expected information of every
question is known: halving questions until two items are left, and then a guess, need the fewest messages.

Source: Zhou, Zanette, Pan, Levine, Kumar, "ArCHer: Training Language Model Agents via Hierarchical Multi-Turn RL", ICML
2024, Section 5 (Twenty Questions, Guess My City); Wang et al., "Information Gain-based Policy Optimization", 2025 (the
belief of the truth as a reward for each turn); Knuth, "The Computer as Master Mind", 1977 (matches of codes).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.beliefs import asked, fewest, fitting, gains
from rewardlab.envs.text.dialogue import Dialogue, Heard
from rewardlab.envs.text.lines import Example, unescaped
from rewardlab.envs.world import Card

KINDS = (("big", "small"), ("red", "blue"), ("round", "square"), ("soft", "hard"), ("old", "new"), ("hot", "cold"),
         ("wet", "dry"), ("heavy", "light"), ("loud", "quiet"), ("sweet", "sour"), ("fast", "slow"),
         ("thick", "thin"))  # fmt: skip
LETTERS = "bcdfghjklmnpqrstvwxz"
_MOST = 256


@dataclass(frozen=True)
class Item:
    """What is hidden, and the words for all that it could be.

    Attributes:
        names: for each attribute or place the words of its values.
        values: for each the value that the item has, from 0.
    """

    names: tuple[tuple[str, ...], ...]
    values: tuple[int, ...]


@dataclass
class TwentyQuestions(Dialogue):
    """Ask, and guess.

    A message that names a value of some attributes asks whether the item has all of them; one that names a value of
    each is a guess. With feedback="match" every message is a guess, and the reply is how many places are right.

    Args:
        attributes: of an item, or places of a code, 1..8.
        values: of each; 2, or with "match" 2..10. There are values^attributes items, at most 256.
        feedback: "yes" or "match".
        pay: "turns", −1 for each message; "right", 1 for the right guess.
        turns: messages that one has, 1..40.

    Raises:
        BadOption: for values outside these ranges.
    """

    attributes: int = 4
    values: int = 2
    feedback: str = "yes"
    pay: str = "turns"
    turns: int = 10

    exact = False  # information is counted in logarithms
    said = 80
    parts = ("outcome", "turns")
    columns = {"left": 0, "belief": 0.0, "gain": 0.0, "expected_gain": 0.0, "best_gain": 0.0}

    def __post_init__(self) -> None:
        for name, known in (("feedback", ("yes", "match")), ("pay", ("turns", "right"))):
            if getattr(self, name) not in known:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="TwentyQuestions", expected=f"one of {known}")
        most = 10 if self.feedback == "match" else 2
        for name, low, high in (("attributes", 1, 8), ("values", 2, most), ("turns", 1, 40)):
            if not low <= getattr(self, name) <= high:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="TwentyQuestions", expected=f"{low}..{high}")
        if self.values**self.attributes > _MOST:
            raise BadOption(
                f"values={self.values!r} of attributes={self.attributes!r}",
                where="TwentyQuestions",
                expected=f"at most {_MOST} items",
            )
        super().__post_init__()

    # -- the task ------------------------------------------------------------------------------------------------

    def task(self, rng: np.random.Generator) -> Item:
        if self.feedback == "match":
            letters = tuple(str(x) for x in rng.permutation(list(LETTERS))[: self.values])
            names: tuple[tuple[str, ...], ...] = (letters,) * self.attributes
        else:
            chosen = rng.permutation(len(KINDS))[: self.attributes]
            names = tuple(KINDS[k] if rng.random() < 0.5 else KINDS[k][::-1] for k in chosen)
        return Item(names, tuple(int(v) for v in rng.integers(self.values, size=self.attributes)))

    def key(self, task: Item) -> Any:
        """Tasks with the same words are the same: all items of them are equally likely in either split."""
        return task.names

    def prompt(self, task: Item) -> str:
        if self.feedback == "match":
            letters = "".join(task.names[0])
            if self.brief:
                return f"{self.attributes} {letters}"
            return (
                f"Find my code of {self.attributes} letters, each one of {', '.join(letters)}. Say a code; I say how "
                f"many letters are right and in the right place. You have {self.turns} messages."
            )
        if self.brief:
            return ",".join(" ".join(pair) for pair in task.names)
        thing = ", ".join(" or ".join(pair) for pair in task.names)
        return (
            f"I think of a thing that is {thing}. Ask me yes or no, such as: is it {task.names[0][0]}? To guess, name "
            f"one of each. You have {self.turns} messages."
        )

    # -- what may be asked ---------------------------------------------------------------------------------------

    @cached_property
    def items(self) -> list[tuple[int, ...]]:
        """All items, by their values."""
        return list(product(range(self.values), repeat=self.attributes))

    @cached_property
    def questions(self) -> list[tuple[int | None, ...]]:
        """All that may be asked: the guesses, in the order of `items`, then what leaves attributes open."""
        if self.feedback == "match":
            return list(self.items)
        loose = product((*range(self.values), None), repeat=self.attributes)
        return [*self.items, *(q for q in loose if None in q and any(v is not None for v in q))]

    @cached_property
    def replies(self) -> np.ndarray:
        """[questions, items] the number of matching places, or 1 for yes."""
        asked_for = np.array([[-1 if v is None else v for v in q] for q in self.questions])[:, None]
        same = asked_for == np.array(self.items)[None]
        found = same.sum(2) if self.feedback == "match" else (same | (asked_for < 0)).all(2)
        return found.astype(np.uint8)

    def read(self, said: str, task: Item) -> int | None:
        """The number of the question that a message asks, None if it is none or more than one."""
        words = re.findall(r"[a-z]+", unescaped(said[: self.said]).lower())
        if self.feedback == "match":
            letters = task.names[0]
            codes = {w for w in words if len(w) == self.attributes and set(w) <= set(letters)}
            question = tuple(letters.index(x) for x in codes.pop()) if len(codes) == 1 else None
            return self._numbers.get(question) if question is not None else None
        found: list[int | None] = [None] * len(task.names)
        if {"not", "no", "or"} & set(words):
            return None
        for word in words:
            for k, pair in enumerate(task.names):
                if word in pair:
                    if found[k] not in (None, pair.index(word)):
                        return None
                    found[k] = pair.index(word)
        return self._numbers.get(tuple(found))

    @cached_property
    def _numbers(self) -> dict[tuple[int | None, ...], int]:
        return {q: k for k, q in enumerate(self.questions)}

    # -- how it goes ---------------------------------------------------------------------------------------------

    def begin(self, task: Item) -> tuple[int, ...]:
        return tuple(range(len(self.items)))

    def hear(self, task: Item, memory: Any, said: str, rng: np.random.Generator) -> Heard:
        question = self.read(said, task)
        cost = -1.0 if self.pay == "turns" else 0.0
        best = float(gains(self.replies, memory).max())
        if question is None:
            columns = {"left": len(memory), "belief": 1 / len(memory), "best_gain": best}
            what = "what?" if self.brief else f"Please ask about it, or name it: {self._form(task)}."
            return Heard(what, {"turns": cost}, False, False, memory, False, columns)
        secret = self.items.index(task.values)
        reply = int(self.replies[question, secret])
        success = question == secret
        left = fitting(self.replies, question, reply, memory)
        columns = {
            "left": len(left),
            "belief": 1 / len(left),
            "gain": round(float(np.log2(len(memory) / len(left))), 9),
            "expected_gain": float(gains(self.replies[[question]], memory)[0]),
            "best_gain": best,
        }
        answer = str(reply) if self.feedback == "match" else ("no", "yes")[reply]
        parts = {"turns": cost, "outcome": float(success and self.pay == "right")}
        return Heard("" if success else answer, parts, success, success, left, True, columns)

    def _form(self, task: Item) -> str:
        if self.feedback == "match":
            return f"{self.attributes} of the letters {''.join(task.names[0])}"
        return "one word of each pair"

    def words(self, question: Sequence[int | None], task: Item) -> str:
        """A question as one says it."""
        chosen = [task.names[k][v] for k, v in enumerate(question) if v is not None]
        return "".join(chosen) if self.feedback == "match" else " ".join(chosen)

    def check(self, said: str, task: Item) -> bool:
        """Does the message name the item?"""
        return self.read(said, task) == self._numbers[task.values]

    def expert(self, task: Item, memory: Any, rng: np.random.Generator) -> str:
        """The most telling question; a guess as soon as no more than two items are left."""
        question = memory[0] if len(memory) <= 2 else asked(self.replies, memory, first=memory)
        text = self.words(self.questions[question], task)
        return text if self.brief or self.feedback == "match" else f"is it {text}?"

    def examples(self) -> Sequence[Example]:
        values = tuple(k % self.values for k in range(self.attributes))
        letters = self.feedback == "match"
        names = (tuple(LETTERS[: self.values]),) * self.attributes if letters else KINDS[: self.attributes]
        task = Item(names, values)
        word, last = self.words(values, task), names[-1][values[-1]]
        other = self.words((*values[:-1], 1 - min(values[-1], 1)), task)
        right = [
            word,
            word.upper(),
            f"is it {word}?",
            f" {word}\n",
            f"I say: {word}, {word}!",
            f"<answer>{word}</answer>",
        ]
        wrong = ["", "yes", other, f"{word} {other}", word[:-1], f"{word}{last}q", "\\u{62}" + word[1:], "９",
                 word.replace(last, last + "x"), "what?", word[0] * 5000]  # fmt: skip
        if not letters:
            right.append(" ".join(reversed(word.split())))
            wrong += [f"it is not {word}", f"{word} or none"]
        return [*(Example(s, task, True) for s in right), *(Example(s, task, False) for s in wrong)]

    def vocabulary(self) -> Sequence[str]:
        if not self.brief:
            return super().vocabulary()
        if self.feedback == "match":
            return (*LETTERS, *"0123456789 ", "what?")
        return (*(word for pair in KINDS for word in pair), " ", ",", "yes", "no", "what?")

    def optimal(self) -> float | None:
        """The largest expected return where it is known in closed form: yes or no, and enough messages for all."""
        k, t = self.attributes, self.turns
        if self.feedback == "match":
            return None
        if self.pay == "right":
            return min(1.0, 2.0 ** (t - 1 - k))
        return -(k + 0.5) if t > k else None

    @cached_property
    def _fewest(self) -> np.ndarray:
        """[2^items] the fewest messages expected from every set of items left, as bits; of at most 16 items."""
        return fewest(self.replies)

    def value(self, left: Sequence[int]) -> float:
        """The expected number of messages of the best play, with these items left and any number of messages."""
        return float(self._fewest[sum(1 << s for s in left)])

    def worth(self, question: int, left: Sequence[int]) -> float:
        """The expected number of messages of this question and the best play after it."""
        parts = [fitting(self.replies, question, int(r), left) for r in np.unique(self.replies[question])]
        rest = [tuple(s for s in part if s != question) for part in parts]
        return 1 + sum(len(part) / len(left) * self.value(part) for part in rest)

    def card(self) -> Card:
        paid = "-1 for each message" if self.pay == "turns" else "1 for the right guess"
        how = "a code, answered by the number of right places" if self.feedback == "match" else "a question, or a guess"
        return Card(
            summary="Find a hidden item by asking for its attributes, or a hidden code by its matches.",
            observation={"transcript": "the whole conversation, a line for each turn, each begun by who speaks"},
            action={"said": f"up to {self.said} characters: {how}"},
            reward=f"{paid}; the right guess ends the conversation",
            info={
                "left": f"items that fit all replies, 1..{self.values**self.attributes}",
                "belief": "the exact belief of the hidden item, 1 / left",
                "gain": "information of the reply, in bits",
                "expected_gain": "what the question was expected to tell, in bits",
                "best_gain": "what the best question was expected to tell, in bits",
                **self.told(),
            },
            optimal_return=self.optimal(),
            source="Zhou, Zanette, Pan, Levine, Kumar, ArCHer, ICML 2024, Section 5",
        )
