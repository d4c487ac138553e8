"""Rewards: what pays each transition of a batch.

What a driver pays is the value of the whole expression and nothing else: the environment's own reward enters as
`Task()`. A reward has one required method and hooks that do nothing by default; `core.algebra` joins rewards.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadCheckpoint
from rewardlab.core.shown import shown_call

if TYPE_CHECKING:
    from rewardlab.core.algebra import Annealed, Chain, Scale, Sum


class Reward:
    """Pays each transition of a batch.

    Subclasses write `__call__`; those with state also write the hooks they need. A call never changes what was learned
    (only `update` does) but may write the memory of the running episodes, which `reset` forgets.
    """

    memory: ClassVar[bool] = False
    """True if the pay depends on earlier steps of the same episode; then rows [N] must come one step at a time."""
    invariance: ClassVar[Literal["exact", "limit", "no"]] = "no"
    """Whether adding it to the task's reward keeps every optimal policy optimal: always, once it has faded, or not."""
    knowledge: ClassVar[str] = "nothing"
    """What its designer must know of the task: "the goal", "the optimal values", "demonstrations" ..."""

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
        from rewardlab.core.algebra import Sum, terms_of

        return Sum((*terms_of(self), *terms_of(other)))

    def __radd__(self, other: Any) -> "Reward":
        from rewardlab.core.algebra import Sum, terms_of

        zero = isinstance(other, int) and other == 0  # Python's own sum() begins so
        return self if zero else Sum((*terms_of(other), *terms_of(self)))

    def __mul__(self, weight: float) -> "Scale":
        from rewardlab.core.algebra import Scale

        return Scale(self, weight)

    __rmul__ = __mul__

    def __truediv__(self, number: float) -> "Scale":
        return self * (1.0 / number)

    def __neg__(self) -> "Scale":
        return self * -1.0

    def __sub__(self, other: "Reward") -> "Sum":
        return self + -other

    def then(self, transform: "Reward") -> "Chain":
        """What `transform` makes of this pay."""
        from rewardlab.core.algebra import Chain

        return Chain(self, transform)

    def annealed(self, steps: int, start: float = 1.0, end: float = 0.0) -> "Annealed":
        """This pay with a weight that moves from `start` to `end` over the first `steps` transitions learned from."""
        from rewardlab.core.algebra import Annealed

        return Annealed(self, steps, start, end)


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


@dataclass
class Task(Reward):
    """The environment's own reward: what the stage below paid, unchanged.

        R(s, a, s') = r

    Source: Sutton, Barto, "Reinforcement Learning: An Introduction", 2nd edition, 2018, Section 3.2.
    """

    invariance: ClassVar[Literal["exact", "limit", "no"]] = "exact"

    def __call__(self, batch: Transitions) -> Array:
        return batch.reward


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
