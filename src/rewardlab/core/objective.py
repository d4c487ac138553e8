"""Objectives: what a policy minimises on a group of responses."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group


@runtime_checkable
class Objective(Protocol):
    """A loss per prompt, and a hook that moves references or schedules.

    One that has `entropy_gradient = True` is given an `entropy` column with a gradient.
    """

    def __call__(self, group: Group) -> Array:
        """The loss [P] of each prompt."""
        ...

    def update(self, group: Group) -> None:
        """Called once after each optimiser step; does nothing for a fixed objective."""
        ...


@dataclass(frozen=True)
class Fixed:
    """A plain function `Group -> [P]` as an `Objective` whose `update` does nothing."""

    loss: Callable[[Group], Array]

    def __call__(self, group: Group) -> Array:
        return self.loss(group)

    def update(self, group: Group) -> None:
        """Nothing moves."""


def as_objective(loss: Objective | Callable[[Group], Array]) -> Objective:
    """`loss` itself if it has an `update`, else wrapped once."""
    return loss if isinstance(loss, Objective) else Fixed(loss)
