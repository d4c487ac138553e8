"""A wrapper that shows any single environment in text, and takes actions in words.

    the same seed and the same actions: the same observations, rewards and states beneath

It is for environments that are made already, those of other packages too; `TextView` makes rules speak.
"""

from collections.abc import Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from rewardlab.core.errors import BadAction, BadOption
from rewardlab.envs.rules import Rules
from rewardlab.envs.spoken_actions import CHARSET, escape, numbers, parse, usage, words_of


class TextAgentWrapper(gym.Wrapper):
    """Any single environment in text, those of other packages too.

    It shows the rules' text of our environments, the "ansi" frame of one made with that render mode, else the numbers
    of the observation. A text that means no action leaves the environment as it is.

    Args:
        env: with actions that are choices or numbers.
        names: of the actions, as in `TextView`; None for those of our environments' cards.
        explain: begin each observation with the actions.
        penalty: taken for a text that means no action, at least 0.
        patience: after so many of them in a row the episode is truncated, at least 1.
        shown: characters of an observation, at least 8.

    Raises:
        BadOption: for actions that cannot be said, names that do not fit, and values out of range.
    """

    def __init__(
        self,
        env: gym.Env,
        names: Sequence[Any] | None = None,
        *,
        explain: bool = False,
        penalty: float = 0.0,
        patience: int = 10,
        shown: int = 4000,
    ) -> None:
        super().__init__(env)
        for name, value, low in (("penalty", penalty, 0), ("patience", patience, 1), ("shown", shown, 8)):
            if not low <= value < np.inf:
                raise BadOption(f"{name}={value!r}", where="TextAgentWrapper", expected=f"a number from {low}")
        rules = getattr(env.unwrapped, "rules", None)
        self.rules = rules if isinstance(rules, Rules) else None
        listed = self.rules.card().action if self.rules else {}
        self.words = words_of(env.action_space, names, listed, "TextAgentWrapper")
        self.explain, self.penalty, self.patience, self.shown = explain, penalty, patience, shown
        self.action_space = spaces.Text(shown, min_length=0, charset=CHARSET)
        self.observation_space = spaces.Text(shown, min_length=0, charset=CHARSET)
        self._last = ""
        self._lost = 0

    def prompt(self) -> str:
        """How to say an action."""
        return usage(self.env.action_space, self.words)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        obs, info = self.env.reset(seed=seed, options=options)
        self._lost, self._last = 0, self._text(obs)
        return self._last, {**info, "understood": True}

    def step(self, action: Any) -> tuple[str, Any, bool, bool, dict[str, Any]]:
        if not isinstance(action, str):
            raise BadAction(f"{action!r:.60}", where="TextAgentWrapper", expected="a text")
        meant = parse(action, self.env.action_space, self.words)
        if meant is None:
            self._lost += 1
            return self._last, 0.0 - self.penalty, False, self._lost >= self.patience, {"understood": False}
        discrete = isinstance(self.env.action_space, spaces.Discrete)
        obs, reward, terminated, truncated, info = self.env.step(int(meant) if discrete else meant)
        self._lost, self._last = 0, self._text(obs)
        return self._last, reward, terminated, truncated, {**info, "understood": True}

    def _text(self, obs: Any) -> str:
        text = numbers(obs)
        if self.rules is not None:
            inner: Any = self.env.unwrapped
            text = self.rules.text(inner.get_state()["state"], 0)
        elif self.env.render_mode == "ansi":
            text = str(self.env.render())
        return escape(f"{self.prompt()}\n{text}" if self.explain else text)[: self.shown]
