"""An app as a finite graph of text screens.

    state' = tap(state, button),  type(state, field, text),  back(state);    a state is plain data, its screen first

An app says what stands on the screen of a state, what a touch makes of it, and whether a goal is reached. Nothing is
remembered elsewhere, so all that can happen is found by search.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from rewardlab.envs.text.graphs import Graph, explore

State = tuple[Any, ...]  # the screen's name first
RIGHT, WRONG = ("end", True), ("end", False)  # after the last word
DONE, IMPOSSIBLE, BACK = "done", "impossible", "back"


@dataclass(frozen=True)
class Screen:
    """What one sees.

    Attributes:
        title: of the screen.
        buttons: that can be tapped, by name.
        fields: that can be typed into: (name, text).
        notes: lines to read.
    """

    title: str
    buttons: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Goal:
    """A task in an app.

    Attributes:
        app: its name.
        asked: the task in full.
        short: the same in few words.
        data: what the app holds.
        want: what must be the case at the end.
        impossible: nothing reaches it, and it is right to say so.
        hopeless: it is not even right to say so.
    """

    app: str
    asked: str
    short: str
    data: tuple[Any, ...]
    want: tuple[Any, ...]
    impossible: bool = False
    hopeless: bool = field(default=False, repr=False)  # no part of what makes two goals the same


class App:
    """The rules of one app; all methods are pure."""

    name = ""

    def goal(self, demands: int, impossible: bool, rng: np.random.Generator) -> Goal:
        """A task of about `demands` parts."""
        raise NotImplementedError

    def start(self, goal: Goal) -> State:
        """The first state."""
        raise NotImplementedError

    def screen(self, goal: Goal, state: State) -> Screen:
        """What is shown in a state."""
        raise NotImplementedError

    def tap(self, goal: Goal, state: State, button: str) -> State:
        """What follows a tap on a button of the screen."""
        raise NotImplementedError

    def type(self, goal: Goal, state: State, field: str, text: str) -> State:
        """What follows a text in a field of the screen."""
        raise NotImplementedError

    def back(self, goal: Goal, state: State) -> State:
        """The state that `back` leads to; the same where there is no way back."""
        raise NotImplementedError

    def texts(self, goal: Goal, field: str) -> tuple[str, ...]:
        """What one may sensibly type into a field; any other text has the effect of the last of these."""
        return ()

    def usual(self, goal: Goal, state: State) -> State:
        """The state with texts that nobody would type replaced by ones of the same effect."""
        return state

    def reached(self, goal: Goal, state: State) -> bool:
        """Whether the goal is reached, if one stops here."""
        raise NotImplementedError

    def lasting(self, goal: Goal, state: State, button: str) -> bool:
        """Whether a tap cannot be undone."""
        return False


def act(app: App, goal: Goal, state: State, kind: str, target: str, text: str) -> State:
    """The state after an action; the same where nothing happens."""
    if kind == DONE:
        return RIGHT if not goal.impossible and app.reached(goal, state) else WRONG
    if kind == IMPOSSIBLE:
        return RIGHT if goal.impossible and not goal.hopeless else WRONG
    if kind == BACK:
        return app.back(goal, state)
    screen = app.screen(goal, state)
    if kind == "tap" and target in screen.buttons:
        return app.tap(goal, state, target)
    if kind == "type" and target in dict(screen.fields):
        return app.type(goal, state, target, text)
    return state


def moves(app: App, goal: Goal, state: State) -> Iterator[tuple[str, State]]:
    """Every sensible action in a state, as one says it, with what follows."""
    if state[0] == "end":
        return
    screen = app.screen(goal, state)
    for button in screen.buttons:
        yield f"tap {button}", app.usual(goal, app.tap(goal, state, button))
    for name, _ in screen.fields:
        for text in app.texts(goal, name):
            yield f"type {name}: {text}", app.usual(goal, app.type(goal, state, name, text))
    yield BACK, app.usual(goal, app.back(goal, state))
    yield DONE, act(app, goal, state, DONE, "", "")
    yield IMPOSSIBLE, act(app, goal, state, IMPOSSIBLE, "", "")


@lru_cache(maxsize=256)
def graph(app: App, goal: Goal) -> Graph:
    """All that can happen in an app with a goal; the goal state is a right last word."""
    return explore(app.usual(goal, app.start(goal)), lambda s: moves(app, goal, s), lambda s: s == RIGHT)


@lru_cache(maxsize=64)
def values(app: App, goal: Goal, slip: float, turns: int) -> np.ndarray:
    """Chance [turns + 1, S] of success of a guide who slips, by turns left and state; not to be written into."""
    return graph(app, goal).values(slip, turns)
