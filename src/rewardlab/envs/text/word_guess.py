"""Word guess: find a hidden word of five letters from marks on the letters of each guess.

    mark(i) = "=" if g_i = s_i;  "+" if g_i is one of the letters of s that no other mark has used up;  else "."

A letter is marked as often as the hidden word has it, places that are right first. The belief is that of one who knows
the list, but not which of its words are held out: uniform on those that would have given the same marks.

Source: Bertsimas, Paskov, "An Exact and Interpretable Solution to Wordle", 2022 (the rules of the marks, and the game
as a search over what is left); Farebrother et al., "Stop Regressing: Training Value Functions via Classification for
Scalable Deep RL", ICML 2024 (as a task of values).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.beliefs import asked, fitting, gains
from rewardlab.envs.text.dialogue import Dialogue, Heard
from rewardlab.envs.text.lines import Example, unescaped
from rewardlab.envs.text.words import FIVE
from rewardlab.envs.world import Card

MARKS = ".+="


@dataclass
class WordGuess(Dialogue):
    """Guess the word.

    Args:
        size: words of the list, 10..537, taken from all over it. Only they can be hidden, and only they can be said.
        turns: guesses that one has, 1..20.
        strict: a guess must fit all marks so far; another costs its turn and tells nothing.
        cost: of each guess, from 0.

    Raises:
        BadOption: for values outside these ranges.
    """

    size: int = len(FIVE)
    turns: int = 6
    strict: bool = False
    cost: float = 0.0

    exact = False  # information is counted in logarithms
    said = 60
    parts = ("outcome", "turns")
    columns = {"left": 0, "belief": 0.0, "gain": 0.0, "expected_gain": 0.0, "right": 0, "misplaced": 0}

    def __post_init__(self) -> None:
        for name, low, high in (("size", 10, len(FIVE)), ("turns", 1, 20), ("cost", 0, 1e6)):
            if not low <= getattr(self, name) <= high:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="WordGuess", expected=f"{low}..{high}")
        self.words = _words(self.size)
        super().__post_init__()

    def task(self, rng: np.random.Generator) -> str:
        return str(self.words[rng.integers(self.size)])

    def prompt(self, task: str) -> str:
        if self.brief:
            return "word?"
        strict = " Each guess must fit all marks so far." if self.strict else ""
        return (
            f"Find my word of five letters, one of {self.size} common ones, in {self.turns} guesses. I mark each "
            f"letter of a guess: = right, + elsewhere in the word, . not in it.{strict} Say one word."
        )

    def read(self, said: str) -> int | None:
        """The number of the only word of the list that a message says, None if there is none or more than one."""
        said = unescaped(said[: self.said]).lower()
        found = {w for w in re.findall(r"[a-z]+", said) if len(w) == 5}
        known = found & set(self.words)
        return self.words.index(known.pop()) if len(found) == len(known) == 1 else None

    def begin(self, task: str) -> tuple[int, ...]:
        return tuple(range(self.size))

    def hear(self, task: str, memory: Any, said: str, rng: np.random.Generator) -> Heard:
        guess, table = self.read(said), _table(self.size)
        cost = {"turns": -self.cost}
        stale = {"left": len(memory), "belief": 1 / len(memory)}
        if guess is None:
            reply = "what?" if self.brief else "Please say one word of the list."
            return Heard(reply, cost, False, False, memory, False, stale)
        if self.strict and guess not in memory:
            return Heard("no" if self.brief else "That does not fit the marks.", cost, memory=memory, columns=stale)
        shown, secret = marks(self.words[guess], task), self.words.index(task)
        left = fitting(table, guess, int(table[guess, secret]), memory)
        columns = {
            "left": len(left),
            "belief": 1 / len(left),
            "gain": round(float(np.log2(len(memory) / len(left))), 9),
            "expected_gain": float(gains(table[[guess]], memory)[0]),
            "right": shown.count("="),
            "misplaced": shown.count("+"),
        }
        success = guess == secret
        return Heard(shown, {**cost, "outcome": float(success)}, success, success, left, True, columns)

    def check(self, said: str, task: str) -> bool:
        """Is this the word?"""
        guess = self.read(said)
        return guess is not None and self.words[guess] == task

    def expert(self, task: str, memory: Any, rng: np.random.Generator) -> str:
        """The most telling word; one that may be the hidden one if that tells as much, or if two are left."""
        return self.words[_best(self.size, memory, self.strict)]

    def examples(self) -> Sequence[Example]:
        word, other = self.words[3], self.words[5]
        right = [word, word.upper(), f" {word}\n", f"Is it {word}?", f"{word}, {word}!", f"<answer>{word}</answer>"]
        wrong = ["", other, f"{word} {other}", word[:4], f"{word}s", f"{word} xyzzy", "-".join(word),
                 "\\u{61}" + word[1:], "５" + word[1:], word[::-1], word * 500, "what?"]  # fmt: skip
        return [*(Example(s, word, True) for s in right), *(Example(s, word, False) for s in wrong)]

    def vocabulary(self) -> Sequence[str]:
        letters = "abcdefghijklmnopqrstuvwxyz"
        return (*letters, *MARKS, "?") if self.brief else super().vocabulary()

    def card(self) -> Card:
        return Card(
            summary="Find a hidden word of five letters from marks on the letters of each guess.",
            observation={"transcript": "the whole conversation, a line for each turn, each begun by who speaks"},
            action={"said": f"up to {self.said} characters: one word of the list"},
            reward="1 for the right word" + (f", and -{self.cost:g} for each guess" if self.cost else ""),
            info={
                "left": f"words that fit all marks, 1..{self.size}",
                "belief": "the exact belief of the hidden word, 1 / left",
                "gain": "information of the marks, in bits",
                "expected_gain": "what the guess was expected to tell, in bits",
                "right": "letters in their place, 0..5",
                "misplaced": "letters marked as elsewhere, 0..5",
                **self.told(),
            },
            optimal_return=None if self.cost else 1.0,
            source="Bertsimas, Paskov, An Exact and Interpretable Solution to Wordle, 2022",
        )


def marks(guess: str, secret: str) -> str:
    """The marks on a guess: = in its place, + elsewhere, . not (or no longer) in the hidden word."""
    loose = [s for g, s in zip(guess, secret, strict=True) if g != s]
    shown = []
    for g, s in zip(guess, secret, strict=True):
        if g != s and g in loose:
            loose.remove(g)
            shown.append("+")
        else:
            shown.append("=" if g == s else ".")
    return "".join(shown)


@lru_cache(maxsize=8)
def _words(size: int) -> tuple[str, ...]:
    """`size` words from all over the list."""
    return tuple(FIVE[k * len(FIVE) // size] for k in range(size))


@lru_cache(maxsize=8)
def _table(size: int) -> np.ndarray:
    """[guess, secret] the marks as a number in base 3."""
    words = _words(size)
    letters = np.array([[ord(c) for c in w] for w in words], dtype=np.uint8)
    guess, secret = letters[:, None], letters[None]
    hit = guess == secret  # [G, S, 5]
    used = hit.copy()  # letters of the secret that a mark has used up
    number = np.where(hit, 2, 0).astype(np.uint8)
    for i in range(5):
        open_now = ~hit[..., i]
        for j in range(5):
            found = open_now & ~used[..., j] & (guess[..., i] == secret[..., j])
            used[..., j] |= found
            number[..., i] += found
            open_now = open_now & ~found
    return (number * np.array([1, 3, 9, 27, 81], dtype=np.uint8)).sum(2).astype(np.uint8)


@lru_cache(maxsize=4096)
def _best(size: int, left: tuple[int, ...], strict: bool) -> int:
    """What the expert says with these words left."""
    if len(left) <= 2:
        return left[0]
    table = _table(size)
    return left[asked(table[list(left)], left)] if strict else asked(table, left, first=left)
