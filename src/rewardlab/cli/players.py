"""Who plays in a terminal: a person who types lines, a person who presses keys, or a function."""

import os
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from rewardlab.cli.screen import Screen
from rewardlab.core.errors import BadOption
from rewardlab.core.shown import shown_space
from rewardlab.envs.world import WorldEnv

RESTART = "\0"  # no action of a text environment


@dataclass(frozen=True)
class Situation:
    """What a player is shown after a step, or at the start."""

    obs: Any
    info: Mapping[str, Any]
    action: Any = None
    steps: int = 0
    reward: float = 0.0
    total: float = 0.0

    def paid(self) -> str:
        """The step's number and what it paid, in a line."""
        parts = f"reward {self.reward:g}, return {self.total:g}{_parts(self.info)}"
        return f"step {self.steps}: {parts}"


class InLines:
    """A player who reads lines and types lines; or one whose actions come from `act`."""

    def __init__(self, act: Callable[[], Any] | None) -> None:
        self._act = act
        self._mission = ""

    def show(self, world: gym.Env, now: Situation) -> None:
        """Print what the last step did, what is there now and what it paid."""
        if now.steps:
            print(f"\naction {_short(now.action)}")
        print(_picture(world, now.obs))
        mission = _mission(now.info)
        if mission not in ("", self._mission):
            print(f"mission: {mission}")
        self._mission = mission
        if now.steps:
            print("; ".join([now.paid(), *_carried(now.info)]))

    def say(self, words: str) -> None:
        """Print how an episode ended."""
        print(words)

    def again(self) -> None:
        """Print that the next episode begins."""
        print("\na new episode")

    def ask(self, space: spaces.Space) -> Any:
        """The next action that lies in `space`; None to leave."""
        while self._act is None:
            print("> ", end="", flush=True)
            line = sys.stdin.readline()
            word = line.strip()
            if not line or word == "q":
                return None
            if word == "r":
                return RESTART
            try:
                return read(word, space)
            except BadOption as e:
                print(e)
        return self._act()


class AtKeys:
    """A player at a terminal: one key, one action, one picture in place of the last."""

    def __init__(self, world: gym.Env, keys: Mapping[str, int], at_end: ExitStack) -> None:
        self._keys = keys
        self._help = _help(world, keys)
        self._title = _title(world)
        self._said: list[str] = []
        self._last = ""
        at_end.callback(self._part)  # on the page that stays
        self._screen = at_end.enter_context(Screen())

    def show(self, world: gym.Env, now: Situation) -> None:
        """Draw what is there now, what was paid, and which key does what."""
        picture, mission = _picture(world, now.obs), _mission(now.info)
        status = ([f"mission: {mission}"] if mission else []) + ["; ".join([now.paid(), *_carried(now.info)])]
        self._last = "\n".join([self._title, picture, *status])
        before = [f"before: {self._said[-1]}"] if self._said else []
        self._screen.show(f"{self._title}\n{picture}", "\n".join(["", *status, *before, "", *self._help]))

    def say(self, words: str) -> None:
        """Keep how an episode ended: shown above the keys, and on the page that stays."""
        self._said.append(words)

    def again(self) -> None:
        """The page itself shows that an episode begins."""

    def ask(self, space: spaces.Space) -> Any:
        """The action of the next key that has one; None to leave."""
        while True:
            key = self._screen.key()
            if key is None or key in ("q", "Q"):
                return None
            if key in ("r", "R"):
                return RESTART
            if key == ".":
                return space.sample()
            found = self._keys.get(key, self._keys.get(key.lower()))
            if found is not None:
                return found

    def _part(self) -> None:
        print("\n".join([self._last, *self._said]))


def _help(world: gym.Env, keys: Mapping[str, int]) -> list[str]:
    """Which key does what."""
    base = world.unwrapped
    named: dict[int, list[str]] = {}
    for key, action in keys.items():
        if key != str(action):
            named.setdefault(action, []).append(key)
    lines = ["   ".join(f"{'/'.join(pressed)} {action}" for action, pressed in sorted(named.items()))] if named else []
    if isinstance(base, WorldEnv):
        card = base.describe()
        lines += [*(f"{k}: {v}" for k, v in card.action.items()), f"reward: {card.reward}"]
    return [*lines, "q quits   r new episode   . acts at random"]


def keys_of(world: gym.Env) -> dict[str, int]:
    """Key -> action: what the rules say, and digits for the numbers of actions; nothing for other actions."""
    space, base = world.action_space, world.unwrapped
    if not isinstance(space, spaces.Discrete):
        return {}
    own = dict(base.rules.keys) if isinstance(base, WorldEnv) else {}
    numbers = range(int(space.start), int(space.start + space.n))
    digits = {str(k): k for k in numbers} if numbers[0] >= 0 and numbers[-1] <= 9 else {}
    return {**digits, **own}


def explain(world: gym.Env, *, by_hand: bool) -> None:
    """What the task is, what may be typed, and what pays."""
    print(_title(world))
    if isinstance(world.unwrapped, WorldEnv):
        card = world.unwrapped.describe()
        print(card.summary)
        print("\n".join(f"{k}: {v}" for k, v in card.action.items()))
        print(f"reward: {card.reward}")
    else:
        print(f"action: {shown_space(world.action_space)}")
    if by_hand:
        print("q quits, r begins a new episode, Enter acts at random")
    print()


def read(word: str, space: spaces.Space) -> Any:
    """What a person typed as an action of `space`; nothing typed is a random one.

    Raises:
        BadOption: if it is none.
    """
    if not word:
        return space.sample()
    wrong = BadOption(f"{word!r} is no action", expected=_typed(space), mend="q quits, Enter acts at random")
    if isinstance(space, spaces.Text):
        if word not in space:
            raise wrong
        return word
    try:
        numbers = [float(w) for w in word.replace(",", " ").split()]
        action = np.array(numbers).reshape(space.shape or ()).astype(space.dtype)
    except (TypeError, ValueError):
        raise wrong from None
    if action.dtype.kind in "iub" and not np.array_equal(action.ravel(), numbers):  # 0.5 is not 0
        raise wrong
    chosen = action[()] if action.shape == () else action
    if not space.contains(chosen):
        raise wrong
    return chosen


def _typed(space: spaces.Space) -> str:
    """What a person may type for an action of `space`."""
    if isinstance(space, spaces.Discrete):
        return f"a number from {space.start} to {space.start + space.n - 1}"
    if isinstance(space, spaces.Text):
        return f"{space.min_length} to {space.max_length} characters of plain text"
    if isinstance(space, spaces.Box) and space.low.size:
        return f"{space.low.size} numbers, in {shown_space(space)}"
    return shown_space(space)


def _short(x: Any) -> str:
    return np.array2string(x, precision=3) if isinstance(x, np.ndarray) else str(x)


def _title(world: gym.Env) -> str:
    return world.spec.id if world.spec else type(world.unwrapped).__name__


def _picture(world: gym.Env, obs: Any) -> str:
    if world.render_mode != "ansi":
        return _short(np.asarray(obs)) if not isinstance(obs, (str, Mapping)) else str(obs)
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR") and isinstance(world.unwrapped, WorldEnv):
        return world.unwrapped.coloured()
    return re.sub(r"\x1b\[[0-9;]*m", "", str(world.render()))  # whoever pipes the output wants no colours


def _mission(info: Mapping[str, Any]) -> str:
    mission = info.get("mission", "")
    return mission if isinstance(mission, str) else ""


def _carried(info: Mapping[str, Any]) -> list[str]:
    """What is in the hand, where an info column says so."""
    found = {k: v for k, v in info.items() if k.startswith(("carrying", "carried")) and np.ndim(v) == 0}
    return [
        f"{k.replace('_', ' ')}: {v if v or isinstance(v, (bool, np.bool_)) else 'nothing'}" for k, v in found.items()
    ]


def _parts(info: Mapping[str, Any]) -> str:
    parts = info.get("reward_parts", {})
    shown = [f"{k} {float(v):g}" for k, v in parts.items()]
    shown += [f"{k.replace('_', ' ')} {float(info[k]):g}" for k in ("true_reward",) if k in info]
    return f" ({', '.join(shown)})" if shown else ""
