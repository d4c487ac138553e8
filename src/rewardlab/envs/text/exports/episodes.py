"""Conversations that are going on: a bounded table of them, which forgets those that nobody goes on with.

Each conversation is an environment of its own, so that those side by side do not wait for each other; two messages in
one conversation at the same time are a mistake of whoever sends them. What came of a message depends on the task, the
seed, the number of the episode and the messages before it, and on nothing else.
"""

import json
import secrets
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import gymnasium as gym

from rewardlab.core.errors import BadOption, UnknownName
from rewardlab.envs.text.exports.episode import Episode, NotNow
from rewardlab.envs.text.exports.sheet import EVERYWHERE, begin, check_place, dialogue, plain

KEPT = 8  # environments that wait for the next conversation


class NoEpisode(UnknownName):
    """A conversation that is not there: never begun, ended, or forgotten."""


class TooMany(BadOption):
    """One conversation more than there may be."""


class Episodes:
    """The conversations of one task that are going on; safe for threads.

    Args:
        task: an id of a dialogue in text.
        parameters: of its rules, for all conversations.
        most: conversations at once, at least 1.
        idle: seconds after which one that nobody asks for is forgotten, above 0.
        allowed: parameters that a conversation may set for itself; by default those that every dialogue has.
        clock: seconds.

    Raises:
        BadOption: for an id that is no dialogue, and for values out of range.
    """

    def __init__(
        self,
        task: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        most: int = 256,
        idle: float = 900.0,
        allowed: Collection[str] = EVERYWHERE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if most < 1 or not idle > 0:
            raise BadOption(f"most={most!r}, idle={idle!r}", where="Episodes", expected="at least 1, above 0")
        self.task, self.parameters, self.allowed = task, dict(parameters or {}), tuple(allowed)
        self.most, self.idle, self._clock = most, idle, clock
        self._open: dict[str, Episode] = {}
        self._kept: list[gym.Env] = []  # without parameters of their own
        self._turn = threading.Lock()
        self._kept.append(dialogue(task, **self.parameters)[0])  # mistakes are told now, not at the first request

    def __len__(self) -> int:
        return len(self._open)

    def open(self, seed: int | None = None, number: int = 0, options: Mapping[str, Any] | None = None) -> Episode:
        """Begin a conversation.

        Args:
            seed: of its task; None for any, which the answer names.
            number: which episode of that seed.
            options: parameters for this conversation alone, of those that are allowed.

        Raises:
            BadSeed, BadOption: for values that the task does not take.
            TooMany: if so many are going on already.
        """
        options = dict(options or {})
        for name in options:
            if name not in self.allowed:
                raise BadOption(
                    f"option {name!r}", where=self.task, expected=f"some of {', '.join(self.allowed)}; others are fixed"
                )
        self.forget()
        if len(self) >= self.most:
            raise self._full()
        seed = secrets.randbits(32) if seed is None else seed
        check_place(seed, number)
        env = self._made(options)
        try:
            _, info = begin(env, seed, number)
        except BaseException:
            env.close()
            raise
        episode = Episode(secrets.token_urlsafe(16), env, seed, number, options, self._clock(), plain(info))
        with self._turn:
            if len(self._open) < self.most:
                self._open[episode.key] = episode
                return episode
        self._free(episode)  # others were quicker
        raise self._full()

    def _full(self) -> TooMany:
        return TooMany(
            f"{self.most} conversations are going on",
            where=self.task,
            expected="fewer at once",
            mend="end those that are over, or wait: idle ones are forgotten",
        )

    def find(self, key: str) -> Episode:
        """The conversation of this key.

        Raises:
            NoEpisode: if there is none.
        """
        with self._turn:
            episode = self._open.get(key)
            if episode is not None:
                episode.used = self._clock()
                return episode
        raise self._missing()

    def _missing(self) -> NoEpisode:
        return NoEpisode(
            "no such conversation",
            where=self.task,
            expected=f"the id of one that is open; after {self.idle:g} s without a message it is forgotten",
            mend="begin a new one",
        )

    def say(self, key: str, message: str, turn: int | None = None) -> dict[str, Any]:
        """What comes of a message.

        Args:
            key: of the conversation.
            message: any text.
            turn: how many messages the sender knows of; a message that was sent twice is then heard once.

        Returns:
            reply, role ("user" or "tool"), said (the message as it was heard), reward, parts, terminated, truncated,
            done, turn, info.

        Raises:
            NoEpisode: if there is no such conversation.
            NotNow: if it is over, at another turn, or busy.
        """
        episode = self.find(key)
        with self._held(episode):
            return episode.hear(message, turn)

    @contextmanager
    def _held(self, episode: Episode) -> Iterator[None]:
        """Alone with a conversation; one that is ended meanwhile is freed afterwards."""
        if not episode.busy.acquire(blocking=False):
            if episode.gone:
                raise self._missing()
            raise NotNow("a message is being answered", where=self.task, mend="wait for its answer")
        try:
            if episode.gone:  # ended after it was found
                raise self._missing()
            yield
        finally:
            episode.busy.release()
            if episode.gone:
                self._free(episode)

    def shown(self, key: str) -> dict[str, Any]:
        """The whole conversation: id, seed, episode, options, messages, turn, done, success, rewards, parts.

        Raises:
            NoEpisode: if there is no such conversation.
            NotNow: while a message is being answered.
        """
        episode = self.find(key)
        with self._held(episode):
            return episode.shown()

    def close(self, key: str) -> None:
        """End a conversation; a message that is being answered is answered first.

        Raises:
            NoEpisode: if there is none.
        """
        episode = self.find(key)
        with self._turn:
            self._open.pop(key, None)
        self._free(episode)

    def forget(self) -> int:
        """End those that nobody has asked for within `idle` seconds; returns how many."""
        late = self._clock() - self.idle
        with self._turn:
            old = [e for e in self._open.values() if e.used < late and not e.busy.locked()]
            for episode in old:
                del self._open[episode.key]
        for episode in old:
            self._free(episode)
        return len(old)

    def close_all(self) -> None:
        """End all."""
        with self._turn:
            envs = [*self._kept, *(e.env for e in self._open.values())]
            self._open.clear()
            self._kept.clear()
        for env in envs:
            env.close()

    def _made(self, options: Mapping[str, Any]) -> gym.Env:
        if not options:
            with self._turn:
                if self._kept:
                    return self._kept.pop()
        json.dumps(options)  # plain data, whoever calls
        return dialogue(self.task, **{**self.parameters, **options})[0]

    def _free(self, episode: Episode) -> None:
        """Keep or close the environment of a conversation that is no longer in the table."""
        episode.gone = True
        if not episode.busy.acquire(blocking=False):  # it is answered, which frees it; or it has been freed
            return
        inner: Any = episode.env.unwrapped  # the lock is kept: nobody speaks here again
        inner.rules.close()  # processes of tools; the rules can be used again
        with self._turn:
            if not episode.options and len(self._kept) < KEPT:
                self._kept.append(episode.env)
                return
        episode.env.close()
