"""Conversations written down: one JSON line each, which can be played again to the same rewards.

A line holds what an episode depends on (id, parameters, seed, which episode of that seed) and what came of it (the
messages, the reward of each turn with its parts). Lines are appended whole: a crash loses at most the conversation
that was going on.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import gymnasium as gym

from rewardlab.core.errors import BadOption


class Recorder(gym.Wrapper):
    """Appends every finished conversation to a file.

    Args:
        env: a dialogue made by `gym.make`.
        path: of the file, made where it is missing; each conversation is a line.

    Raises:
        BadOption: for an environment without an id, or one that shows no transcript of its rules.
    """

    def __init__(self, env: gym.Env, path: str | Path) -> None:
        super().__init__(env)
        if env.spec is None or not hasattr(getattr(env.unwrapped, "rules", None), "messages"):
            raise BadOption(f"{env}", where="Recorder", expected="a dialogue that gym.make has made")
        self.path = Path(path)
        self._seed: int | None = None
        self._episode = 0
        self._rewards: list[float] = []
        self._parts: list[dict[str, float]] = []

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        shown = self.env.reset(seed=seed, options=options)
        self._episode = 0 if seed is not None else self._episode + 1
        self._seed = seed if seed is not None else self._seed
        self._rewards, self._parts = [], []
        return shown

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        obs, reward, terminated, truncated, info = self.env.step(action)
        self._rewards.append(float(reward))
        self._parts.append({k.removeprefix("part_"): float(v) for k, v in info.items() if k.startswith("part_") and v})
        if terminated or truncated:
            self._write(bool(info.get("success", False)))
        return obs, reward, terminated, truncated, info

    def _write(self, success: bool) -> None:
        line = {
            "id": self.env.spec.id,  # type: ignore[union-attr]
            "kwargs": {k: v for k, v in self.env.spec.kwargs.items() if k != "rules"},  # type: ignore[union-attr]
            "seed": self._seed,
            "episode": self._episode,
            "messages": messages(self.env),
            "rewards": self._rewards,
            "parts": self._parts,
            "success": success,
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as out:
            out.write(json.dumps(line, ensure_ascii=True) + "\n")


def messages(env: gym.Env) -> list[dict[str, str]]:
    """The chat messages of a single dialogue so far: {"role": "user" | "assistant" | "tool", "content": text}."""
    inner: Any = env.unwrapped
    return inner.rules.messages(inner.get_state()["state"], 0)


def read(path: str | Path) -> Iterator[dict[str, Any]]:
    """The conversations of a file; a last line that was cut off is left out.

    Raises:
        BadOption: for any other line that is no conversation, with its number.
    """
    lines = Path(path).read_text(encoding="utf-8").split("\n")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
            if not isinstance(found, dict) or not {"id", "seed", "messages", "rewards"} <= found.keys():
                raise ValueError("no conversation")
        except ValueError as e:
            if number == len(lines):  # written without its line break: the recording was killed
                return
            raise BadOption(f"line {number}: {e}", where=str(path), expected="a line that Recorder wrote") from None
        yield found


def replay(line: Mapping[str, Any]) -> list[float]:
    """Play a recorded conversation again: the rewards of its turns.

    Raises:
        BadOption: for a conversation without a seed, whose task nobody can know.
    """
    if line["seed"] is None:
        raise BadOption("a conversation without a seed", where="replay", expected="one begun by reset(seed=...)")
    env = gym.make(line["id"], **line.get("kwargs", {}))
    env.reset(seed=line["seed"])
    for _ in range(line.get("episode", 0)):
        env.reset()
    said = [m["content"] for m in line["messages"] if m["role"] == "assistant"]
    rewards = [float(env.step(text)[1]) for text in said]
    env.close()
    return rewards
