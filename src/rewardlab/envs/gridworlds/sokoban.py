"""Sokoban: boxes that can be pushed but not pulled, and mistakes that cannot be undone.

    r = step + box · (boxes brought onto targets − boxes taken off) + finish · [all are on]

Each episode draws a level of its split. All levels can be solved, being made by reverse play, and the default pays
only for the solution. With step −0.1, box 1 and finish 10 the pay is that of gym-sokoban.

Source: Racanière, Weber, Reichert, Buesing, Guez, Rezende, Badia, Vinyals, Heess, Li, Pascanu, Battaglia, Hassabis,
Silver, Wierstra, "Imagination-Augmented Agents for Deep Reinforcement Learning", NeurIPS 2017, Appendix (levels and
rewards); Schrader, "gym-sokoban", 2018.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.errors import BadOption, nearest
from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.tables import moves
from rewardlab.envs.gridworlds.tasks.sokoban_levels import SPLITS, Level, Pool
from rewardlab.envs.picture import RED
from rewardlab.envs.world import Card, Columns, Rules, State


@dataclass
class Sokoban(Rules):
    """Boxes, as many targets, one who pushes.

    Args:
        size: rows and columns with the border of walls, 5..16.
        boxes: at least 1, and at most a quarter of the cells within the border.
        levels: how many there are to draw from, at least 1.
        split: "train" or "test"; no level of one shares walls and targets with one of the other.
        step_reward: for every step.
        box_reward: for a box that comes onto a target; taken back when it leaves.
        finish_reward: for the step that brings the last box onto a target, which ends the episode.

    Raises:
        BadOption: for values outside these ranges, or rewards that are not finite.
    """

    size: int = 7
    boxes: int = 2
    levels: int = 1000
    split: str = "train"
    step_reward: float = 0.0
    box_reward: float = 0.0
    finish_reward: float = 1.0

    keys: ClassVar[Mapping[str, int]] = moves.KEYS
    max_episode_steps: ClassVar[int | None] = 120

    def __post_init__(self) -> None:
        where, most = "Sokoban", max(1, (self.size - 2) ** 2 // 4)
        if not 5 <= self.size <= 16:
            raise BadOption(f"size={self.size!r}", where=where, expected="5..16", mend="size=7")
        if not 1 <= self.boxes <= most:
            raise BadOption(f"boxes={self.boxes!r} in size {self.size}", where=where, expected=f"1..{most}")
        if self.levels < 1:
            raise BadOption(f"levels={self.levels!r}", where=where, expected="at least 1", mend="levels=1000")
        if self.split not in SPLITS:
            raise BadOption(
                f"split={self.split!r}", where=where, expected=f"one of {SPLITS}", mend=nearest(self.split, SPLITS)
            )
        for name in ("step_reward", "box_reward", "finish_reward"):
            if not math.isfinite(getattr(self, name)):
                raise BadOption(f"{name}={getattr(self, name)!r}", where=where, expected="a finite number")
        self.action_space = spaces.Discrete(4)
        self.observation_space = spaces.MultiBinary([4, self.size, self.size])
        self._pool = Pool(self.size, self.boxes, self.levels, self.split)
        self._step = np.array([down * self.size + right for down, right in moves.STEPS])

    def start(self, n: int, rng: Streams) -> State:
        return self._begin(rng.integers(self.levels))

    def _begin(self, level: Array) -> State:
        self._pool.draw(level)
        box = self._pool.box[level]
        return {"level": level, "player": self._pool.player[level], "box": box, "on": self._on(level, box)}

    def _on(self, level: Array, box: Array) -> Array:
        return (box & self._pool.target[level]).sum(1)

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        level, player, row = state["level"], state["player"], np.arange(len(action))
        self._pool.draw(level)  # a state that was saved elsewhere may bring levels that were not drawn here
        wall, target, step = self._pool.wall, self._pool.target, self._step[action]
        cell = player + step
        beyond = np.clip(cell + step, 0, self.size**2 - 1)  # past the border there is nothing to push anyway
        blocked = wall[level, cell]
        pushes = state["box"][row, cell] & ~blocked
        blocked = blocked | (pushes & (wall[level, beyond] | state["box"][row, beyond]))
        pushed = np.flatnonzero(pushes & ~blocked)
        box = state["box"].copy()
        box[pushed, cell[pushed]] = False
        box[pushed, beyond[pushed]] = True
        gain = np.zeros(len(row), dtype=np.int64)
        gain[pushed] = target[level[pushed], beyond[pushed]].astype(np.int64) - target[level[pushed], cell[pushed]]
        on = state["on"] + gain
        solved = on == self.boxes
        reward = self.step_reward + self.box_reward * gain + self.finish_reward * solved
        after = {"level": level.copy(), "player": np.where(blocked, player, cell), "box": box, "on": on}
        return after, reward, solved, {"success": solved.copy()}

    def look(self, state: State) -> Tree:
        n, level = len(state["level"]), state["level"]
        self._pool.draw(level)
        planes = np.zeros((n, 4, self.size**2), dtype=np.int8)
        planes[:, 0], planes[:, 1], planes[:, 2] = self._pool.wall[level], self._pool.target[level], state["box"]
        planes[np.arange(n), 3, state["player"]] = 1
        return planes.reshape(n, 4, self.size, self.size)

    def inform(self, state: State) -> Columns:
        level = state["level"]
        self._pool.draw(level)
        stuck = (state["box"] & self._pool.corner[level] & ~self._pool.target[level]).any(1)
        return {"boxes_on_target": state["on"].copy(), "deadlock": stuck, "level": level.copy()}

    def level(self, number: int) -> Level:
        """The level of a number, as it begins; `sokoban_solver.solve_sokoban` finds its shortest solution.

        Raises:
            BadOption: for a number outside 0..levels - 1.
        """
        if not 0 <= number < self.levels:
            raise BadOption(f"level {number!r}", where="Sokoban.level", expected=f"0..{self.levels - 1}")
        return self._pool.level(number)

    def to_mdp(self, level: int = 0, *, gamma: float = 0.99, limit: int = 200_000) -> Any:
        """The exact `TabularMDP` of one level, from its start; solved situations are terminal.

        Args:
            level: its number.
            gamma: the discount; below 1 where the level can be lost, for what is lost never ends.
            limit: the largest number of situations.

        Raises:
            BadOption: for a number outside 0..levels - 1, or more situations than `limit`.
        """
        return self.table(level, gamma=gamma, limit=limit).mdp

    def table(self, level: int = 0, *, gamma: float = 0.99, limit: int = 200_000) -> Any:
        """The same with its situations: a `SokobanTable`."""
        from rewardlab.envs.gridworlds.search.sokoban_table import tabulate_sokoban

        self.level(level)  # raises for a number that there is not
        return tabulate_sokoban(self, self._begin(np.array([level])), gamma=gamma, limit=limit)

    def table_observations(self, level: int = 0) -> Tree:
        """What each state of `to_mdp(level)` looks like, [S, 4, size, size]."""
        return self.look(self.table(level).states)

    def table_places(self, level: int = 0) -> np.ndarray:
        """[S, 2] the row and column of the player in each state of `to_mdp(level)`."""
        return np.stack(np.divmod(self.table(level).states["player"], self.size), axis=1)

    def draw(self, state: State, i: int) -> np.ndarray:
        level, shape = int(state["level"][i]), (self.size, self.size)
        self._pool.draw(np.array([level]))
        board = moves.Board(self._pool.wall[level].reshape(shape))
        side, target, boxes = board.side, self._pool.target[level], state["box"][i]
        for cell in np.flatnonzero(target | boxes):
            x, y = board.middle(int(cell))
            if boxes[cell]:
                done = target[cell]
                board.tile(int(cell), (120, 82, 40) if not done else (46, 104, 62), share=0.8)
                board.tile(int(cell), (198, 146, 84) if not done else (104, 176, 112), share=0.7)
                for tilt in (-1, 1):
                    arm = side * 0.26
                    board.line(
                        x - arm,
                        y - tilt * arm,
                        x + arm,
                        y + tilt * arm,
                        side * 0.07,
                        (120, 82, 40) if not done else (46, 104, 62),
                    )
            else:
                board.ring(x, y, side * 0.16, side * 0.07, RED)
        board.walker(int(state["player"][i]), (52, 101, 164))
        return board.image()

    def text(self, state: State, i: int) -> str:
        level = int(state["level"][i])
        self._pool.draw(np.array([level]))
        target, box = self._pool.target[level], state["box"][i]
        marks = np.where(self._pool.wall[level], "#", " ")
        marks[target], marks[box], marks[box & target] = ".", "$", "*"
        player = int(state["player"][i])
        marks[player] = "+" if target[player] else "@"
        return "\n".join("".join(line) for line in marks.reshape(self.size, self.size))

    def card(self) -> Card:
        s, b = self.size, self.boxes
        sparse = self.step_reward == self.box_reward == 0.0
        return Card(
            summary=f"Push {b} boxes onto {b} targets in a room of {s} x {s}; one of {self.levels} levels an episode.",
            observation={"planes": f"[4, {s}, {s}] of 0 and 1: wall, target, box, player"},
            action={"action": f"{moves.MOVES}; a box in the way is pushed if the cell beyond it is free"},
            reward=f"{self.finish_reward:g} when all boxes are on targets, which ends the episode"
            + ("" if sparse else f"; {self.step_reward:g} per step, {self.box_reward:g} for a box that comes onto a ")
            + ("" if sparse else "target, taken back when it leaves")
            + ". There are too many levels for exact returns"
            + ("; the best is that of play without a limit of steps" if sparse else ""),
            info={
                "boxes_on_target": f"0..{b}",
                "deadlock": "True if a box off its target stands in a corner of walls: the level is lost",
                "level": f"number of the level, 0..{self.levels - 1}",
                "success": "True on the step that finishes",
            },
            optimal_return=max(self.finish_reward, 0.0) if sparse else None,
            source="Racanière et al., Imagination-Augmented Agents for Deep Reinforcement Learning, NeurIPS 2017",
        )
