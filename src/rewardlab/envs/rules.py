"""Rules: how the rows of an environment start, move and look, written once for a batch."""

import dataclasses
import importlib
import numbers
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.errors import BadOption, nearest
from rewardlab.core.rng import Streams

State = dict[str, Array]  # every value has leading axis n
Columns = Mapping[str, Array]  # every value has leading axis n


@dataclasses.dataclass(frozen=True, repr=False)
class Card:
    """What one must know of an environment: the text behind documentation and behind a designed reward.

    Attributes:
        summary: what the task is, in one or two sentences.
        observation: component -> meaning with unit and range.
        action: component -> meaning with unit and range.
        reward: the true reward, in words.
        info: column -> meaning with unit and range.
        random_return: expected undiscounted return of uniformly random actions, where known.
        optimal_return: the largest expected undiscounted return, where known.
        source: where the task was published.
    """

    summary: str
    observation: Mapping[str, str]
    action: Mapping[str, str]
    reward: str
    info: Mapping[str, str]
    random_return: float | None = None
    optimal_return: float | None = None
    source: str = ""

    def __str__(self) -> str:
        def block(title: str, rows: Mapping[str, str]) -> list[str]:
            return [f"{title}:", *(f"  {k}: {v}" for k, v in rows.items())] if rows else []

        lines = [self.summary, *block("Observation", self.observation), *block("Action", self.action)]
        lines += [f"Reward: {self.reward}", *block("Info", self.info)]
        for title, value in (("Random return", self.random_return), ("Optimal return", self.optimal_return)):
            lines += [f"{title}: {value:.6g}"] if value is not None else []
        return "\n".join(lines + ([f"Source: {self.source}"] if self.source else []))

    def __repr__(self) -> str:  # what a notebook shows
        return str(self)


class Rules:
    """How the rows of an environment start, move and look; a dataclass whose fields are its parameters.

    Methods are pure: they return new arrays and never write into the state or action they are given. Randomness comes
    from `rng` alone. A state is a dict of arrays with leading axis n.
    """

    observation_space: spaces.Space
    action_space: spaces.Space
    torch: ClassVar[bool] = False
    """True if the rules are written for torch states as well (through `rng.xp`)."""
    exact: ClassVar[bool] = True
    """True if steps use integers and + - x / sqrt only, so that traces are equal on every platform."""
    any_text: ClassVar[bool] = False
    """True if a text outside the action space is heard too: cut, written out, and answered."""
    max_episode_steps: ClassVar[int | None] = None
    """The time limit that a registered id gets unless its table says otherwise."""
    keys: ClassVar[Mapping[str, int]] = {}
    """Key -> action, for play by hand: letters as they are, others by name ("left", "right", "up", "down", "space",
    "enter", "tab", ...); the keys q, r and . are the player's own. Digits need not be named: they are the actions of
    that number."""

    def start(self, n: int, rng: Streams) -> State:
        """n fresh episodes."""
        raise NotImplementedError

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        """One step of n rows: next state, reward [n] float64, terminated [n] bool, info columns of this step.

        A column `success` [n] bool is shown as `is_success` too.
        """
        raise NotImplementedError

    def look(self, state: State) -> Tree:
        """The observations [n, *obs] of n rows, in arrays of their own."""
        raise NotImplementedError

    def inform(self, state: State) -> Columns:
        """Info columns that a state carries, shown at reset as well as after each step."""
        return {}

    def draw(self, state: State, i: int) -> np.ndarray:
        """An RGB frame [height, width, 3] uint8 of row i."""
        raise NotImplementedError

    def text(self, state: State, i: int) -> str:
        """Row i as text for the `ansi` render mode."""
        raise NotImplementedError

    def coloured(self, state: State, i: int) -> str:
        """Row i as text for a terminal that shows colours: `text`, with ANSI colours where the rules have some."""
        return self.text(state, i)

    def card(self) -> Card:
        """The description of this environment with these parameters."""
        raise NotImplementedError

    def rows(self, n: int, *, device: Any, where: str, copy: bool = True, threads: int | None = None) -> Any:
        """n `Rows` that hold states of these rules; rules with a kernel of their own keep them in its memory.

        Args:
            device: None for NumPy, or a torch device.
            where: the name of the environment, for messages.
            copy: False allows the rows to hand out arrays that their next step overwrites.
            threads: how many may work on the rows, None for what fits; rules in plain NumPy use one.
        """
        from rewardlab.envs.rows import Rows

        return Rows(self, n, device=device, where=where)

    def close(self) -> None:
        """Release what is no memory: processes, files. The rules can be used again."""

    def to_mdp(self) -> Any:
        """The exact `TabularMDP` of this environment, where it can be enumerated."""
        raise BadOption(
            f"{type(self).__name__} has no tabular form",
            where="to_mdp",
            mend="use an environment of rewardlab.envs.mdps",
        )


def build(rules: "str | type[Rules] | Rules", fields: Mapping[str, Any]) -> Rules:
    """Rules from an instance, a class, or a string "module:Class", with fields set by keyword.

    Raises:
        BadOption: for a keyword that the rules do not have, with the nearest one, and for a value of another type.
    """
    if isinstance(rules, str):
        module, _, name = rules.partition(":")
        rules = getattr(importlib.import_module(module), name)
    kind: Any = type(rules) if isinstance(rules, Rules) else rules
    known = {f.name: f.type for f in dataclasses.fields(kind) if f.init}
    for key, value in fields.items():
        if key not in known:
            raise BadOption(
                f"unknown keyword {key!r}",
                where=kind.__name__,
                expected=f"one of {', '.join(known)}",
                mend=nearest(key, known),
            )
        expected = next((words for own, fits, words in _TYPES if known[key] is own and not fits(value)), None)
        if expected:
            raise BadOption(f"{key}={value!r}", where=kind.__name__, expected=expected)
    if isinstance(rules, Rules):
        return dataclasses.replace(rules, **fields) if fields else rules  # type: ignore[type-var]
    return kind(**fields)


def _is_number(value: Any, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, (bool, np.bool_))


_TYPES: list[tuple[type, Callable[[Any], bool], str]] = [
    (int, lambda v: _is_number(v, numbers.Integral), "an integer"),
    (float, lambda v: _is_number(v, numbers.Real), "a number"),
    (bool, lambda v: isinstance(v, (bool, np.bool_)), "True or False"),
    (str, lambda v: isinstance(v, str), "a string"),
]
"""Type of a field -> whether a value is one, and how to say it; fields of other types see to themselves."""
