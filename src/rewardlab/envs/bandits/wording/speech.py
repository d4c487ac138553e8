"""What a family of bandits says: the ground of all wordings.

A wording is fixed by its bandit and holds no state. What one episode has shown stands in two places: `notes`, the
rounds as rows of numbers, and a `memory` of sums, from which summaries and guides are told.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array
from rewardlab.core.errors import BadOption, nearest
from rewardlab.core.rng import Streams
from rewardlab.envs.bandits.words import NAMES, shown
from rewardlab.envs.rules import Columns, Rules, State

COUNT = 12  # digits of a whole number that is told


class Wording:
    """Names, answers, notes, sums and sentences of one bandit.

    Methods set `names`, `action_space`, `width` and `rounds` in `prepare`, and write what is told.

    Args:
        bandit: its rules.
        digits: significant digits of numbers that are told.
        domain: what choices are called, "labels" or "products".
        options: numbers of the guide, in place of those in `options` of the class.

    Attributes:
        names: what one may choose.
        many: how many of the names an answer holds, in order.
        action_space: actions by number.
        width: W, numbers in a note.
        rounds: answers in an episode of the bandit, None for no end.
        answer: characters of an answer, at most.

    Raises:
        BadOption: for a domain or an option that does not exist, or an option that is no finite number >= 0.
    """

    options: ClassVar[Mapping[str, float]] = {}
    keeps: ClassVar[bool] = False
    """Whether what was seen in one episode of the bandit tells of the next one."""
    guided: ClassVar[str] = "the largest sum of mean and bonus is a good choice"
    aim: ClassVar[str] = " Earn as much as you can."
    clipped: ClassVar[str] = "A number of the last answer lay outside and was moved to the nearest one allowed."
    unclear: ClassVar[str] = "The last answer named no single choice, so that chance chose."

    names: Sequence[str] = ()
    many: int = 1
    action_space: spaces.Space
    width: int
    rounds: int | None
    answer: int

    def __init__(self, bandit: Any, *, digits: int, domain: str, options: Mapping[str, Any] | None) -> None:
        where = type(bandit).__name__
        for name, value in (options or {}).items():
            if name not in self.options:
                known = ", ".join(self.options) or "none"
                raise BadOption(
                    f"option {name!r} of the guide",
                    where=where,
                    expected=f"one of {known}",
                    mend=nearest(name, self.options),
                )
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0.0 <= value < math.inf:
                raise BadOption(f"{name}={value!r}", where=where, expected="a finite number >= 0")
        if domain not in NAMES:
            raise BadOption(
                f"domain={domain!r}", where=where, expected=f"one of {', '.join(NAMES)}", mend=nearest(domain, NAMES)
            )
        self.bandit, self.digits, self.domain = bandit, digits, domain
        self.option = {**self.options, **(options or {})}
        self.wide = digits + 7  # characters of a number: sign, point, exponent
        self.prepare()
        self._listen()

    def prepare(self) -> None:
        """Set names, action space, width and rounds."""
        raise NotImplementedError

    # -- answers -------------------------------------------------------------------------------------------------------

    def called(self, count: int) -> tuple[str, ...]:
        """Names of so many things, R1, R2, ... where the domain has too few."""
        known = NAMES[self.domain]
        return tuple(known[:count]) if count <= len(known) else tuple(f"R{k + 1}" for k in range(count))

    def _listen(self) -> None:
        """Make ready to find names in an answer; a small letter is no label."""
        if not self.names:
            return
        self._number = {_folded(name): k for k, name in enumerate(self.names)}
        ordered = sorted(self.names, key=len, reverse=True)
        each = "|".join(f"(?i:{re.escape(name)})" if len(name) > 1 else re.escape(name) for name in ordered)
        self._known = re.compile(rf"(?<![\w])(?:{each})(?![\w])")
        self.longest_name = max(map(len, self.names))
        self.answer = max(64, self.many * (self.longest_name + 8))

    def parse(self, said: str) -> tuple[Array | None, bool]:
        """The action that a text means, None if it means none or several, and whether it was moved; raises nothing."""
        if len(said) > self.answer:
            return None, False
        found = [self._number[_folded(name)] for name in self._known.findall(said)]
        if self.many == 1:
            one = set(found)
            return (np.int64(one.pop()) if len(one) == 1 else None), False
        return (np.array(found, dtype=np.int64) if len(found) == self.many else None), False

    def chance(self, rng: Streams) -> Array:
        """An action drawn for each row [n, *action]."""
        return rng.integers(len(self.names), () if self.many == 1 else (self.many,))

    # -- rounds --------------------------------------------------------------------------------------------------------

    def play(self, before: State, action: Array, rng: Streams) -> tuple[State, Array, Array, Columns]:
        """One round of the bandit, as `Rules.move`."""
        moved: tuple[State, Array, Array, Columns] = self.bandit.move(before, action, rng)
        return moved

    def note(self, before: State, action: Array, reward: Array, columns: Columns) -> Array:
        """What is told of a round, in numbers [n, W]."""
        raise NotImplementedError

    def begin(self, n: int) -> State:
        """The memory of n rows that have seen nothing."""
        raise NotImplementedError

    def learn(self, memory: State, before: State, action: Array, reward: Array, columns: Columns) -> State:
        """The memory after one more round, in arrays of its own."""
        raise NotImplementedError

    # -- what is told --------------------------------------------------------------------------------------------------

    def task(self) -> str:
        """What there is to choose, and what it pays."""
        raise NotImplementedError

    def reply(self) -> str:
        """How to answer."""
        return "Answer with one name."

    def line(self, note: np.ndarray) -> str:
        """A round [W] in one line."""
        raise NotImplementedError

    def summary(self, memory: State, before: State, i: int) -> list[str]:
        """What row i has seen, in sums."""
        raise NotImplementedError

    def guide(self, memory: State, before: State, i: int) -> list[str]:
        """What an algorithm makes of it."""
        raise NotImplementedError

    def now(self, before: State, i: int) -> list[str]:
        """What row i is shown of the round to come."""
        return []

    def room(self, form: str, window: int) -> int:
        """No text of this form has more characters, line breaks included; without those of `now`."""
        raise NotImplementedError

    def room_now(self) -> int:
        """No text of `now` has more characters, line breaks included."""
        return 0

    # -- words ---------------------------------------------------------------------------------------------------------

    def number(self, x: float) -> str:
        """A number with the digits of this wording."""
        return shown(float(x), self.digits)

    def numbers(self, x: Any) -> str:
        """Several of them, with spaces between."""
        return " ".join(self.number(v) for v in np.asarray(x).ravel())

    def table(self, told: Sequence[str], value: Array, bonus: Array) -> list[str]:
        """A guide's lines: of each name what is told, its value and its bonus [K]."""
        pairs = zip(self.names, told, value.tolist(), bonus.tolist(), strict=True)
        return [f"{name}: {what}mean {self.number(v)}, bonus {self.number(b)}" for name, what, v, b in pairs]


def vector(x: Any) -> str:
    """A vector with two decimals."""
    return " ".join(f"{float(v):+.2f}" for v in np.asarray(x).ravel())


def added(table: Array, action: Array, amount: Any) -> Array:
    """A copy of a table [n, K] with an amount [n] added to one entry of each row."""
    own = table.copy()
    own[np.arange(len(action)), action] += amount
    return own


def rounds_of(bandit: Rules) -> int | None:
    """Rounds of an episode: `pulls` or `rounds`, None for no end."""
    for name in ("pulls", "rounds"):
        if hasattr(bandit, name):
            return int(getattr(bandit, name))
    return None


def ucb1(counts: Array, means: Array, exploration: float, t: int) -> tuple[Array, Array]:
    """Value and bonus √(c ln t / n) [K] of arms with counts and means [K]; without a pull 0 and infinity."""
    bonus = math.sqrt(exploration * math.log(max(t, 2))) * (1.0 / np.sqrt(np.maximum(counts, 1)))
    return np.where(counts > 0, means, 0.0), np.where(counts > 0, bonus, np.inf)


def ridge(x: Array, V: Array, b: Array, alpha: float) -> tuple[Array, Array]:
    """x · θ̂ and α ‖x‖ in V⁻¹ [K] for vectors x [K, d], V [d, d] and b [d]."""
    inverse = np.linalg.inv(V)
    return x @ (inverse @ b), alpha * np.sqrt(np.maximum(np.einsum("kd,de,ke->k", x, inverse, x), 0.0))


def marked(mark: str, state: Mapping[str, Array]) -> State:
    """A state whose keys begin with a mark."""
    return {mark + key: value for key, value in state.items()}


def part_of(mark: str, state: State) -> State:
    """What of a state has that mark, without it."""
    return {key[len(mark) :]: value for key, value in state.items() if key.startswith(mark)}


def _folded(name: str) -> str:
    return name.lower() if len(name) > 1 else name
