"""What a cost is made of, as data: terms with a target, a weight and a norm.

A `Spec` is a tuple of terms; two of them can be compared term by term, and both are plain JSON. What a term measures is
named by its key, so that a new target for the same thing takes the place of the old one.
"""

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Self

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption, nearest
from rewardlab.rewards.language.bodies import Body, Measures

NORMS = ("quadratic", "smooth_abs")
SOFT = 0.05
"""Where the smooth absolute value turns from a square to a line, in the unit of the residual."""


@dataclass(frozen=True)
class Term:
    """w n(residual).

    Attributes:
        key: what is measured: "effort", "rest", "height", "pitch", "foot NAME", "lift NAME", "joint NAME",
            "distance ONE, OTHER".
        target: what it is to be, in the unit of what is measured.
        weight: w >= 0.
        norm: "quadratic", |x|², or "smooth_abs", √(|x|² + s²) − s with s = 0.05.
    """

    key: str
    target: float = 0.0
    weight: float = 1.0
    norm: str = "quadratic"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.target) and math.isfinite(self.weight) and self.weight >= 0):
            raise BadOption(f"{self}", where="Term", expected="a finite target, and a weight of at least 0")
        if self.norm not in NORMS:
            raise BadOption(f"norm={self.norm!r}", where="Term", expected=" or ".join(NORMS))


@dataclass(frozen=True)
class Spec:
    """A cost: its terms, by key.

    Attributes:
        terms: no two of one key.
    """

    terms: tuple[Term, ...]

    @classmethod
    def default(cls, body: Body) -> Self:
        """What holds for a body unless it is said otherwise."""
        return cls(tuple(Term(key, target, weight) for key, target, weight in body.defaults))

    def put(self, term: Term) -> "Spec":
        """With a term in the place of the one of its key, or at the end."""
        if any(t.key == term.key for t in self.terms):
            return Spec(tuple(term if t.key == term.key else t for t in self.terms))
        return Spec((*self.terms, term))

    def drop(self, key: str) -> "Spec":
        """Without the term of this key."""
        return Spec(tuple(t for t in self.terms if t.key != key))

    def scaled(self, by: float) -> "Spec":
        """With all weights times `by` >= 0."""
        return Spec(tuple(replace(t, weight=by * t.weight) for t in self.terms))

    def changed(self, other: "Spec") -> set[str]:
        """The keys whose terms differ between two costs."""
        mine, theirs = ({t.key: t for t in spec.terms} for spec in (self, other))
        return {key for key in {*mine, *theirs} if mine.get(key) != theirs.get(key)}

    def to_json(self) -> str:
        """As JSON."""
        return json.dumps([asdict(t) for t in self.terms])

    @classmethod
    def from_json(cls, text: str) -> Self:
        """What `to_json` wrote.

        Raises:
            BadOption: for anything else.
        """
        try:
            return cls(tuple(Term(**held) for held in json.loads(text)))
        except (TypeError, ValueError) as e:
            raise BadOption(f"{text!r:.80}", where="Spec", expected="what to_json() wrote", mend=str(e)) from None


def residual(key: str, target: float, seen: Measures, batch: Transitions) -> Array:
    """What a term measures less its target, [..., K].

    Raises:
        BadOption: for a key that the body does not have.
    """
    kind, _, name = key.partition(" ")
    xp = namespace(batch.reward)
    if key == "effort":
        action = batch.action if batch.action.ndim > batch.reward.ndim else batch.action[..., None]
        return action + (0.0 * batch.reward[..., None] - target)  # whole numbers too, in the type of the pay
    if kind == "distance":
        one, _, other = name.partition(", ")
        return _seen(seen, f"point {one}") - _seen(seen, f"point {other}")
    if key == "rest":
        return _seen(seen, "speed") - target
    value = _seen(seen, f"foot {name}" if kind == "lift" else key)
    if kind == "joint":
        off = value - target
        return xp.atan2(xp.sin(off), xp.cos(off))[..., None]
    if kind == "lift":  # only what is missing counts: a foot off the ground, by at least so much
        value = xp.where(value < target, value, xp.zeros_like(value) + target)
    return (value - target)[..., None]


def _seen(seen: Measures, key: str) -> Array:
    if key not in seen:
        raise BadOption(f"nothing is called {key!r}", where="cost", mend=nearest(key, seen))
    return seen[key]


def norms(spec: Spec, body: Body, batch: Transitions, keys: Iterable[str] | None = None) -> dict[str, Array]:
    """Key -> n(residual) [...] of each term after the step, without its weight."""
    seen, xp = body.measure(batch.next_obs), namespace(batch.reward)
    wanted = None if keys is None else set(keys)
    out = {}
    for term in spec.terms:
        if wanted is None or term.key in wanted:
            x = residual(term.key, term.target, seen, batch)
            square = (x * x).sum(-1)
            out[term.key] = square if term.norm == "quadratic" else xp.sqrt(square + SOFT**2) - SOFT
    return out
