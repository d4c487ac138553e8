"""An environment under test, and what many laws read of it."""

import functools
from collections.abc import Callable
from typing import Any, NoReturn

import gymnasium as gym

from rewardlab.core.errors import FaultyEnvironment
from rewardlab.core.testing import child
from rewardlab.core.testing.trace import Record, actions_of, first_difference, follow


class Subject:
    """An environment under test: how to make another one of it, and one reference trace that many laws read."""

    def __init__(self, make: Callable[[], gym.Env], name: str, *, seed: int, steps: int) -> None:
        self.make, self.name, self.seed, self.steps = make, name, seed, steps
        self.notes: list[str] = []

    @functools.cached_property
    def actions(self) -> list[Any]:
        """Random actions, the same in every run."""
        return actions_of(self.make().action_space, self.seed, self.steps)

    @functools.cached_property
    def trace(self) -> list[Record]:
        """What a fresh instance shows in a run with these seeds and actions."""
        return self.run(self.make())

    def run(self, env: gym.Env) -> list[Record]:
        """The records of `env` in such a run."""
        return follow(env, self.actions, seed=self.seed)

    def halfway(self) -> tuple[gym.Env, list[Record]]:
        """An environment in the middle of the reference trace, and what it showed on the way."""
        env = self.make()
        return env, follow(env, self.actions[: self.steps // 2], seed=self.seed)

    @functools.cached_property
    def children(self) -> dict[bool, Any]:
        """Two more processes that play the trace with other string hashes; one of them at another time of day."""
        return {shift: child.start(self.make, self.seed, self.steps, shift=shift) for shift in (False, True)}

    @functools.cache  # noqa: B019  a subject lives as long as its check
    def answer(self, shift: bool) -> str:
        """The hash of the trace that a child found, with or without another time of day."""
        return child.finish(self.children[shift])

    def end(self) -> None:
        """Wait for no child any longer."""
        for process in self.__dict__.get("children", {}).values():
            if process.poll() is None:
                process.kill()
            process.communicate()

    def same_as_trace(self, other: list[Record], *, when: str, mend: str) -> None:
        """A fault unless `other` equals the reference trace."""
        gap = first_difference(self.trace, other)
        if gap:
            self.fault(f"{when} differs from the same run elsewhere at {gap}", "equal to the bit", mend)

    def fault(self, what: str, expected: str, mend: str) -> NoReturn:
        """Raise the finding."""
        raise FaultyEnvironment(what, where=self.name, expected=expected, mend=mend)
