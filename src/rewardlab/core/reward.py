"""Rewards: what pays each transition of a batch, and the algebra that joins them.

    Task() + 0.1 * CountBonus()          a Sum; each part's pay is kept for logs and plots
    RND().then(Clip(-1, 1))              a Chain; the second stage sees what the first paid

What a driver pays is the value of the whole expression and nothing else: the environment's own reward enters as
`Task()`. A reward has one required method and hooks that do nothing by default.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from numbers import Real
from typing import Any, ClassVar

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadCheckpoint, BadOption
from rewardlab.core.shown import shown_call


class Reward:
    """Pays each transition of a batch.

    Subclasses write `__call__`; those with state also write the hooks they need. A call never changes what was learned
    (only `update` does) but may write the memory of the running episodes, which `reset` forgets.
    """

    memory: ClassVar[bool] = False
    """True if the pay depends on earlier steps of the same episode; then rows [N] must come one step at a time."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "__repr__" not in cls.__dict__:
            cls.__repr__ = cls.__repr__  # type: ignore[method-assign]  # or @dataclass would write a long one

    def __call__(self, batch: Transitions) -> Array:
        """The pay [B] of each transition."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it pays: define __call__(self, batch)")

    def __repr__(self) -> str:
        return shown_call(self)

    def reset(self, begun: Array) -> None:
        """Forget the episodes of these rows, [N] bool; also tells N before the first step."""

    def update(self, batch: Transitions) -> dict[str, float]:
        """Learn from a batch; returns what to log.

        Drivers hand on steps [T, N], oldest first, in which batches follow one another; where some rows did not move or
        were mended, the others as [B], oldest first, with `info["env_row"]` [B]. Other callers may bring any axes.
        """
        return {}

    def parts(self, batch: Transitions) -> dict[str, Array]:
        """Name -> pay [B] of each part; the values sum to the pay."""
        return {self.name: self(batch)}

    def recorded(self, batch: Transitions) -> dict[str, Array]:
        """Parts for recorded steps [T, N], oldest first, whose first row begins an episode everywhere."""
        return replayed(self, batch)

    def state_dict(self) -> dict[str, Any]:
        """What was learned and remembered: arrays, numbers and nested dicts of them. No code, no class names."""
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`; afterwards every pay equals that of the reward it came from."""
        if state:
            raise BadCheckpoint(f"unexpected state {sorted(state)}", where=self.name, expected="no state")

    @property
    def name(self) -> str:
        """The part's name in `info["reward_parts"]` and in logs: the class name in snake case."""
        return _snake(type(self).__name__)

    @property
    def learns(self) -> bool:
        """Whether `update` does anything."""
        return type(self).update is not Reward.update

    def __add__(self, other: "Reward") -> "Sum":
        return Sum((*_terms(self), *_terms(other)))

    def __radd__(self, other: Any) -> "Reward":
        return (
            self if isinstance(other, int) and other == 0 else Sum((*_terms(other), *_terms(self)))
        )  # sum() begins so

    def __mul__(self, weight: float) -> "Scale":
        return Scale(self, weight)

    __rmul__ = __mul__

    def __truediv__(self, number: float) -> "Scale":
        return Scale(self, 1.0 / number)

    def __neg__(self) -> "Scale":
        return Scale(self, -1.0)

    def __sub__(self, other: "Reward") -> "Sum":
        return self + -other

    def then(self, transform: "Reward") -> "Chain":
        """What `transform` makes of this pay."""
        return Chain(self, transform)


def replayed(reward: Reward, batch: Transitions) -> dict[str, Array]:
    """Parts [T, N] of recorded steps as `reward` would have paid them online, resetting where episodes begin."""
    if not reward.memory:  # each step stands alone: [T, N] are so many rows
        lead = len(batch.shape)
        rows = batch.map(lambda x: x.reshape(-1, *x.shape[lead:]))
        return {name: paid.reshape(batch.shape) for name, paid in reward.parts(rows).items()}
    if not len(batch):
        return {reward.name: batch.reward * 1.0}
    xp = namespace(batch.reward)
    begun, paid = xp.ones_like(batch.terminated[0]), []
    for t in range(len(batch)):
        step = batch.rows(t)
        reward.reset(begun)
        paid.append(reward.parts(step))
        begun = step.done
    return {name: xp.stack([p[name] for p in paid]) for name in paid[0]}


def _terms(reward: Reward) -> tuple[Reward, ...]:
    if not isinstance(reward, Reward):
        raise BadOption(
            f"{reward!r} in a sum of rewards", where="Reward", expected="a Reward", mend="use Task() for the env's own"
        )
    return reward.terms if isinstance(reward, Sum) else (reward,)


class Composite(Reward):
    """A reward made of rewards, its fields: hands every hook to them."""

    def children(self) -> tuple[Reward, ...]:
        assert is_dataclass(self)
        values = [getattr(self, f.name) for f in fields(self)]
        return tuple(r for v in values for r in (v if isinstance(v, tuple) else (v,)) if isinstance(r, Reward))

    @property
    def memory(self) -> bool:  # type: ignore[override]
        return any(r.memory for r in self.children())

    @property
    def learns(self) -> bool:
        return any(r.learns for r in self.children())

    def reset(self, begun: Array) -> None:
        for r in self.children():
            r.reset(begun)

    def state_dict(self) -> dict[str, Any]:
        states = {f"{i}_{r.name}": r.state_dict() for i, r in enumerate(self.children())}
        return {k: v for k, v in states.items() if v}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        known = {f"{i}_{r.name}": r for i, r in enumerate(self.children())}
        if not set(state) <= set(known):
            raise BadCheckpoint(f"state for {sorted(set(state) - set(known))}", where=self.name, expected=f"{[*known]}")
        for key, r in known.items():
            try:
                r.load_state_dict(state.get(key, {}))
            except KeyError as e:
                raise BadCheckpoint(f"the state of {key} lacks {e}", where=self.name, expected=f"{[*known]}") from None


@dataclass
class Task(Reward):
    """The environment's own reward: what the stage below paid, unchanged.

        R(s, a, s') = r

    Source: Sutton, Barto, "Reinforcement Learning: An Introduction", 2nd edition, 2018, Section 3.2.
    """

    def __call__(self, batch: Transitions) -> Array:
        return batch.reward


@dataclass
class Sum(Composite):
    """The sum of several rewards, each of which sees the same batch.

        R = Σ_i R_i

    Source: Sutton, Barto, "Reinforcement Learning: An Introduction", 2nd edition, 2018, Section 3.2.
    """

    terms: tuple[Reward, ...]

    def __repr__(self) -> str:
        first, *others = map(repr, self.terms)
        return first + "".join(f" - {t[1:]}" if t.startswith("-") else f" + {t}" for t in others)

    def __call__(self, batch: Transitions) -> Array:
        return add(self.parts(batch))

    def parts(self, batch: Transitions) -> dict[str, Array]:
        return joined([r.parts(batch) for r in self.terms])

    def recorded(self, batch: Transitions) -> dict[str, Array]:
        return joined([r.recorded(batch) for r in self.terms])

    def update(self, batch: Transitions) -> dict[str, float]:
        return joined([r.update(batch) for r in self.terms])


@dataclass
class Scale(Composite):
    """A reward times a constant: `0.5 * reward`.

        R' = w R

    Raises:
        BadOption: for a weight that is not a finite number.

    Source: Ng, Harada, Russell, "Policy Invariance Under Reward Transformations", ICML 1999 (positive scaling keeps
    every optimal policy).
    """

    reward: Reward
    weight: float

    def __post_init__(self) -> None:
        if isinstance(self.weight, bool) or not isinstance(self.weight, Real) or not math.isfinite(self.weight):
            raise BadOption(f"weight={self.weight!r}", where=f"Scale of {self.name}", expected="a finite number")
        self.weight = float(self.weight)  # a NumPy number would make float32 pays float64

    def __repr__(self) -> str:
        inner = _grouped(self.reward, Sum, Scale)
        return f"-{inner}" if self.weight == -1.0 else f"{self.weight:g} * {inner}"

    def __call__(self, batch: Transitions) -> Array:
        return self.weight * self.reward(batch)

    def parts(self, batch: Transitions) -> dict[str, Array]:
        return {k: self.weight * v for k, v in self.reward.parts(batch).items()}

    def recorded(self, batch: Transitions) -> dict[str, Array]:
        return {k: self.weight * v for k, v in self.reward.recorded(batch).items()}

    def update(self, batch: Transitions) -> dict[str, float]:
        return self.reward.update(batch)

    @property
    def name(self) -> str:
        return self.reward.name


@dataclass
class Chain(Composite):
    """A second reward that sees what a first one paid as the batch's reward.

        R = g(f(batch))

    The pay of a chain is one part: what a non-linear stage made of a sum cannot be divided among its terms.

    Source: Sutton, Barto, "Reinforcement Learning: An Introduction", 2nd edition, 2018, Section 3.2.
    """

    first: Reward
    second: Reward

    def __post_init__(self) -> None:
        if self.first.memory and self.second.learns:
            raise BadOption(
                f"{self.second.name} learns from {self.first.name}, which has episode memory",
                where="Chain",
                expected="a first stage whose pay can be recomputed from a stored batch",
                mend="chain the learning stage below the one with memory",
            )

    def __repr__(self) -> str:
        return f"{_grouped(self.first, Sum, Scale)}.then({self.second!r})"

    def __call__(self, batch: Transitions) -> Array:
        return self.second(batch.paying(self.first(batch)))

    def recorded(self, batch: Transitions) -> dict[str, Array]:
        paid = self.second.recorded(batch.paying(add(self.first.recorded(batch))))
        return {self.name: add(paid)}

    def update(self, batch: Transitions) -> dict[str, float]:
        logs = [self.first.update(batch)]
        if self.second.learns:
            logs.append(self.second.update(batch.paying(self.first(batch))))
        return joined(logs)

    @property
    def name(self) -> str:
        return self.first.name


def _grouped(reward: Reward, *looser: type[Reward]) -> str:
    return f"({reward!r})" if isinstance(reward, looser) else repr(reward)


@cache
def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def add(parts: Mapping[str, Array]) -> Array:
    """The pay [B] that some parts sum to, in the order in which they stand."""
    values = list(parts.values())
    total = values[0]
    for v in values[1:]:
        total = total + v
    return total


def joined(many: list[dict[str, Any]]) -> dict[str, Any]:
    """Parts or logs of several rewards side by side; a second `count_bonus` becomes `count_bonus_2`."""
    out: dict[str, Any] = {}
    for parts in many:
        for name, value in parts.items():
            key, n = name, 1
            while key in out:
                n += 1
                key = f"{name}_{n}"
            out[key] = value
    return out
