"""Numbered tasks spoken: a task whose actions are numbers, shown in text.

A task is written once, as rules whose actions are numbers, together with what the partner says. `Spoken` shows the same
task in text: the same seed gives the same task data, and a text that means an action has that action's effect.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.rng import Streams
from rewardlab.envs.picture import bubbles
from rewardlab.envs.text.lines import AGENT, CHARSET, PARTNER, Example, escape, transcript
from rewardlab.envs.world import Columns, Rules, State

MALFORMED = -1  # the action of a turn in which the agent said nothing that the task understands

_SAID = 64  # characters of one turn of the agent


class Numbered(Rules):
    """A task of at most `turns` turns; the rules of its numeric view, and what the partner says in the text view.

    Its states hold `turn` [n], the turns taken; `move` takes MALFORMED too, which costs a turn.
    """

    turns: int

    def prompt(self) -> str:
        """The partner's first line: the task, and how to answer."""
        raise NotImplementedError

    def reply(self, state: State, i: int) -> str:
        """The partner's line after the last turn of row i, at most 100 characters."""
        raise NotImplementedError

    def parse(self, said: str) -> int:
        """The action that any text means, MALFORMED if it means none or several; raises nothing."""
        raise NotImplementedError

    def check(self, said: str, truth: Any) -> bool:
        """The verifier: is this answer right?"""
        raise NotImplementedError

    def examples(self) -> Sequence[Example]:
        """Answers that must pass and answers that must fail."""
        raise NotImplementedError


class Spoken(Rules):
    """The text view of a dialogue: one observes all that was said and says what one likes.

    Observations are transcripts, one line for each turn of either side; actions are texts of at most 64 characters of
    CHARSET, and `fit` makes one of any text.
    """

    task: Numbered

    def view(self, task: Numbered) -> None:
        """Show `task`: to be called by the constructor."""
        self.task = task
        longest = len(PARTNER + task.prompt()) + task.turns * (2 * _SAID + len("\n" + AGENT + "\n" + PARTNER) + 100)
        self.action_space = spaces.Text(_SAID, min_length=0, charset=CHARSET)
        self.observation_space = spaces.Text(longest, min_length=0, charset=CHARSET)

    def fit(self, text: str) -> str:
        """Any text as an action: foreign characters escaped, and cut to 64 characters."""
        return escape(text)[:_SAID]

    def start(self, n: int, rng: Streams) -> State:
        lines = np.full((n, 2 * self.task.turns + 1), "", dtype=object)
        lines[:, 0] = escape(self.task.prompt())
        return {**self.task.start(n, rng), "lines": lines}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        n, row = len(action), np.arange(len(action))
        column = 2 * np.minimum(state["turn"], self.task.turns - 1)  # rows that are over are moved too, and discarded
        meant = np.fromiter((self.task.parse(said) for said in action), dtype=np.int64, count=n)
        after, reward, terminated, info = self.task.move(state, meant, rng)
        lines = state["lines"].copy()
        lines[row, column + 1] = action
        lines[row, column + 2] = [escape(self.task.reply(after, i)) for i in range(n)]
        columns = {**info, "said": np.array(action, dtype=object), "understood": meant != MALFORMED}
        return {**after, "lines": lines}, reward, terminated, columns

    def look(self, state: State) -> Tree:
        return np.array([transcript(self.messages(state, i)) for i in range(len(state["turn"]))], dtype=object)

    def inform(self, state: State) -> Columns:
        return self.task.inform(state)

    def messages(self, state: State, i: int) -> list[dict[str, str]]:
        """Row i as chat messages: the partner is the user, the agent the assistant."""
        spoken = state["lines"][i][: 2 * int(state["turn"][i]) + 1]
        return [{"role": ("user", "assistant")[k % 2], "content": line} for k, line in enumerate(spoken)]

    def text(self, state: State, i: int) -> str:
        return transcript(self.messages(state, i))

    def draw(self, state: State, i: int) -> np.ndarray:
        return bubbles([(m["content"], m["role"] == "assistant") for m in self.messages(state, i)])
