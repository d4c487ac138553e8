"""`Case`: one cell of a benchmark, an environment with a reward and an agent, and the seeds to run it with."""

import dataclasses
import functools
import hashlib
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

import numpy as np
from gymnasium.vector import VectorEnv

from rewardlab.core.agent import Agent
from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Reward
from rewardlab.core.store import dumps

SPACING = 10**6
"""Between base seeds. Row i of N is seeded with base + i, so closer bases would share rows."""
EVALUATION = SPACING // 2
"""From a run's base seed to the first of its evaluation rows."""

RewardFactory = Callable[[VectorEnv, int], Reward | None]
AgentFactory = Callable[[VectorEnv, int], Agent]


@dataclass(frozen=True)
class Case:
    """An environment, what pays in it, who learns, for how long and with which seeds.

    Factories are functions of a module, or `functools.partial` of such: workers import them by name.

    Args:
        env: a Gymnasium id.
        method: the row in the report; "none" is the baseline that others are compared with.
        reward: (training environments, seed) -> a Reward, or None for the task's own reward alone.
        agent: (training environments as paid, seed) -> an Agent.
        budget: transitions to train on, over all rows.
        seeds: numbers of the runs, 0, 1, 2 ...; run k has the base seed k * 10^6.
        num_envs: rows of the training environment.
        env_kwargs: keywords of the environment.
        evaluations: points on the learning curve after the first, which stands before any training.
        episodes: episodes per evaluation.
        agent_name: the agent's name in the report; the factory's name if not given.
        update_every: vector steps between two updates of a reward that learns.
        scale: (random, optimal) return for the normalised score; None takes them from the environment's card.

    Raises:
        BadOption: for a number out of range, repeated seeds, or a factory that a worker cannot import.
    """

    env: str
    method: str
    reward: RewardFactory
    agent: AgentFactory
    budget: int
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    num_envs: int = 8
    env_kwargs: Mapping[str, Any] = field(default_factory=dict, hash=False)
    evaluations: int = 20
    episodes: int = 10
    agent_name: str = ""
    update_every: int = 1
    scale: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        for name in ("budget", "num_envs", "evaluations", "episodes", "update_every"):
            value = getattr(self, name)
            high = EVALUATION if name in ("num_envs", "episodes") else 10**15
            if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= high:
                raise self._bad(f"{name}={value!r}", f"an integer in 1..{high}")
        if not self.seeds or len(set(self.seeds)) != len(self.seeds):
            raise self._bad(f"seeds={self.seeds!r}", "different numbers, e.g. seeds=(0, 1, 2, 3, 4)")
        for k in self.seeds:  # Stable-Baselines3 takes seeds below 2^32
            if isinstance(k, bool) or not isinstance(k, int) or not 0 <= k < 2**32 // SPACING:
                raise self._bad(f"seed {k!r}", f"integers in 0..{2**32 // SPACING - 1}")
        if not self.env or not self.method:
            raise self._bad("an empty name", "an id and a name for the method")
        if self.scale is not None and not self.scale[1] > self.scale[0]:
            raise self._bad(f"scale={self.scale!r}", "(random, optimal) with optimal above random")
        object.__setattr__(
            self, "agent_name", self.agent_name or str(getattr(innermost(self.agent), "__name__", "agent"))
        )
        self.spec(self.seeds[0])
        try:
            pickle.dumps(self)
        except Exception as e:  # pickle raises whatever the object raises
            raise self._bad(f"it cannot be sent to a worker ({e})", "values that pickle") from None

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"Case({self.env}, {self.method})"

    def spec(self, seed: int) -> dict[str, Any]:
        """Everything that decides a run's result, by name: JSON."""
        from rewardlab import __version__

        plain = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name != "seeds"}
        named: dict[str, Any] = _named(plain, self.name)
        return named | {"seed": seed, "version": __version__}

    def key(self, seed: int) -> str:
        """A name for the run with this seed that changes whenever its specification does."""
        return hashlib.sha256(dumps(self.spec(seed)).encode()).hexdigest()[:20]

    def _bad(self, what: str, expected: str) -> BadOption:
        return BadOption(what, where=self.name, expected=expected)


def base_seed(k: int) -> int:
    """The base seed of run k: its training rows are base + 0, 1, 2 ..., its evaluation rows base + 500000, ..."""
    return k * SPACING


def innermost(factory: Any) -> Any:
    """The function in a `functools.partial`, however deep."""
    while isinstance(factory, functools.partial):
        factory = factory.func
    return factory


def bound(factory: Any) -> list[FunctionType]:
    """The functions given to a `functools.partial` as arguments, however deep: not the function that it calls."""
    if not isinstance(factory, functools.partial):
        return []
    own = [*factory.args, *factory.keywords.values()]
    found = [f for f in map(innermost, own) if isinstance(f, FunctionType)]
    return found + [f for x in [factory.func, *own] for f in bound(x)]


def _named(value: Any, where: str) -> Any:
    """A value as JSON in which functions and classes stand by the name under which they can be imported."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return {"array": value.tolist()}
    if isinstance(value, Mapping):
        return {str(k): _named(v, where) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_named(v, where) for v in value]
    if isinstance(value, functools.partial):
        parts = {"call": value.func, "args": value.args, "keywords": value.keywords}
        return {k: _named(v, where) for k, v in parts.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        held = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return {"class": _named(type(value), where), "fields": _named(held, where)}
    name = getattr(value, "__qualname__", "")
    if not callable(value) or not name or "<" in name:
        raise BadOption(
            f"{value!r} has no name that a worker could import",
            where=where,
            expected="functions and classes of a module, functools.partial of them, and plain values",
            mend="move the function to the top level of a module and bind its arguments with functools.partial",
        )
    return f"{value.__module__}:{name}"
