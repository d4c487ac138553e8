"""Maze curriculum: mazes that are parameters, for designers of environments.

    r = 1 on the step that enters the goal, 0 otherwise

Levels are drawn at random, or given: each row plays a level of its own, and `set_levels` changes them between episodes.
With `random_level`, `mutate` and `shortest` (`maze_levels`) this is the ground for domain randomisation, replay of
levels, and their evolution.

Source: Dennis, Jaques, Vinitsky, Bayen, Russell, Critch, Levine, "Emergent Complexity and Zero-shot Transfer via
Unsupervised Environment Design", NeurIPS 2020; Parker-Holder, Jiang, Dennis, Samvelyan, Foerster, Grefenstette,
Rocktäschel, "Evolving Curricula with Regret-Based Environment Design", ICML 2022.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.kernel.missions import Missions
from rewardlab.envs.gridworlds.pictures import grid_shown
from rewardlab.envs.gridworlds.tasks import maze_levels
from rewardlab.envs.gridworlds.tasks.drawn import DrawnTask, Sketch
from rewardlab.envs.gridworlds.tasks.maze_levels import MazeLevel
from rewardlab.envs.rules import Card, State

_MISSION = "reach the goal"
_START = codes.P0  # where an episode began: cell + heading * cells


@dataclass
class MazeCurriculum(DrawnTask):
    """Mazes with parameters that can be edited.

    Args:
        side: inner cells of a side, 2 to 48.
        walls: the most walls that a random level has; those without a solution are drawn again.
        given: parameters of levels (see `MazeLevel.parameters`) to play in place of random ones: the row with seed s
            plays level s modulo their number, so that row i of a vector that is reset with seed 0 plays level i, in
            every episode.
        steps: the length of an episode.

    Raises:
        BadOption: for values outside their ranges, parameters that make no level, or a level of another side.
    """

    side: int = 13
    walls: int = 60
    given: Sequence[Mapping[str, Any]] = field(default_factory=list)
    steps: int = 250

    max_episode_steps: ClassVar[int | None] = 250
    notes: ClassVar[tuple[int, ...]] = (_START,)

    def __post_init__(self) -> None:
        where = "MazeCurriculum"
        if not 2 <= self.side <= 48:
            raise BadOption(f"side={self.side!r}", where=where, expected="2..48 inner cells")
        if not 0 <= self.walls <= self.side**2 - 2:
            raise BadOption(f"walls={self.walls!r}", where=where, expected=f"0..{self.side**2 - 2}")
        if self.steps < 1:
            raise BadOption(f"steps={self.steps!r}", where=where, expected="at least 1")
        self._set_up(self.side + 2, self.side + 2, Missions.of([_MISSION]), rule=codes.STANDARD, flat_pay=True)
        self._deal_levels(self.steps)
        self.set_levels(self.given)

    def set_levels(self, levels: Sequence[MazeLevel | Mapping[str, Any]]) -> None:
        """The levels that episodes have from now on; none for random ones. Running episodes go on as they are.

        They belong to the rules and not to the state: `set_state` leaves them alone.

        Raises:
            BadOption: for parameters that make no level, or a level of another side; nothing has changed.
        """
        found = [MazeLevel.of(level) for level in levels]
        for level in found:
            if level.side != self.side:
                raise BadOption(f"a level of side {level.side}", where="MazeCurriculum", expected=f"side {self.side}")
        self.given = [level.parameters() for level in found]
        self._dealt = self.as_levels([self._sketch_of(level) for level in found], range(len(found))) if found else None

    def sketch(self, random: np.random.Generator) -> Sketch:
        while True:
            level = maze_levels.random_level(random, side=self.side, walls=self.walls)
            if maze_levels.solvable(level):
                return self._sketch_of(level)

    def _sketch_of(self, level: MazeLevel) -> Sketch:
        drawn = Sketch(self.width, self.height, np.random.default_rng(0))
        drawn.mission = _MISSION
        inner = drawn.cells[1:-1, 1:-1].T.reshape(-1)  # by x + side * y, a copy
        inner[list(level.walls)] = codes.GREY_WALL
        inner[level.goal] = codes.GOAL | codes.GREEN << 4
        drawn.cells[1:-1, 1:-1] = inner.reshape(self.side, self.side).T
        y, x = divmod(level.start, self.side)
        drawn.agent, drawn.heading = (x + 1, y + 1), level.heading
        drawn.fields[_START] = level.start + level.heading * self.side**2
        return drawn

    def deal(self, rng: Streams) -> tuple[Any, np.ndarray]:
        if self._dealt is None:
            return super().deal(rng)
        return self._dealt, (np.asarray(rng.seed).view(np.uint64) % np.uint64(len(self.given))).astype(np.int64)

    def levels_in(self, state: State) -> list[MazeLevel]:
        """The levels [n] that the rows of a state began with."""
        grids = self.grids(state)[:, 1:-1, 1:-1].transpose(0, 2, 1).reshape(len(state["field"]), -1)
        found = []
        for row, cells in zip(state["field"], grids, strict=True):
            heading, start = divmod(int(row[_START]), self.side**2)
            kinds = cells & 15
            walls = tuple(int(w) for w in np.flatnonzero(kinds == codes.WALL))
            found.append(MazeLevel(self.side, walls, start, heading, int(np.flatnonzero(kinds == codes.GOAL)[0])))
        return found

    def card(self) -> Card:
        levels = [MazeLevel.of(level) for level in self.given]
        ways = [maze_levels.shortest(level) for level in levels]
        reached = [w is not None and w <= self.steps for w in ways]
        return Card(
            summary=f"Mazes of {self.side} x {self.side} cells, "
            + (f"{len(levels)} given levels." if levels else f"drawn with up to {self.walls} walls, all solvable."),
            observation=grid_shown.observation(self),
            action={"action": grid_shown.ACTIONS},
            reward=f"1 on the step that enters the goal, else 0; an episode has {self.steps} steps at most",
            info={**grid_shown.INFO, "level_seed": "what a random level is drawn from; the number of a given one"},
            optimal_return=float(np.mean(reached)) if levels else None,
            source="Dennis et al., Emergent Complexity and Zero-shot Transfer via Unsupervised Environment Design",
        )
