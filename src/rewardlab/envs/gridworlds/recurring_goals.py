"""Recurring goals: four rooms with a goal that stays for several episodes, then moves.

    level of an episode = draw(row seed, episode // E),    r = 1 on the step that enters the goal, 0 otherwise

Walls, gaps and goal are the same for E episodes of a row; where the agent begins is new each time. An agent that
remembers its last episodes finds the goal faster than one that does not: the recurring structure that meta-learning
feeds on.

Source: Wang, Kurth-Nelson, Tirumala, Soyer, Leibo, Munos, Blundell, Kumaran, Botvinick, "Learning to Reinforcement
Learn", 2016, and Duan, Schulman, Chen, Bartlett, Sutskever, Abbeel, "RL²: Fast Reinforcement Learning via Slow
Reinforcement Learning", 2016 (trials of several episodes in one task); Sutton, Precup, Singh, "Between MDPs and
Semi-MDPs: A Framework for Temporal Abstraction in Reinforcement Learning", Artificial Intelligence 1999 (four rooms).
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rewardlab.core.arrays import Array
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.kernel.hashed import hashed
from rewardlab.envs.gridworlds.kernel.missions import Missions
from rewardlab.envs.gridworlds.pictures import grid_shown
from rewardlab.envs.gridworlds.tasks.drawn import DrawnTask, Sketch
from rewardlab.envs.rules import Card

_MISSION = "reach the goal"
_EPISODE, _TASK = codes.P0, codes.P1


@dataclass
class RecurringGoals(DrawnTask):
    """Four rooms whose goal recurs.

    Args:
        side: cells of a side, walls included, odd, 7 to 25.
        episodes_per_task: E >= 1, for how many episodes of a row the level stays.
        steps: the length of an episode.

    Raises:
        BadOption: for values outside their ranges, or a pool of levels, which would fit no seed.
    """

    side: int = 13
    episodes_per_task: int = 5
    steps: int = 100

    max_episode_steps: ClassVar[int | None] = 100
    notes: ClassVar[tuple[int, ...]] = (_EPISODE, _TASK)
    own: ClassVar[tuple[str, ...]] = ("task", "episode_in_task")

    def __post_init__(self) -> None:
        where = "RecurringGoals"
        if not (7 <= self.side <= 25 and self.side % 2):
            raise BadOption(f"side={self.side!r}", where=where, expected="an odd number of cells, 7..25")
        if self.episodes_per_task < 1 or self.steps < 1:
            raise BadOption(
                f"episodes_per_task={self.episodes_per_task!r}, steps={self.steps!r}",
                where=where,
                expected="at least 1",
            )
        if self.levels:
            raise BadOption(f"levels={self.levels!r}", where=where, expected="0: the levels belong to the row's seed")
        self._set_up(self.side, self.side, Missions.of([_MISSION]), rule=codes.STANDARD, flat_pay=True)
        self._deal_levels(self.steps)

    def sketch(self, random: np.random.Generator) -> Sketch:
        drawn = Sketch(self.side, self.side, random)
        drawn.mission = _MISSION
        middle, last = self.side // 2, self.side - 1
        drawn.cells[middle] = drawn.cells[:, middle] = codes.GREY_WALL
        for half in (range(1, middle), range(middle + 1, last)):
            drawn.cells[middle, drawn.one(half)] = codes.EMPTY
            drawn.cells[drawn.one(half), middle] = codes.EMPTY
        whole = range(1, last)
        drawn.put(codes.GOAL | codes.GREEN << 4, drawn.free(whole, whole))
        return drawn

    def deal(self, rng: Streams) -> tuple[Any, np.ndarray]:
        episode = np.asarray(rng.episode)
        task, within = np.divmod(episode, self.episodes_per_task)
        seed = np.asarray(rng.seed).view(np.uint64)
        levels = self.draw_levels(np.where(task == 0, seed, hashed(seed, task)))
        where, heading = np.asarray(rng.uniform()), np.asarray(rng.integers(4))
        for row, cells in enumerate(levels.cells):
            free = np.flatnonzero(cells == codes.EMPTY)
            at = free[int(where[row] * len(free))]
            levels.field[row, [codes.X, codes.Y]] = divmod(int(at), self.side)
        levels.field[:, codes.HEADING] = heading
        levels.field[:, _EPISODE], levels.field[:, _TASK] = within, task
        return levels, np.arange(len(levels))

    def own_columns(self, batch: Any) -> dict[str, Array]:
        return {
            "task": batch.field[:, _TASK].astype(np.int64),
            "episode_in_task": batch.field[:, _EPISODE].astype(np.int64),
        }

    def card(self) -> Card:
        return Card(
            summary=f"Four rooms of {self.side} x {self.side} cells in all; rooms and goal stay for "
            f"{self.episodes_per_task} episodes, the agent begins anywhere.",
            observation=grid_shown.observation(self),
            action={"action": grid_shown.ACTIONS},
            reward=f"1 on the step that enters the goal, else 0; an episode has {self.steps} steps at most",
            info={
                **grid_shown.INFO,
                "task": "0, 1, 2, ...: which level of this row's seed",
                "episode_in_task": f"0..{self.episodes_per_task - 1}: how many episodes of this level came before",
            },
            # Three rooms at most, each crossed in less than side moves, with two turns at each of six corners.
            optimal_return=1.0 if self.steps >= 3 * self.side + 12 else None,
            source="Wang et al., Learning to Reinforcement Learn, 2016",
        )
