"""The levels of MiniGrid's tasks, by seed: from our own generators where they are equal, else from MiniGrid itself."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import gymnasium as gym
import numpy as np

from rewardlab.envs.gridworlds.generators import engine
from rewardlab.envs.gridworlds.generators.drawer import Drawer
from rewardlab.envs.gridworlds.generators.table import native
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.kernel.levels import Levels
from rewardlab.envs.gridworlds.kernel.missions import Missions

_CHECKED = np.arange(3, dtype=np.uint64)  # seeds on which a generator has to prove itself before it is used


class MiniGridLevels:
    """Draws the levels of one task.

    Args:
        task: MiniGrid's id.
        options: keywords of its class.
    """

    def __init__(self, task: str, options: Mapping[str, Any]) -> None:
        self.engine = engine.load(task, options)
        self.rule = engine.rule_of(self.engine)
        self.texts = engine.missions(self.engine)
        self.missions = Missions.of(self.texts) if self.texts is not None else engine.baby_missions(self.engine)
        self.balls = len(self.engine.obstacles) if self.rule == codes.OBSTACLES else 0
        self._task, self._options = task, dict(options)
        self._class = type(self.engine).__name__
        self.cheap = self.texts is not None and native(self._class) is not None
        """Is there a generator of our own?"""
        self._drawer: Drawer | None = None
        self._ready = False

    def __call__(self, seeds: np.ndarray) -> Levels:
        """The levels that MiniGrid draws for these seeds [k] uint64.

        Raises:
            BadOption: for a seed with which MiniGrid's own reset fails.
        """
        if self.cheap and not self._ready:
            self._ready, theirs = True, self._asked(_CHECKED)  # first: a level that cannot be has no end of searching
            drawer = self._made()
            if drawer is not None and _same(self._drawn(drawer, _CHECKED), theirs):
                self._drawer = drawer
        return self._asked(seeds) if self._drawer is None else self._drawn(self._drawer, seeds)

    def _made(self) -> Drawer | None:
        given = {**(gym.spec(self._task).kwargs or {}), **self._options}
        try:
            return Drawer(self._class, given, self.engine.width, self.engine.height)
        except (KeyError, TypeError, ValueError):
            return None  # options that only MiniGrid's own class understands

    def _room(self, count: int) -> Levels:
        size = self.engine.width * self.engine.height
        return Levels.empty(count, size, length=self.missions.length, balls=self.balls)

    def _asked(self, seeds: np.ndarray) -> Levels:
        levels = self._room(len(seeds))
        for row, seed in enumerate(seeds):
            levels.words[row] = self.missions.row(engine.draw(self.engine, int(seed), levels, row))
        return levels

    def _drawn(self, drawer: Drawer, seeds: np.ndarray) -> Levels:
        levels = self._room(len(seeds))
        drawer(seeds, levels.cells, levels.inside, levels.field, levels.wide)
        levels.field[:, codes.MAX_STEPS] = self.engine.max_steps
        assert self.texts is not None
        levels.words[:] = self._rows[levels.field[:, codes.MISSION]]
        return levels

    @cached_property
    def _rows(self) -> np.ndarray:
        """[missions, M]: the words of each."""
        assert self.texts is not None
        return np.stack([self.missions.row(text) for text in self.texts])

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "engine": None}  # the engine holds nothing that a level seed does not bring back

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, engine=engine.load(state["_task"], state["_options"]))


def _same(one: Levels, other: Levels) -> bool:
    mine, theirs = one.field.copy(), other.field.copy()
    mine[:, codes.MISSION] = theirs[:, codes.MISSION] = 0  # their number is not noted, their words are
    pairs = [(one.cells, other.cells), (one.inside, other.inside), (mine, theirs), (one.wide, other.wide)]
    return all(np.array_equal(a, b) for a, b in [*pairs, (one.words, other.words)])
