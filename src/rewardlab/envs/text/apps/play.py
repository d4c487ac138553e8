"""Apps in words: goals that are drawn, actions that are read, screens that are told, and what a guide would do.

a guide takes the first action that lowers the distance; with probability ε it takes any sensible action at all
"""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.apps import APPS
from rewardlab.envs.text.apps.app import BACK, DONE, IMPOSSIBLE, Goal, State, act, graph
from rewardlab.envs.text.lines import unescaped

MOST = {"form": 8, "mail": 3, "settings": 7, "shop": 8}  # demands of an app
WORDS = ("tap ", "type ", "back", "done", "impossible", "delete", "star", "answer", "query", "basket", "inbox",
         "settings", "page ", "small", "large", "wifi", "bluetooth", "network", "display", "sound",
         "search")  # fmt: skip
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789 ,:;"
_TAP = re.compile(r"(?:tap|click|press)\s+([a-z0-9 ]{1,40})")
_TYPE = re.compile(r"(?:type|enter)\s+([a-z0-9 ]{1,40}?)\s*[:=]\s*([a-z0-9 ]{0,40})")


def check_sizes(where: str, apps: Sequence[str], demands: int, impossible: float, turns: int) -> None:
    """Refuse unknown apps, numbers out of range, and fewer turns than a plan may need.

    Raises:
        BadOption: naming the option.
    """
    if not apps or not set(apps) <= APPS.keys():
        raise BadOption(f"apps={apps!r}", where=where, expected=f"some of {sorted(APPS)}")
    for name, value, low, high in (("demands", demands, 1, 8), ("impossible", impossible, 0, 0.9)):
        if not low <= value <= high:
            raise BadOption(f"{name}={value!r}", where=where, expected=f"{low}..{high}")
    longest = 3 * demands + 8  # of any plan
    if not longest <= turns <= 60:
        raise BadOption(f"turns={turns!r}", where=where, expected=f"{longest}..60 for {demands} demands")


def drawn(
    apps: Sequence[str], demands: int, impossible: bool, rng: np.random.Generator, hopeless: bool = False
) -> Goal:
    """A goal in one of some apps; `hopeless` if it is impossible and nothing is paid for saying so."""
    app = APPS[apps[int(rng.integers(len(apps)))]]
    goal = app.goal(min(demands, MOST[app.name]), bool(impossible), rng)
    return replace(goal, hopeless=goal.impossible and hopeless)


def parse(said: str) -> tuple[str, str, str] | None:
    """(kind, target, text) of an action, or None if it is none."""
    text = " ".join(unescaped(said[:400]).lower().split()).rstrip(".")
    if text in (BACK, DONE, IMPOSSIBLE):
        return text, "", ""
    if match := _TAP.fullmatch(text):
        return "tap", match[1].strip(), ""
    if match := _TYPE.fullmatch(text):
        return "type", match[1], match[2].strip()
    return None


def describe(goal: Goal, state: State, brief: bool = False) -> str:
    """What one sees of a state."""
    screen = APPS[goal.app].screen(goal, state)
    if brief:
        fields = [f"{name}: {text}".strip() for name, text in screen.fields]
        return "; ".join([screen.title, *screen.notes, *fields, ", ".join(screen.buttons)]).rstrip("; ")
    said = [f"Screen: {screen.title}.", *(f"{note}." for note in screen.notes)]
    said += [f"Field {name}: {text or 'empty'}." for name, text in screen.fields]
    return " ".join([*said, f"Buttons: {', '.join(screen.buttons)}." if screen.buttons else "No buttons."])


def start(goal: Goal) -> State:
    """The first state."""
    return APPS[goal.app].start(goal)


def after(goal: Goal, state: State, said: str) -> State:
    """The state after an action in words; the same if it is none."""
    action = parse(said)
    return act(APPS[goal.app], goal, state, *action) if action else state


def distance(goal: Goal, state: State) -> int:
    """Actions to a right last word, this one included; -1 if the goal is lost."""
    return graph(APPS[goal.app], goal).distance(APPS[goal.app].usual(goal, state))


def good(goal: Goal, state: State) -> list[str]:
    """The actions that are on a shortest way."""
    return graph(APPS[goal.app], goal).good(APPS[goal.app].usual(goal, state))


def guide(goal: Goal, state: State, slip: float, rng: np.random.Generator) -> str:
    """An action of one who knows the way but slips: with chance `slip` it is any sensible action at all."""
    known, usual = graph(APPS[goal.app], goal), APPS[goal.app].usual(goal, state)
    right = known.good(usual)
    if right and rng.random() >= slip:
        return right[0]
    names = [name for name, _ in known.moves[known.number[usual]]]
    return names[int(rng.integers(len(names)))]
