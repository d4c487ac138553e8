"""A number of a step that pay may be made of."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from keyword import kwlist

TAKEN = {*kwlist, "obs", "action", "next_obs", "info", "np", "math", "reward"}


class Kind(Enum):
    """What can be done with a feature."""

    DISTANCE = "how far: less is nearer"
    FLAG = "true or false"
    SHARE = "how much of the work is done"
    NUMBER = "more or less of something"
    POINT = "a place, or a number that may be wanted at some value"


@dataclass(frozen=True)
class Feature:
    """One number (or place) of a step.

    Attributes:
        name: an identifier.
        kind: what it is.
        now: expressions of the reward language after the move; several for the coordinates of a place.
        before: the same before the move; () where only the info column after it is known.
        low, high: the range, as far as it was said; else (0, 1).
        worth: the a-priori weight in the draw of features.
        sign: +1 if more of it is wanted, -1 if less, 0 if the words do not say.
        missing: whether a place is -1, -1 while it does not exist.
    """

    name: str
    kind: Kind
    now: tuple[str, ...]
    before: tuple[str, ...]
    low: float = 0.0
    high: float = 1.0
    worth: float = 1.0
    sign: int = 0
    missing: bool = False

    @property
    def size(self) -> float:
        """By what it is divided to be about 1."""
        return max(abs(self.low), abs(self.high), self.high - self.low) or 1.0


Found = tuple[Feature, str]
"""A feature, and the words of its meaning."""


def identifier(text: str) -> str:
    """A name for a variable, made of words."""
    name = re.sub(r"\W+", "_", text.strip().lower()).strip("_")
    return name if name.isidentifier() and name not in TAKEN else f"value_{name}"


def length(parts: Sequence[str]) -> str:
    """The Euclidean length of some coordinates, as an expression."""
    return f"np.sqrt({' + '.join(f'{p}**2' for p in parts)})"
