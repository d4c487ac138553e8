"""The algebra of rewards: sums, multiples, chains and fading weights of other rewards.

    Task() + 0.1 * CountBonus()             a Sum; each part's pay is kept for logs and plots
    RND().then(Clip(-1, 1))                 a Chain; the second stage sees what the first paid
    (0.1 * RND()).annealed(steps=100_000)   Annealed; its weight falls to 0 while the agent learns

Written with the operators of `Reward`; a method that is made of rewards stands on `Composite`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from numbers import Real
from typing import Any, ClassVar, Literal

from rewardlab.core.arrays import Array
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadCheckpoint, BadOption
from rewardlab.core.reward import Reward, add, joined


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
        self.weight = finite(self.weight, "weight", f"Scale of {self.name}")

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


@dataclass
class Annealed(Composite):
    """A reward whose weight moves in a straight line while the agent learns: `reward.annealed(steps=100_000)`.

        R'_n = w_n R,    w_n = start + (end − start) min(n / steps, 1),    n the transitions learned from

    A bonus that fades to nothing helps to explore and leaves the last word to the task. Only `update` moves the weight,
    so that what a recording is paid does not depend on when it is asked for.

    Args:
        reward: what is paid.
        steps: transitions, over all rows, until `end` is reached, >= 1.
        start: the first weight.
        end: the last one.

    Raises:
        BadOption: for steps < 1, or a weight that is not a finite number.

    Source: Bellemare, Srinivasan, Ostrovski, Schaul, Saxton, Munos, "Unifying Count-Based Exploration and Intrinsic
    Motivation", NIPS 2016, Section 4 (a bonus that vanishes leaves the optimum of the task in the limit).
    """

    invariance: ClassVar[Literal["exact", "limit", "no"]] = "limit"  # with the default end of 0

    reward: Reward
    steps: int
    start: float = 1.0
    end: float = 0.0

    def __post_init__(self) -> None:
        if isinstance(self.steps, bool) or not isinstance(self.steps, int) or self.steps < 1:
            raise BadOption(f"steps={self.steps!r}", where=f"Annealed {self.name}", expected="an integer >= 1")
        for name in ("start", "end"):
            setattr(self, name, finite(getattr(self, name), name, f"Annealed {self.name}"))
        self._seen = 0  # transitions

    @property
    def weight(self) -> float:
        """The weight now."""
        return self.start + (self.end - self.start) * min(self._seen / self.steps, 1.0)

    def __repr__(self) -> str:
        given = {"start": self.start, "end": self.end}
        told = "".join(f", {k}={v:g}" for k, v in given.items() if v != type(self).__dataclass_fields__[k].default)
        return f"{_grouped(self.reward, Sum, Scale)}.annealed({self.steps}{told})"

    def __call__(self, batch: Transitions) -> Array:
        return self.weight * self.reward(batch)

    def parts(self, batch: Transitions) -> dict[str, Array]:
        return {k: self.weight * v for k, v in self.reward.parts(batch).items()}

    def recorded(self, batch: Transitions) -> dict[str, Array]:
        return {k: self.weight * v for k, v in self.reward.recorded(batch).items()}

    @property
    def learns(self) -> bool:
        return True

    def update(self, batch: Transitions) -> dict[str, float]:
        logs = self.reward.update(batch)
        self._seen += math.prod(batch.shape)
        return {**logs, f"{self.name}/weight": self.weight}

    def state_dict(self) -> dict[str, Any]:
        return {"reward": super().state_dict(), "seen": self._seen}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("reward", "seen"), where=f"Annealed {self.name}")
        super().load_state_dict(state["reward"])
        self._seen = int(state["seen"])

    @property
    def name(self) -> str:
        return self.reward.name


def finite(value: Any, name: str, where: str) -> float:
    """`value` as a float: a NumPy number would make float32 pays float64.

    Raises:
        BadOption: if it is not a finite number.
    """
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise BadOption(f"{name}={value!r}", where=where, expected="a finite number")
    return float(value)


def _grouped(reward: Reward, *looser: type[Reward]) -> str:
    return f"({reward!r})" if isinstance(reward, looser) else repr(reward)


def terms_of(reward: Reward) -> tuple[Reward, ...]:
    """What a sum has of `reward`: its terms, or itself.

    Raises:
        BadOption: for anything but a reward.
    """
    if not isinstance(reward, Reward):
        raise BadOption(
            f"{reward!r} in a sum of rewards", where="Reward", expected="a Reward", mend="use Task() for the env's own"
        )
    return reward.terms if isinstance(reward, Sum) else (reward,)
