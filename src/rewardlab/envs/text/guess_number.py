"""Guess the number: halve what is possible, or run out of turns.

    secret ~ uniform{1..N},    r = 1 on the right guess, else 0,    V*(k numbers, t turns left) = min(k, 2^t − 1) / k

The partner answers each guess with higher, lower or correct. Whoever always halves the interval finds one of 2^t − 1
numbers in t turns; whoever does not listen finds the secret with probability 1 − (1 − 1/N)^t.

Source: Knuth, "The Art of Computer Programming", volume 3, 1973, Section 6.2.1 (binary search and its optimality).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.picture import BLUE, FAINT, GOLD, GREEN, INK, LINE, Picture
from rewardlab.envs.text.lines import Example, unescaped
from rewardlab.envs.text.spoken import MALFORMED, Numbered, Spoken
from rewardlab.envs.world import Card, Columns, State

NOTHING, HIGHER, LOWER, CORRECT, WHAT = range(5)  # the partner's last answer
_WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
          "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"]  # fmt: skip
_DIGITS = re.compile(r"(?<![\w.])(?:(?<!\S)-)?\d+(?:\.\d+)?(?!\w)")


@dataclass
class GuessNumber(Numbered):
    """The numeric view: an action is a number to say, the observation is what may still be the secret.

    Args:
        largest: the secret is one of 1..largest, 2..256.
        turns: guesses that one has, at least 1.

    Raises:
        BadOption: for values outside these ranges.
    """

    largest: int = 16
    turns: int = 5

    def __post_init__(self) -> None:
        for name, value, most in (("largest", self.largest, 256), ("turns", self.turns, 64)):
            least = 2 if name == "largest" else 1
            if not least <= value <= most:
                raise BadOption(f"{name}={value!r}", where="GuessNumber", expected=f"{least}..{most}")
        self.action_space = spaces.Discrete(self.largest)
        self.observation_space = spaces.Box(0.0, 1.0, (self.largest + 5 + self.turns + 1,), np.float32)
        self._names = np.array(["", *(str(k + 1) for k in range(self.largest))], dtype=object)

    def start(self, n: int, rng: Streams) -> State:
        zero = np.zeros(n, dtype=np.int64)
        return {
            "secret": rng.integers(self.largest) + 1,
            "low": zero + 1,
            "high": zero + self.largest,
            "turn": zero,
            "answer": zero + NOTHING,
        }

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        secret, low, high = state["secret"], state["low"], state["high"]
        guess = np.where(action == MALFORMED, 0, action + 1)
        right = guess == secret
        answer = np.select([guess == 0, right, secret > guess], [WHAT, CORRECT, HIGHER], LOWER)
        after = {
            "secret": secret,
            "low": np.where((answer == HIGHER) | right, np.maximum(low, guess + (answer == HIGHER)), low),
            "high": np.where((answer == LOWER) | right, np.minimum(high, guess - (answer == LOWER)), high),
            "turn": state["turn"] + 1,
            "answer": answer,
        }
        informative = (low <= guess) & (guess <= high)
        columns = {"success": right, "informative": informative, "said": self._names[guess]}
        return after, right.astype(np.float64), right | (after["turn"] >= self.turns), columns

    def look(self, state: State) -> Tree:
        number = np.arange(1, self.largest + 1)
        possible = (state["low"][:, None] <= number) & (number <= state["high"][:, None])
        answer = state["answer"][:, None] == np.arange(5)
        turn = state["turn"][:, None] == np.arange(self.turns + 1)
        return np.concatenate([possible, answer, turn], axis=1).astype(np.float32)

    def inform(self, state: State) -> Columns:
        return {key: state[key].copy() for key in ("low", "high", "turn")}

    # -- in words ------------------------------------------------------------------------------------------------

    def prompt(self) -> str:
        return (
            f"I am thinking of a number from 1 to {self.largest}. You have {self.turns} guesses; "
            "after each I say higher, lower or correct. Say one number."
        )

    def reply(self, state: State, i: int) -> str:
        answer = int(state["answer"][i])
        words = {HIGHER: "higher", LOWER: "lower", CORRECT: "correct"}
        return words.get(answer, f"Please say one whole number from 1 to {self.largest}.")

    def parse(self, said: str) -> int:
        """The action that says the only number of a text, as digits or, without any, as a word up to twenty."""
        text = unescaped(said).lower()
        found = {_whole(token) for token in _DIGITS.findall(text)}
        if not found:
            found = {_WORDS.index(word) for word in re.findall(r"[a-z]+", text) if word in _WORDS}
        number = found.pop() if len(found) == 1 else 0
        return number - 1 if 1 <= number <= self.largest else MALFORMED

    def check(self, said: str, truth: Any) -> bool:
        """Does the text name `truth`, the secret number, and no other?"""
        return self.parse(said) == truth - 1

    def examples(self) -> Sequence[Example]:
        right = ("2", " 2 \n", "Is it 2?", "two", "I say TWO!", "<answer>2</answer>", "2, yes, 2", "02", "2.0", "(2)",
                 "this one: 2", "=2", "→2", "my guess-2")  # fmt: skip
        wrong = ("", "1", "one", "-2", "2.5", ".2", "1 or 2", "22", "2 1", "²", "２", "two or one", "2nd", "\\u{32}",
                 "number", "2e0", "0x2", "9" * 5000)  # fmt: skip
        return [Example(said, 2, True) for said in right] + [Example(said, 2, False) for said in wrong]

    # -- the rest ------------------------------------------------------------------------------------------------

    def to_mdp(self) -> Any:
        """The exact process over (turn, low, high), the secret being uniform on low..high; γ = 1.

        State `mdp_state(low, high, turn)`; the last two states are the end with and without the secret.
        """
        from scipy import sparse

        from rewardlab.core.mdp import TabularMDP

        n, turns, won = self.largest, self.turns, self.mdp_state(1, 1, self.turns)
        rows, columns, chance = [], [], []
        for turn in range(turns):
            for low in range(1, n + 1):
                for high in range(low, n + 1):
                    here, width = self.mdp_state(low, high, turn), high - low + 1
                    for guess in range(1, n + 1):
                        next_ones = [(low, high, 1.0)]  # a guess outside tells nothing
                        if low <= guess <= high:
                            rows.append(here * n + guess - 1)
                            columns.append(won)
                            chance.append(1 / width)
                            halves = ((low, guess - 1), (guess + 1, high))
                            next_ones = [(a, b, (b - a + 1) / width) for a, b in halves if a <= b]
                        for a, b, p in next_ones:
                            rows.append(here * n + guess - 1)
                            columns.append(won + 1 if turn + 1 == turns else self.mdp_state(a, b, turn + 1))
                            chance.append(p)
        size = won + 2
        P = sparse.csr_array((chance, (rows, columns)), shape=(size * n, size))
        R = P.copy()
        R.data = (R.indices == won).astype(np.float64)
        ends = np.arange(size) >= won
        return TabularMDP(P, R, gamma=1.0, initial=self.mdp_state(1, n, 0), terminal=ends)

    def mdp_state(self, low: int, high: int, turn: int) -> int:
        """The number of (low, high, turn) in `to_mdp`: by turn, then low, then high."""
        n = self.largest
        return turn * n * (n + 1) // 2 + (low - 1) * n - (low - 1) * (low - 2) // 2 + high - low

    def draw(self, state: State, i: int) -> np.ndarray:
        low, high, turn = int(state["low"][i]), int(state["high"][i]), int(state["turn"][i])
        answer = int(state["answer"][i])
        across, side = min(16, self.largest), 30
        picture = Picture(110 + side * -(-self.largest // across), 2 * 15 + 16 * side)
        said = {NOTHING: "guess a number", CORRECT: "correct!", HIGHER: "higher", LOWER: "lower", WHAT: "pardon?"}
        picture.write(said[answer], 17, 18, size=3)
        for k in range(self.largest):
            x, y = 15 + k % across * side, 60 + k // across * side
            possible = low <= k + 1 <= high
            colour = LINE if not possible else GREEN if answer == CORRECT else GOLD
            picture.box(x + 1.5, y + 1.5, side - 3, side - 3, colour, corner=5)
            size = 2 if k + 1 < 100 else 1
            ink = INK if possible else FAINT
            picture.write(str(k + 1), x + side / 2, y + (side - 7 * size) / 2, ink, size=size, middle=True)
        foot = picture.canvas.shape[0] - 26
        for t in range(self.turns):
            picture.disc(25 + t * 22, foot, 7, BLUE if t < turn else LINE)
        picture.write(f"{turn} of {self.turns} guesses", 25 + self.turns * 22, foot - 6, FAINT)
        return picture.image()

    def text(self, state: State, i: int) -> str:
        low, high = int(state["low"][i]), int(state["high"][i])
        marks = "".join("?" if low <= k <= high else "." for k in range(1, self.largest + 1))
        return f"{marks}  {low}..{high}, turn {int(state['turn'][i])} of {self.turns}"

    def card(self) -> Card:
        n, turns = self.largest, self.turns
        return Card(
            summary=f"Find a number from 1 to {n} in {turns} guesses, each answered with higher, lower or correct.",
            observation={
                "possible": f"[0:{n}] 1 where that number may still be the secret",
                "answer": f"[{n}:{n + 5}] one-hot: none yet, higher, lower, correct, not understood",
                "turn": f"[{n + 5}:{n + turns + 6}] one-hot: guesses made, 0..{turns}",
            },
            action={"number": f"0..{n - 1}; action a says the number a + 1"},
            reward="1 on the right guess, which ends the episode; 0 on all others",
            info=_INFO,
            random_return=1 - (1 - 1 / n) ** turns,
            optimal_return=min(n, 2**turns - 1) / n,
            source="Knuth, The Art of Computer Programming, volume 3, 1973, Section 6.2.1",
        )


@dataclass
class GuessNumberText(Spoken):
    """The text view: one reads the whole conversation and says anything.

    Args:
        largest: the secret is one of 1..largest, 2..256.
        turns: guesses that one has, at least 1.

    Raises:
        BadOption: for values outside these ranges.
    """

    largest: int = 16
    turns: int = 5

    def __post_init__(self) -> None:
        self.view(GuessNumber(self.largest, self.turns))

    def card(self) -> Card:
        numeric = self.task.card()
        return Card(
            summary=numeric.summary,
            observation={"transcript": "the whole conversation, a line for each turn, each begun by who speaks"},
            action={"said": "up to 64 characters; the only number in them is the guess, anything else costs a turn"},
            reward=numeric.reward,
            info={**_INFO, "understood": "True if the text named one number from the range"},
            optimal_return=numeric.optimal_return,
            source=numeric.source,
        )


_INFO = {
    "low": "the smallest number that may still be the secret, 1..largest",
    "high": "the largest one",
    "turn": "guesses made, 0..turns",
    "success": "True on the right guess",
    "informative": "True if the guess was one of the numbers still possible",
    "said": "what the agent said, as text",
}


def _whole(token: str) -> int:
    """A decimal number as an integer, 0 (which is no guess) if it is none or has many digits."""
    whole, _, fraction = token.partition(".")
    return int(whole) if len(whole) < 10 and not fraction.strip("0") else 0
