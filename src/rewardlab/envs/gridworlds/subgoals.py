"""Sub-goals: two to four things to do in the order that the mission says; only the last one pays.

    r = 1 on the step that does the last of them, 0 otherwise

A key to take, a door to open, a box to open, a green floor to stand on. What is done before its turn does not count and
has to be done again; a box that is opened before its turn is gone, which ends the episode. `info["subgoal"]` says what
comes next: the ground for hierarchies, options and rewards that know about sub-goals.

Source: Andreas, Klein, Levine, "Modular Multitask Reinforcement Learning with Policy Sketches", ICML 2017 (tasks as
ordered sub-tasks with pay at the end); Toro Icarte, Klassen, Valenzano, McIlraith, "Using Reward Machines for
High-Level Task Specification and Decomposition in Reinforcement Learning", ICML 2018. The rooms are ours.
"""

import itertools
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rewardlab.core.arrays import Array
from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.kernel.missions import Missions
from rewardlab.envs.gridworlds.pictures import grid_shown
from rewardlab.envs.gridworlds.tasks.drawn import Sketch
from rewardlab.envs.gridworlds.tasks.watched import WatchedTask
from rewardlab.envs.rules import Card

NONE, TAKE_KEY, OPEN_DOOR, OPEN_BOX, STAND = range(5)
TEXTS = ("", "take the key", "open the door", "open the box", "stand on the green floor")
_ORDER, _DONE, _SPOILT = codes.P0, codes.P1, codes.P2  # three bits for each sub-goal in turn; how many are done


@dataclass
class Subgoals(WatchedTask):
    """Two rooms with a door between them, and things to do in a drawn order.

    Args:
        room: inner side of a room in cells, 3 to 8.
        least, longest: how many sub-goals there are at least and at most, 1 to 4.
        steps: the length of an episode.

    Raises:
        BadOption: for values outside their ranges.
    """

    room: int = 4
    least: int = 2
    longest: int = 4
    steps: int = 200

    max_episode_steps: ClassVar[int | None] = 200
    notes: ClassVar[tuple[int, ...]] = (_SPOILT,)
    own: ClassVar[tuple[str, ...]] = ("subgoal", "subgoal_text", "subgoals_done", "subgoals_left", "spoilt", "progress")

    def __post_init__(self) -> None:
        where = "Subgoals"
        if not 3 <= self.room <= 8:
            raise BadOption(f"room={self.room!r}", where=where, expected="3..8 cells of an inner side")
        if not 1 <= self.least <= self.longest <= 4:
            raise BadOption(
                f"least={self.least!r}, longest={self.longest!r}", where=where, expected="1 <= least <= longest <= 4"
            )
        if self.steps < 1:
            raise BadOption(f"steps={self.steps!r}", where=where, expected="at least 1")
        lengths = range(self.least, self.longest + 1)
        orders = (order for n in lengths for order in itertools.permutations(range(1, 5), n))
        missions = Missions.of(_mission(order) for order in orders)
        self._set_up(2 * self.room + 3, self.room + 2, missions, rule=codes.STANDARD)
        self._deal_levels(self.steps)

    def sketch(self, random: np.random.Generator) -> Sketch:
        drawn = Sketch(self.width, self.height, random)
        wall, rows, columns = self.room + 1, range(1, self.height - 1), range(1, self.width - 1)
        drawn.cells[wall, 1:-1] = codes.GREY_WALL
        _, y = drawn.put(codes.CLOSED | codes.BLUE << 4, [(wall, y) for y in rows])
        for thing in (codes.KEY | codes.YELLOW << 4, codes.BOX | codes.PURPLE << 4, codes.FLOOR | codes.GREEN << 4):
            drawn.put(thing, drawn.free(columns, rows, but=[(wall - 1, y), (wall + 1, y)]))
        drawn.put_agent(drawn.free(columns, rows))
        order = drawn.order(range(1, 5))[: drawn.whole(self.least, self.longest + 1)]
        drawn.mission = _mission(order)
        drawn.fields[_ORDER] = sum(what << 3 * k for k, what in enumerate(order))
        return drawn

    # -- what is done ------------------------------------------------------------------------------------------------

    def before(self, batch: Any) -> dict[str, np.ndarray]:
        field = batch.field
        here = field[:, codes.X] * self.height + field[:, codes.Y]
        ahead = here + codes.HEADINGS[field[:, codes.HEADING]] @ (self.height, 1)
        return {
            "key": field[:, codes.CARRIED] & 15 == codes.KEY,
            "door": self.kinds(batch, field[:, codes.DOOR_AT]) == codes.OPEN,
            "box": self.kinds(batch, ahead) == codes.BOX,
            "floor": self.kinds(batch, here) == codes.FLOOR,
        }

    def after(self, batch: Any, rows: np.ndarray, before: dict[str, np.ndarray], actions: np.ndarray) -> None:
        field, now = batch.field[rows], self.before(batch)
        box = (before["box"] & (actions == codes.TOGGLE))[rows]
        key, door = ((now[k] & ~before[k])[rows] for k in ("key", "door"))
        did = np.stack([np.zeros(len(rows), dtype=bool), key, door, box, now["floor"][rows]])  # [5, rows]
        due = _next(field)
        done = did[due, np.arange(len(rows))]
        batch.field[rows, _DONE] += done
        won = done & (_next(batch.field[rows]) == NONE)
        spoilt = box & (due != OPEN_BOX) & _wants(field, OPEN_BOX)
        batch.field[rows, codes.WON] |= won
        batch.field[rows, _SPOILT] |= spoilt
        batch.reward[rows] = np.where(won, 1.0, 0.0)
        batch.ended[rows] = won | spoilt

    def own_columns(self, batch: Any) -> dict[str, Array]:
        field = batch.field
        due = _next(field)
        length = sum((field[:, _ORDER] >> 3 * k & 7 > 0).astype(np.int64) for k in range(4))
        return {
            "subgoal": due.astype(np.int64),
            "subgoal_text": np.array(TEXTS, dtype=object)[due],
            "subgoals_done": field[:, _DONE].astype(np.int64),
            "subgoals_left": length - field[:, _DONE],
            "spoilt": field[:, _SPOILT] > 0,
            "progress": field[:, _DONE] / length,
        }

    def card(self) -> Card:
        return Card(
            summary=f"Two rooms of {self.room} x {self.room} cells; do {self.least} to {self.longest} things in the "
            "order that the mission says.",
            observation=grid_shown.observation(self),
            action={"action": grid_shown.ACTIONS},
            reward=f"1 on the step that does the last thing, else 0; an episode has {self.steps} steps at most",
            info={
                **grid_shown.INFO,
                "subgoal": "what comes next: " + ", ".join(f"{i} {t or 'nothing'}" for i, t in enumerate(TEXTS)),
                "subgoal_text": "the same in words, empty for nothing",
                "subgoals_done": "0..4, how many have been done in their turn",
                "subgoals_left": "0..4, how many are left",
                "progress": "0..1, share of the sub-goals that are done",
                "spoilt": "True once the box was opened before its turn, which ends the episode",
            },
            optimal_return=1.0 if self.steps >= 200 and self.room <= 4 else None,
            source="Andreas et al., Modular Multitask Reinforcement Learning with Policy Sketches, ICML 2017",
        )


def _mission(order: Any) -> str:
    return ", then ".join(TEXTS[what] for what in order)


def _next(field: np.ndarray) -> np.ndarray:
    """[n] the sub-goal that is due, NONE if all are done."""
    return field[:, _ORDER] >> 3 * field[:, _DONE] & 7


def _wants(field: np.ndarray, what: int) -> np.ndarray:
    """[n] whether a sub-goal is in the order at all."""
    return np.any([field[:, _ORDER] >> 3 * k & 7 == what for k in range(4)], axis=0)
