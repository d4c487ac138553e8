"""What an attribute text is asked for: a lexicon, attributes, kinds of prompts with their weights, users, reactions.

    gold(y | x, u) = (w_x + w_u) · a(y),    proxy(y | x) = v_x · a(y),    cost(y) = c · a(y)

The gold is what is wanted, the proxy what a flawed judge sees. A setting is data: everything about it is known.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rewardlab.core.errors import BadOption, nearest
from rewardlab.core.responses import sigmoid
from rewardlab.envs.text.attributes import Attribute, Lexicon, weighed


@dataclass(frozen=True)
class Kind:
    """A kind of prompt, or of user: what it is called, and what it is worth to it.

    Args:
        name: one or more words.
        gold: attribute -> weight in what is wanted; attributes that are not named weigh nothing.
        proxy: attribute -> weight in what the proxy sees; None for the same.
        chance: how often it comes, relative to the others, above 0.
    """

    name: str
    gold: Mapping[str, float]
    proxy: Mapping[str, float] | None = None
    chance: float = 1.0


@dataclass(frozen=True)
class Reaction:
    """A user who reacts to a text: P(likes it) = (1 − random) σ(base + b · a(y)) + random / 2.

    Args:
        base: the log-odds of a text whose attributes are all 0.
        weights: attribute -> weight b.
        random: users who react by the toss of a coin, 0..1.
        likes: what one says who likes the text, drawn with equal chances.
        dislikes: what the others say.
    """

    base: float
    weights: Mapping[str, float]
    random: float = 0.0
    likes: tuple[str, ...] = ("thanks !", "well done !")
    dislikes: tuple[str, ...] = ("no .", "try again .")


@dataclass(frozen=True)
class Danger:
    """Prompts that are dangerous where two words stand together: of two kinds, the first is plain, the second is not.

    Args:
        words: the two words; one of them alone is harmless.
        single: how many of the plain prompts hold exactly one of them, 0..1.
    """

    words: tuple[str, str]
    single: float = 0.5


@dataclass(frozen=True)
class Setting:
    """A setting.

    Args:
        lexicon: V words.
        attributes: A of them.
        kinds: of prompts, at least one.
        users: each adds its gold to that of the prompt; () for one who adds nothing.
        named: whether the prompt says who asks.
        subjects: the words that prompts are about.
        about: how many of them a prompt has, 0..; they may repeat.
        length: the largest number of words of a text, 1..64.
        least: the smallest, 0..length.
        cost: attribute -> weight of the cost.
        reaction: a user who reacts, or None.
        danger: which prompts are dangerous, or None; the kind is then not said.

    Raises:
        BadOption: for attributes, classes or words that do not exist, and sizes out of range.
    """

    lexicon: Lexicon
    attributes: tuple[Attribute, ...]
    kinds: tuple[Kind, ...]
    users: tuple[Kind, ...] = ()
    named: bool = True
    subjects: tuple[str, ...] = ()
    about: int = 0
    length: int = 12
    least: int = 1
    cost: Mapping[str, float] | None = None
    reaction: Reaction | None = None
    danger: Danger | None = None

    def __post_init__(self) -> None:
        names = self.names
        classes = {c for of in self.lexicon.classes for c in of}
        if not self.kinds or len(set(names)) != len(names) or not names:
            raise _bad("no kind of prompt, or attributes without a name of their own", "at least one of each")
        for x in self.attributes:
            for c in (x.of, x.then):
                if c and c not in classes:
                    raise _bad(f"class {c!r} of attribute {x.name!r}", f"one of {sorted(classes)}", nearest(c, classes))
        for weights in self._weights():
            for name in weights:
                if name not in names:
                    raise _bad(f"a weight of {name!r}", f"one of {names}", nearest(name, names))
        if not (1 <= self.length <= 64 and 0 <= self.least <= self.length):
            raise _bad(f"length={self.length!r} and least={self.least!r}", "1..64, and 0..length")
        if self.about < 0 or (self.about and not self.subjects):
            raise _bad(f"about={self.about!r} of {len(self.subjects)} subjects", "a number from 0, and subjects for it")
        if self.danger and (len(self.kinds) != 2 or self.about < 2):
            raise _bad("danger with other than two kinds, or fewer than two words", "a plain and a dangerous kind")

    @property
    def names(self) -> tuple[str, ...]:
        """[A] the names of the attributes."""
        return tuple(x.name for x in self.attributes)

    def gold(self, kind: int, user: int) -> np.ndarray:
        """[A] what the attributes are worth to this kind of prompt and this user."""
        own = self.vector(self.kinds[kind].gold)
        return own + self.vector(self.users[user].gold) if self.users else own

    def proxy(self, kind: int, user: int) -> np.ndarray:
        """[A] what the proxy makes of them."""
        seen = self.kinds[kind].proxy
        return self.gold(kind, user) if seen is None else self.vector(seen)

    def vector(self, weights: Mapping[str, float] | None) -> np.ndarray:
        """[A] weights by name as a vector."""
        return np.array([float((weights or {}).get(name, 0.0)) for name in self.names])

    def liked(self, attributes: np.ndarray) -> np.ndarray:
        """[B] how often the user likes texts of these attributes [B, A]; 1/2 without a user who reacts."""
        if self.reaction is None:
            return np.full(len(attributes), 0.5)
        r = self.reaction
        return (1 - r.random) * sigmoid(r.base + weighed(attributes, self.vector(r.weights))) + r.random / 2

    def _weights(self) -> list[Mapping[str, float]]:
        own = [w for k in (*self.kinds, *self.users) for w in (k.gold, k.proxy or {})]
        return [*own, self.cost or {}, self.reaction.weights if self.reaction else {}]


def _bad(what: str, expected: str, mend: str = "") -> BadOption:
    return BadOption(what, where="Setting", expected=expected, mend=mend)
