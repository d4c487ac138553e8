"""One dialogue while it is played: its environment, its tokens, and what was paid for them.

    tokens = window 0, window 1, …,    window = opening, message, message, …

Tokens are only ever appended. Where the next answer no longer fits into the model's context, a new window begins: the
first message, which is the task, and as many of the last ones as fit, whole. A dialogue that a limit ended stops where
the agent would speak next.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import gymnasium as gym
from gymnasium import spaces

from rewardlab.agents.loops.tokens.cache import Read
from rewardlab.agents.loops.tokens.vocabulary import Vocabulary
from rewardlab.core.errors import BadReward, BadSpace

_PART = "part_"


@dataclass
class Row:
    """A dialogue of at most `turns` answers of at most `max_tokens` tokens.

    Args:
        env: with actions that are texts.
        seed: its episode's.
        noise: the seed of the row's noise.
        vocabulary: how messages are encoded.
        turns, max_tokens: the limits.
        context: tokens that the model reads at most.
        fit: makes an action of any text that was sampled.

    Attributes:
        tokens, mask, turn, window, logp: columns, one entry per token; `mask` is 1 on what was sampled.
        messages: all that was said, `{"role": "partner" | "agent", "content": text}`.
        rewards: of each turn.
        parts: sums of `info["reward_parts"]`, or where there is none of the columns `part_NAME` of a text task.
        success: the last `info["success"]`, NaN if there is none.
        dropped: messages and parts of messages that a window left out, counted in tokens.
        over: it has ended, `truncated` by a limit, or by the world.
        cut: an answer reached `max_tokens` before its end.
        read: what the policy has read of it, until it is over; None for nothing.
    """

    env: gym.Env
    seed: int
    noise: int
    vocabulary: Vocabulary
    turns: int
    max_tokens: int
    context: int
    fit: Callable[[str], str]
    tokens: list[int] = field(default_factory=list)
    mask: list[int] = field(default_factory=list)
    turn: list[int] = field(default_factory=list)
    window: list[int] = field(default_factory=list)
    logp: list[float] = field(default_factory=list)
    messages: list[dict[str, str]] = field(default_factory=list)
    rewards: list[float] = field(default_factory=list)
    parts: dict[str, float] = field(default_factory=dict)
    success: float = math.nan
    dropped: int = 0
    drawn: int = 0
    over: bool = False
    truncated: bool = False
    cut: bool = False
    read: Read | None = None
    _kept: list[list[int]] = field(default_factory=list)  # messages of the running window
    _before: list[int] = field(default_factory=list)  # what the next context adds to it
    _said: str = ""

    def start(self) -> None:
        """The partner's first message."""
        obs, info = self.env.reset(seed=self.seed)
        self._before = self.vocabulary.opening()
        self._heard(obs, info)

    def prompt(self) -> list[int]:
        """The ids of the running window, up to where the agent speaks; they are part of the tokens now."""
        begin, at = self.vocabulary.begin(), self.window[-1] if self.window else 0
        if sum(map(len, self._kept)) + len(self.vocabulary.opening()) + len(begin) > self.context - self.max_tokens:
            at += bool(self.window)
            self._before = self._shortened(self.context - self.max_tokens - len(begin))
        self._append([*self._before, *begin], window=at)
        self._before = []
        first = self.window.index(at)
        return self.tokens[first:]

    def speak(self, tokens: Sequence[int], logp: Sequence[float]) -> None:
        """Take what was sampled after `prompt`."""
        window, begin = self.window[-1], self.vocabulary.begin()
        self._append(tokens, window=window, logp=logp)
        self.drawn += len(tokens)
        self.cut |= not len(tokens) or tokens[-1] not in self.vocabulary.ends
        rest = self.vocabulary.closing(tokens)
        self._before = list(rest)
        self._kept.append([*begin, *tokens, *rest])
        self._said = self.fit(self.vocabulary.decode(tokens))
        self.messages.append({"role": "agent", "content": self._said})

    def step(self) -> "Row":
        """Say it to the environment, and hear what it answers; this may take long."""
        obs, reward, terminated, truncated, info = self.env.step(self._said)
        if not math.isfinite(float(reward)):
            raise BadReward(f"a reward of {reward!r}", where=str(self.env), expected="a finite number")
        self.rewards.append(float(reward))
        for name, value in _parts(info).items():
            self.parts[name] = self.parts.get(name, 0.0) + float(value)
        if "success" in info:
            self.success = float(info["success"])
        self.truncated = not terminated and (bool(truncated) or len(self.rewards) >= self.turns)
        self.over = bool(terminated) or self.truncated
        self.read = None if self.over else self.read
        self._heard(obs, info)
        if self.truncated:
            self.prompt()  # a limit of ours is no end of the world: the state beyond it has a value
        return self

    def _heard(self, obs: Any, info: dict[str, Any]) -> None:
        text = info.get("reply", obs)
        if not isinstance(text, str):
            raise BadSpace(
                f"an observation of {type(obs).__name__}", where=str(self.env), expected='texts, or info["reply"]'
            )
        self.messages.append({"role": "partner", "content": text})
        ids = self.vocabulary.message("partner", text)
        self._before = [*self._before, *ids]
        self._kept.append(ids)

    def _shortened(self, room: int) -> list[int]:
        """The opening and the messages that fit into `room` tokens; these are what is kept."""
        opening, before = self.vocabulary.opening(), sum(map(len, self._kept))
        self._kept = fitting(self._kept, room - len(opening))
        self.dropped += before - sum(map(len, self._kept))
        return [*opening, *(i for message in self._kept for i in message)]

    def _append(self, ids: Sequence[int], *, window: int, logp: Sequence[float] | None = None) -> None:
        n = len(ids)
        self.tokens += ids
        self.mask += [int(logp is not None)] * n
        self.turn += [len(self.rewards)] * n
        self.window += [window] * n
        self.logp += [0.0] * n if logp is None else logp


def _parts(info: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the pay of a turn is made of: a driver tells it in one column, a task in a column for each part."""
    if "reward_parts" in info:
        return info["reward_parts"]  # type: ignore[no-any-return]
    return {name.removeprefix(_PART): value for name, value in info.items() if name.startswith(_PART)}


def fitting(messages: Sequence[list[int]], room: int) -> list[list[int]]:
    """The first message and the last ones that fit into `room` tokens; if not even two do, the end of the last."""
    if sum(map(len, messages)) <= room:
        return list(messages)
    first, *later = messages
    left = room - len(first)
    if not later or left < len(later[-1]):
        return [messages[-1][max(0, len(messages[-1]) - max(0, room)) :]]
    last: list[list[int]] = []
    for message in reversed(later):
        if left < len(message):
            break
        left -= len(message)
        last.insert(0, message)
    return [first, *last]


def encoded(vocabulary: Vocabulary, messages: list[dict[str, str]], room: int) -> list[int]:
    """The ids after which the agent speaks, at most `room`: the opening, messages that fit, and the begin."""
    ids = [vocabulary.message(m["role"], m["content"]) for m in messages]
    frame = (vocabulary.opening(), vocabulary.begin())
    kept = fitting(ids, room - len(frame[0]) - len(frame[1]))
    return [*frame[0], *(i for message in kept for i in message), *frame[1]]


def fitted(text: str, space: spaces.Text) -> str:
    r"""Any text as an action: foreign characters as \u{hex} where these can be written, cut and filled to length.

    Args:
        text: what was sampled.
        space: the action space.
    """
    known = space.character_set
    written = "".join(c if c in known else _escaped(c, known) for c in text)[: space.max_length]
    return written + space.character_list[0] * (space.min_length - len(written))


def _escaped(character: str, known: frozenset[str]) -> str:
    code = f"\\u{{{ord(character):x}}}"
    return code if known.issuperset(code) else ""
