"""MiniGrid's side of a comparison: it follows one environment of ours through its episodes and says where they part."""

import contextlib
import io
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from rewardlab.benchmarks.lockstep.players import Player
from rewardlab.benchmarks.lockstep.report import ACTIONS, Difference, Report
from rewardlab.benchmarks.lockstep.routes import ahead

Read = Callable[[Any], str]


class Follower:
    """A reference environment that is taken through the same levels and actions as one of ours.

    Args:
        reference: MiniGrid's environment.
        play: chooses the actions, looking at the reference.
        report: where everything is counted.
        read: turns the mission of our observation into its text, if that is to be compared too.
        row: which row of ours.
    """

    def __init__(self, reference: Any, play: Player, report: Report, *, read: Read | None = None, row: int = 0) -> None:
        self.reference, self.play, self.report, self.read, self.row = reference, play, report, read, row
        self._seed, self._actions = 0, []  # type: int, list[int]
        self._player: Iterator[int] = iter(())

    def begin(self, level_seed: int, obs: Any, mission: str, rng: np.random.Generator) -> None:
        """The first observation of an episode of ours, on the level of that seed."""
        self._seed, self._actions = int(level_seed), []
        self.report.episodes += 1
        with contextlib.redirect_stdout(io.StringIO()):  # BabyAI's levels print which drafts they reject
            theirs, _ = self.reference.reset(seed=self._seed)
        self._player = self.play(self.reference.unwrapped, rng)
        self._compare_obs(obs, mission, theirs)

    def action(self) -> int | None:
        """What the player does next; None if it has had enough of this episode."""
        return next(self._player, None)

    def step(self, action: int, obs: Any, mission: str, outcome: tuple[Any, Any, Any], final: str = "") -> None:
        """A step of ours: the action, what was shown after it, and (reward, terminated, truncated)."""
        before = self._state(None)
        theirs, reward, terminated, truncated, _ = self.reference.step(action)
        self._actions.append(action)
        self.report.steps += 1
        self.report.changed[ACTIONS[action]] += before != self._state(before)
        if terminated:
            self.report.successes += reward > 0
            self.report.failures += reward <= 0
        self.report.truncations += bool(truncated and not terminated)
        for what, mine, other in zip(
            ("reward", "terminated", "truncated"), outcome, (reward, terminated, truncated), strict=True
        ):
            if mine != other:
                self._differ(what, repr(mine), repr(other))
        self._compare_obs(obs, mission, theirs, final)

    def _compare_obs(self, obs: Any, mission: str, theirs: Any, final: str = "") -> None:
        mine, other = np.asarray(obs["image"]), theirs["image"]
        if mine.shape != other.shape or mine.dtype != other.dtype:
            self._differ(f"{final}image", f"{mine.dtype} {mine.shape}", f"{other.dtype} {other.shape}")
        elif not np.array_equal(mine, other):
            cells = np.argwhere((mine != other).any(-1))[:6]
            shown = [{tuple(int(v) for v in c): x[tuple(c)].tolist() for c in cells} for x in (mine, other)]
            self._differ(f"{final}image", str(shown[0]), str(shown[1]))
        if int(obs["direction"]) != int(theirs["direction"]):
            self._differ(f"{final}direction", str(obs["direction"]), str(theirs["direction"]))
        texts = [mission] if self.read is None else [mission, self.read(obs["mission"])]
        for text in texts:
            if text != theirs["mission"]:
                self._differ(f"{final}mission", repr(text), repr(theirs["mission"]))

    def _differ(self, what: str, ours: str, theirs: str) -> None:
        if self.report.difference is None:
            self.report.difference = Difference(what, self._seed, tuple(self._actions), ours, theirs, self.row)

    def _state(self, before: tuple[Any, ...] | None) -> tuple[Any, ...]:
        """The agent, its hand, and the cell that it faces; or that it faced, if `before` is given."""
        w = self.reference.unwrapped
        pose = (int(w.agent_pos[0]), int(w.agent_pos[1]), int(w.agent_dir))
        cell = ahead(pose) if before is None else before[0]
        inside = 0 <= cell[0] < w.width and 0 <= cell[1] < w.height
        thing = w.grid.get(*cell) if inside else None
        return cell, pose, w.carrying, thing, None if thing is None else thing.encode()
