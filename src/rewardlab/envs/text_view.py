"""The text view of any environment: one reads what it looks like and says what to do.

    the same seed and the same actions: the same states and rewards, to the bit

Actions are said by their names, where the card lists some, or by their numbers; observations are what the rules show
as text, or the numbers of the observation. A text that means no action costs its step, and nothing moves.

Source: Carta, Romac, Wolf, Lamprier, Sigaud, Oudeyer, "Grounding Large Language Models in Interactive Environments with
Online Reinforcement Learning", ICML 2023 (a grid world described in text, its actions said by name).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.rows import Rows, blank, take
from rewardlab.envs.rules import Card, Columns, Rules, State, build
from rewardlab.envs.spoken_actions import CHARSET, escape, idle, numbers, parse, usage, words_of


@dataclass
class TextView(Rules):
    """Some rules in text.

    Args:
        of: "module:Class" of the rules.
        fields: their parameters.
        names: of the actions 0, 1, ..., or of each component's values; None for those of the card.
        numbers: show the numbers of the observation in place of the rules' text.
        explain: begin each observation with the task and the actions.
        penalty: taken for a text that means no action, at least 0.
        said: characters of a message that are read, at least 8.
        shown: characters of an observation; the rest is cut off. At least 8.

    Raises:
        BadOption: for rules whose actions cannot be said, names that do not fit, and values out of range.
    """

    of: str = "rewardlab.envs.mdps.taxi:Taxi"
    fields: Mapping[str, Any] | None = None
    names: Sequence[Any] | None = None
    numbers: bool = False
    explain: bool = False
    penalty: float = 0.0
    said: int = 200
    shown: int = 4000

    any_text = True

    def __post_init__(self) -> None:
        self.rules = build(self.of, self.fields or {})
        for name, low in (("penalty", 0), ("said", 8), ("shown", 8)):
            if not low <= getattr(self, name) < np.inf:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="TextView", expected=f"a number from {low}")
        self.words = words_of(self.rules.action_space, self.names, self.rules.card().action, "TextView")
        self.action_space = spaces.Text(self.said, min_length=0, charset=CHARSET)
        self.observation_space = spaces.Text(self.shown, min_length=0, charset=CHARSET)

    @property
    def exact(self) -> bool:  # type: ignore[override]
        return self.rules.exact

    @property
    def max_episode_steps(self) -> int | None:  # type: ignore[override]
        return self.rules.max_episode_steps

    def prompt(self) -> str:
        """What the task is and how to answer."""
        card = self.rules.card()
        listed = "; ".join(f"{k}: {v}" for k, v in card.action.items())
        meant = "" if self.words and all(self.words) else f" Actions: {listed}."
        return f"{card.summary} {usage(self.rules.action_space, self.words)}{meant}"

    def parse(self, said: str) -> Any | None:
        """The action that a text means, None if it means none."""
        return parse(said, self.rules.action_space, self.words)

    def start(self, n: int, rng: Streams) -> State:
        return self.rules.start(n, rng)

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        actions, understood = self.understood(action)
        rows, out = np.flatnonzero(understood), {key: value.copy() for key, value in state.items()}
        reward, over = np.where(understood, 0.0, 0.0 - self.penalty), np.zeros(len(understood), dtype=bool)
        columns: dict[str, Array] = {"message": np.array(action, dtype=object), "understood": understood}
        if len(rows):
            part = rng.rows(rows)
            after, reward[rows], over[rows], told = self.rules.move(
                {key: value[rows] for key, value in state.items()}, actions[rows], part
            )
            rng.put(rows, part)
            for key, value in after.items():
                out[key][rows] = value
            whole = {key: np.zeros((len(over), *value.shape[1:]), dtype=value.dtype) for key, value in told.items()}
            for key, value in told.items():
                whole[key][rows] = value
            columns = {**whole, **columns}
        return out, reward, over, columns

    def understood(self, action: Any) -> tuple[np.ndarray, np.ndarray]:
        """[n, *action] the actions that texts mean, some action where they mean none; [n] bool where they mean one."""
        found = [self.parse(text) for text in action]
        anything = idle(self.rules.action_space)
        actions = np.stack([anything if x is None else x for x in found])
        return actions.astype(self.rules.action_space.dtype), np.array([x is not None for x in found], dtype=bool)

    def look(self, state: State) -> Tree:
        seen = self.rules.look(state) if self.numbers else None
        return self.seen(state, seen, len(next(iter(state.values()))))

    def seen(self, state: State, seen: Tree, n: int) -> np.ndarray:
        """[n] the observations in text of a state and, if numbers are shown, its observations."""
        out = np.empty(n, dtype=object)
        for i in range(n):
            text = numbers(take(seen, i)) if self.numbers else self.rules.text(state, i)
            out[i] = escape(f"{self.prompt()}\n{text}" if self.explain else text)[: self.shown]
        return out

    def inform(self, state: State) -> Columns:
        return self.rules.inform(state)

    def draw(self, state: State, i: int) -> np.ndarray:
        return self.rules.draw(state, i)

    def text(self, state: State, i: int) -> str:
        return self.rules.text(state, i)

    def coloured(self, state: State, i: int) -> str:
        return self.rules.coloured(state, i)

    def to_mdp(self) -> Any:
        return self.rules.to_mdp()

    def rows(self, n: int, *, device: Any, where: str, copy: bool = True, threads: int | None = None) -> Rows:
        if device is not None:
            raise BadOption(
                f"device={device!r}", where=where, expected="None: texts are no tensors", mend="leave it out"
            )
        return _Rows(self, self.rules.rows(n, device=None, where=where, threads=threads), where)

    def card(self) -> Card:
        card = self.rules.card()
        paid = f"; -{self.penalty:g} for a text that means no action" if self.penalty else ""
        return Card(
            summary=f"{card.summary} In text.",
            observation={"text": "the numbers of the observation" if self.numbers else "what the world looks like"},
            action={"said": usage(self.rules.action_space, self.words)},
            reward=card.reward + paid,
            info={
                **card.info,
                "message": "what was said",
                "understood": "False if it meant no action and nothing moved",
            },
            optimal_return=card.optimal_return,
            source=card.source,
        )


class _Rows(Rows):
    """The rows of the rules themselves, with text at both ends; their states are what they would be without it."""

    def __init__(self, view: TextView, inner: Rows, where: str) -> None:
        self.rules, self.inner, self.n, self.device, self.where = view, inner, inner.n, None, where
        self.clock = np.zeros(self.n, dtype=np.int64)

    @property
    def view(self) -> TextView:
        return self.rules  # type: ignore[return-value]

    rng = property(lambda self: self.inner.rng, lambda self, x: setattr(self.inner, "rng", x))  # type: ignore[assignment]
    state = property(lambda self: self.inner.state)  # type: ignore[assignment]
    over = property(lambda self: self.inner.over, lambda self, x: setattr(self.inner, "over", x))  # type: ignore[assignment]

    def begin(self, mask: np.ndarray, rows: np.ndarray | None = None) -> None:
        self.inner.begin(mask, rows)
        self.clock = np.where(mask, 0, self.clock)

    def step(self, action: Tree, active: np.ndarray | None = None) -> tuple[Array, Array, dict[str, Array]]:
        actions, understood = self.view.understood(action)
        moving = understood if active is None else understood & active
        drawn = self.rng.draw.copy()
        reward, over, columns = self.inner.step(actions, None if moving.all() else moving)
        self.rng.draw = np.where(moving, self.rng.draw, drawn)  # whoever stands still draws nothing
        lost = ~understood if active is None else ~understood & active
        told = {key: blank(value, moving, None) for key, value in columns.items()}
        told |= {"message": np.array(action, dtype=object), "understood": understood}
        self.clock = self.clock + (1 if active is None else active)
        return np.where(moving, reward, np.where(lost, 0.0 - self.view.penalty, 0.0)), over & moving, told

    def play(self, action: Any, space: spaces.Space) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        if isinstance(action, str):
            action = escape(action[: self.view.said])[: self.view.said]
        return super().play(action, space)

    def check_action(self, action: Any, space: spaces.Space) -> Tree:
        listed = isinstance(action, (list, tuple)) or (isinstance(action, np.ndarray) and action.ndim == 1)
        if listed and len(action) == self.n:
            most = self.view.said
            action = [escape(a[:most])[:most] if isinstance(a, str) else a for a in action]
        return super().check_action(action, space)

    def look(self) -> Tree:
        if self.view.numbers:
            return self.view.seen({}, self.inner.look(), self.n)
        plain = type(self.inner) is Rows  # a kernel keeps its state in a form of its own
        return self.view.seen(self.inner.state if plain else self.inner.get_state()["state"], None, self.n)

    def inform(self) -> Columns:
        return self.inner.inform()

    def told(self, rows: np.ndarray) -> Columns:
        return self.inner.told(rows)

    def cut(self, limit: int | None) -> np.ndarray:
        own = self.inner.cut(limit)
        return own if limit is None else own | (self.clock >= limit)

    def get_state(self) -> dict[str, Any]:
        return {**self.inner.get_state(), "clock": self.clock.copy()}

    def set_state(self, saved: Mapping[str, Any]) -> None:
        self.check_state(saved)
        self.inner.set_state(saved)
        self.clock = saved["clock"].copy()
