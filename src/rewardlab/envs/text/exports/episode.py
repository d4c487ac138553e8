"""One conversation that is going on, and what comes of each message."""

import threading
from dataclasses import dataclass, field
from typing import Any

import gymnasium as gym

from rewardlab.core.errors import ResetNeeded
from rewardlab.envs.text.exports.sheet import paid, plain
from rewardlab.envs.text.transcripts import messages


class NotNow(ResetNeeded):
    """A message to a conversation that is over, at another turn, or busy with another message."""


@dataclass
class Episode:
    """One conversation.

    Attributes:
        key: nobody can guess it.
        env: its environment, which has begun.
        seed: of its task.
        number: which episode of that seed.
        options: parameters of its own.
        used: when somebody last asked for it.
        info: columns at the start.
        turn: messages of the agent so far.
        done: it is over.
        success: the task is done.
        rewards: of each turn.
        parts: of each turn's reward, by name.
        last: the last message and what came of it.
        busy: held while a message is being answered.
        gone: it was ended, and its environment may serve another.
    """

    key: str
    env: gym.Env
    seed: int
    number: int
    options: dict[str, Any]
    used: float
    info: dict[str, Any]
    turn: int = 0
    done: bool = False
    success: bool = False
    rewards: list[float] = field(default_factory=list)
    parts: list[dict[str, float]] = field(default_factory=list)
    last: tuple[str, dict[str, Any]] | None = None
    busy: threading.Lock = field(default_factory=threading.Lock)
    gone: bool = False

    def hear(self, message: str, turn: int | None = None) -> dict[str, Any]:
        """What comes of a message; see `Episodes.say`.

        Raises:
            NotNow: if the conversation is over, or at another turn.
        """
        if turn is not None and self.last and turn == self.turn - 1 and message == self.last[0]:
            return self.last[1]
        where = f"conversation of seed {self.seed}"
        if self.done:
            raise NotNow("this conversation is over", where=where, mend="begin a new one")
        if turn not in (None, self.turn):
            raise NotNow(f"turn {turn}", where=where, expected=f"turn {self.turn}")
        inner: Any = self.env.unwrapped
        _, reward, terminated, truncated, info = self.env.step(inner.rules.fit(message))
        said, reply = messages(self.env)[-2:]
        self.turn += 1
        self.done = bool(terminated or truncated)
        self.success = bool(info.get("success", False))
        self.rewards.append(float(reward))
        self.parts.append(paid(float(reward), info))
        answer = {
            "reply": reply["content"],
            "role": reply["role"],
            "said": said["content"],
            "reward": float(reward),
            "parts": self.parts[-1],
            "terminated": bool(terminated),
            "truncated": bool(truncated),
            "done": self.done,
            "turn": self.turn,
            "info": plain(info),
        }
        self.last = message, answer
        return answer

    def shown(self) -> dict[str, Any]:
        """The whole conversation as plain data."""
        return {
            "id": self.key,
            "seed": self.seed,
            "episode": self.number,
            "options": self.options,
            "messages": messages(self.env),
            "turn": self.turn,
            "done": self.done,
            "success": self.success,
            "rewards": list(self.rewards),
            "parts": list(self.parts),
        }
