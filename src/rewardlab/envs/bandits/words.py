"""Bandits in words: what was seen so far as text, arms by their names, and the same text as numbers of characters.

The pay, the best arm and the regret are those of the bandit in numbers, seed for seed. What names no single arm lets
chance choose one, drawn for that row alone.
"""

import re
import string
from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.errors import BadOption, nearest
from rewardlab.core.rng import Streams
from rewardlab.envs.picture import bubbles
from rewardlab.envs.rules import Columns, Rules, State

CHARSET = string.ascii_letters + string.digits + string.punctuation + " \n\t"
ALPHABET = string.ascii_lowercase + string.digits + " \n.,:;+-()/='"
"""The characters of the token view, in small letters; the first is token 1, for 0 fills the rest of a line."""
TOKENS = len(ALPHABET) + 1
FORMS = ("history", "summary", "guide")
ANSWER = 64  # characters of an answer

LABELS = tuple(c for c in string.ascii_uppercase if c not in "AI")  # which are words
PRODUCTS = (
    "oak chair", "wool scarf", "tin kettle", "clay vase", "silk tie", "brass lamp", "cork mat", "linen bag",
    "steel pan", "pine shelf", "felt hat", "glass jug", "straw basket", "leather belt", "paper fan", "stone bowl",
    "cotton quilt", "rubber boots", "copper pot", "velvet cushion", "bamboo flute", "marble clock", "denim jacket",
    "wicker stool", "canvas tent", "ivory comb",
)  # fmt: skip
NAMES = {"labels": LABELS, "products": PRODUCTS}


class Told(Rules):
    """The text view of a bandit; one reads what was seen and says the name of an arm.

    Methods write `prompt`, `body` and `longest`, set `bandit`, `names` and `pulls`, and call `_tell`.

    Its states are those of the bandit, `arms` [n, T] and `pays` [n, T] of all pulls, -1 and 0 to come, and `unclear`
    [n] bool, whether the last answer was.
    """

    bandit: Rules
    names: Sequence[str]
    pulls: int
    form: str

    def _tell(self) -> None:
        check_form(self.form, type(self).__name__)
        self._names = re.compile(
            "|".join(rf"(?<![\w])(?:{re.escape(name)})(?![\w])" for name in sorted(self.names, key=len, reverse=True)),
            re.IGNORECASE if len(self.names[0]) > 1 else 0,  # a small letter is no label
        )
        self._numbers = {name.lower(): k for k, name in enumerate(self.names)}
        self.action_space = spaces.Text(ANSWER, min_length=0, charset=CHARSET)
        longest = len(self.prompt()) + self.longest() + len(_UNCLEAR) + 2
        self.observation_space = spaces.Text(longest, min_length=0, charset=CHARSET)

    def prompt(self) -> str:
        """The task, and how to answer."""
        raise NotImplementedError

    def body(self, state: State, i: int) -> str:
        """What row i has seen, in characters of ALPHABET but for capital letters."""
        raise NotImplementedError

    def longest(self) -> int:
        """No body has more characters."""
        raise NotImplementedError

    def parse(self, said: str) -> int:
        """The arm whose name a text holds, -1 if it holds none or those of several; raises nothing."""
        found = {self._numbers[name.lower()] for name in self._names.findall(said)}
        return found.pop() if len(found) == 1 else -1

    def start(self, n: int, rng: Streams) -> State:
        seen = {"arms": np.full((n, self.pulls), -1), "pays": np.zeros((n, self.pulls)), "unclear": np.zeros(n, bool)}
        return {**self.bandit.start(n, rng), **seen}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        arm = np.fromiter((self.parse(said) for said in action), dtype=np.int64, count=len(action))
        unclear = arm < 0
        if unclear.any():  # no other row draws, so that it goes on as the bandit in numbers
            rows = np.flatnonzero(unclear)
            part = rng.rows(rows)
            arm[rows] = part.integers(len(self.names))
            rng.put(rows, part)
        after, reward, over, columns = self.pull(state, arm, rng)
        said = {"arm": arm, "said": np.array(action, dtype=object), "understood": ~unclear}
        return {**after, "unclear": unclear}, reward, over, {**columns, **said}

    def pull(self, state: State, arm: Array, rng: Streams) -> tuple[State, Array, Array, Columns]:
        """One pull [n] by numbers, written down."""
        after, reward, over, columns = self.bandit.move(state, arm, rng)
        arms, pays = state["arms"].copy(), state["pays"].copy()
        row, t = np.arange(len(arm)), state["pulled"] % self.pulls  # rows that are over are moved too, and discarded
        arms[row, t], pays[row, t] = arm, reward
        return {**after, "arms": arms, "pays": pays, "unclear": np.zeros(len(arm), bool)}, reward, over, columns

    def look(self, state: State) -> Tree:
        return np.array([self.text(state, i) for i in range(len(state["unclear"]))], dtype=object)

    def inform(self, state: State) -> Columns:
        return self.bandit.inform(state)

    def text(self, state: State, i: int) -> str:
        said = [_UNCLEAR] if state["unclear"][i] else []
        return "\n".join([self.prompt(), self.body(state, i), *said])

    def draw(self, state: State, i: int) -> np.ndarray:
        last = int(state["arms"][i][int(state["pulled"][i]) - 1])
        said = [(self.names[last], True)] if last >= 0 else []
        return bubbles(
            [(self.prompt(), False), *said, *((line, False) for line in self.body(state, i).split("\n")[-6:])]
        )


class Tokens(Rules):
    """The token view of a `Told`: its bodies as characters by number, and arms by number.

    Observations are MultiDiscrete [L] with one number of 0..TOKENS − 1 for each character, 0 after the last.
    """

    view: Told

    def _number(self, view: Told) -> None:
        self.view = view
        self.observation_space = spaces.MultiDiscrete([TOKENS] * view.longest())
        self.action_space = spaces.Discrete(len(view.names))

    def start(self, n: int, rng: Streams) -> State:
        return self.view.start(n, rng)

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        return self.view.pull(state, action, rng)

    def look(self, state: State) -> Tree:
        return np.stack([encoded(self.view.body(state, i), self.view.longest()) for i in range(len(state["unclear"]))])

    def inform(self, state: State) -> Columns:
        return self.view.inform(state)

    def text(self, state: State, i: int) -> str:
        return self.view.body(state, i)

    def draw(self, state: State, i: int) -> np.ndarray:
        return self.view.draw(state, i)

    def to_mdp(self) -> Any:
        """That of the bandit in numbers."""
        return self.view.bandit.to_mdp()


def encoded(text: str, length: int) -> np.ndarray:
    """Characters as numbers int64 [length]: 1.. by their place in ALPHABET, capital letters as small ones, then 0.

    Raises:
        BadOption: for a text that is longer, or of other characters.
    """
    numbers = [_TOKEN.get(c, 0) for c in text.lower()]
    if len(numbers) > length or 0 in numbers:
        raise BadOption(f"{text!r:.60}", where="encoded", expected=f"at most {length} characters of ALPHABET")
    return np.array(numbers + [0] * (length - len(numbers)), dtype=np.int64)


def decoded(tokens: np.ndarray) -> str:
    """The text, in small letters, of numbers [L]."""
    return "".join(ALPHABET[t - 1] for t in np.asarray(tokens).tolist() if t)


def shown(x: float, digits: int) -> str:
    """A number with so many significant digits, without zeros at its end."""
    return f"{x:.{digits}g}"


def check_form(form: str, where: str) -> None:
    """Raises BadOption for a form that does not exist."""
    if form not in FORMS:
        known = ", ".join(FORMS)
        raise BadOption(f"form={form!r}", where=where, expected=f"one of {known}", mend=nearest(str(form), FORMS))


def check_digits(digits: int, where: str) -> None:
    """Raises BadOption for digits outside 1..17; 17 lose nothing."""
    if not 1 <= digits <= 17:
        raise BadOption(f"digits={digits!r}", where=where, expected="1..17")


def advice(text: str, names: Sequence[str]) -> np.ndarray:
    """What a guide says of each arm, value plus bonus [K]; read from a text, or from decoded tokens.

    Raises:
        BadOption: for a text that says nothing of some arm.
    """
    index = []
    for name in names:
        found = re.search(rf"(?im)^{re.escape(name)}:.* mean (\S+), bonus (\S+)$", text)
        if found is None:
            raise BadOption(f"no advice on {name!r}", where="advice", expected='a text of form="guide"')
        index.append(float(found[1]) + float(found[2]))
    return np.array(index)


_TOKEN = {c: k + 1 for k, c in enumerate(ALPHABET)}
_UNCLEAR = "The last answer named no single choice, so that chance chose."
