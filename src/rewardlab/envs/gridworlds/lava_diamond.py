"""Lava diamond: open a tree for the pick, open the rock with it, reach the diamond, and stay out of the lava.

    r = 1 on the step that reaches the diamond, 0 otherwise

A wide map of which the agent sees 7 x 7 cells. On MiniGrid's rules: a tree is a box, the pick in it a key, the rock a
locked door, the diamond the goal. Episodes that fail say what they failed of.

Source: Li, Yang, Wang, Zhu, Zhou, Qiao, Wang, Li, Lu, Dai, "Auto MC-Reward: Automated Dense Reward Design with Large
Language Models for Minecraft", CVPR 2024 (the task that this map stands for).
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rewardlab.core.arrays import Array
from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.kernel.missions import Missions
from rewardlab.envs.gridworlds.pictures import grid_shown
from rewardlab.envs.gridworlds.tasks.drawn import Place, Sketch
from rewardlab.envs.gridworlds.tasks.watched import WatchedTask
from rewardlab.envs.rules import Card

_MISSION = "open a tree for the pick, open the rock with it, reach the diamond"
_SEEN = codes.P0  # bits: what has been seen so far
_TARGETS = (
    ("seen_tree", codes.BOX),
    ("seen_pick", codes.KEY),
    ("seen_rock", codes.OPEN),  # in a picture every door has this type
    ("seen_diamond", codes.GOAL),
)
FAILURES = ("", "lava", "no target seen", "time")
_LAVA = codes.LAVA | codes.RED << 4
_TREE, _PICK, _ROCK = codes.BOX | codes.GREEN << 4, codes.KEY | codes.YELLOW << 4, codes.LOCKED | codes.YELLOW << 4


@dataclass
class LavaDiamond(WatchedTask):
    """A map with trees, lava, and a cave with a diamond behind a rock.

    Args:
        size: of the map in cells, walls included, 17 to 49.
        trees: how many, 1 to 4; each holds a pick.
        pools: how many pools of lava are poured.
        steps: the length of an episode.

    Raises:
        BadOption: for values outside their ranges.
    """

    size: int = 25
    trees: int = 2
    pools: int = 14
    steps: int = 500

    max_episode_steps: ClassVar[int | None] = 500
    notes: ClassVar[tuple[int, ...]] = (_SEEN,)
    own: ClassVar[tuple[str, ...]] = (*(name for name, _ in _TARGETS), "failure")

    def __post_init__(self) -> None:
        for name, low, high in (("size", 17, 49), ("trees", 1, 4), ("pools", 0, 60), ("steps", 1, 10_000)):
            value = getattr(self, name)
            if not low <= value <= high:
                raise BadOption(f"{name}={value!r}", where="LavaDiamond", expected=f"{low}..{high}")
        missions = Missions.of([_MISSION])
        self._set_up(self.size, self.size, missions, rule=codes.STANDARD, inside=True, flat_pay=True)
        self._deal_levels(self.steps)

    # -- the map -----------------------------------------------------------------------------------------------------

    def sketch(self, random: np.random.Generator) -> Sketch:
        drawn = Sketch(self.size, self.size, random)
        drawn.mission = _MISSION
        front = _cave(drawn)
        inner = range(2, self.size - 2)
        taken = [front]
        for _ in range(self.trees):
            place = drawn.put(_TREE, _apart(drawn, taken))
            drawn.inside[place] = _PICK
            taken.append(place)
        tree = drawn.one(taken[1:])
        drawn.put_agent(_apart(drawn, taken))
        # A way that stays free: to one of the trees, and from there to the rock. The tree's own cell is free once its
        # pick is taken, and nothing else that stands here lies next to it.
        safe = {*_walk(drawn, drawn.agent, tree), *_walk(drawn, tree, front)}
        spots = [p for p in drawn.free(inner, inner) if p not in safe]
        for _ in range(self.pools):
            _pour(drawn, drawn.one(spots), safe)
        return drawn

    # -- what is seen, and what an episode fails of ------------------------------------------------------------------

    def begun(self, batch: Any, rows: np.ndarray) -> None:
        seen = np.zeros(len(rows), dtype=np.int32)
        kinds = batch.image[rows][..., 0]
        for bit, (_, wanted) in enumerate(_TARGETS):
            seen |= (kinds == wanted).any((1, 2)).astype(np.int32) << bit
        batch.field[rows, _SEEN] |= seen

    def after(self, batch: Any, rows: np.ndarray, before: dict[str, np.ndarray], actions: np.ndarray) -> None:
        self.begun(batch, rows)

    def own_columns(self, batch: Any) -> dict[str, Array]:
        field = batch.field
        out: dict[str, Array] = {name: field[:, _SEEN] >> bit & 1 > 0 for bit, (name, _) in enumerate(_TARGETS)}
        if "failure" in self._told_own:
            here = self.kinds(batch, field[:, codes.X] * self.height + field[:, codes.Y])
            late = (field[:, codes.STEPS] >= field[:, codes.MAX_STEPS]) & (field[:, codes.WON] == 0)
            sought = np.select([field[:, codes.OPENED] > 0, field[:, codes.TOOK] > 0], [8, 4], 3)  # bits of _SEEN
            blind = field[:, _SEEN] & sought == 0
            cause = np.select([here == codes.LAVA, late & blind, late], [1, 2, 3], 0)
            out["failure"] = np.array(FAILURES, dtype=object)[cause]
        return out

    def card(self) -> Card:
        return Card(
            summary=f"A map of {self.size} x {self.size} cells: a tree (box) holds the pick (key) that opens the rock "
            "(locked door) before the diamond (goal); lava ends the episode.",
            observation=grid_shown.observation(self),
            action={"action": grid_shown.ACTIONS},
            reward=f"1 on the step that reaches the diamond, else 0; an episode has {self.steps} steps at most",
            info={
                **grid_shown.INFO,
                "seen_tree": "True once a tree was in view in this episode",
                "seen_pick": "True once a pick was in view; in the hand it is in view",
                "seen_rock": "True once the rock was in view",
                "seen_diamond": "True once the diamond was in view",
                "failure": "why the episode has failed: lava; no target seen (the time is up, and what comes next, a "
                "tree or pick, the rock, the diamond, was never in view); time; empty before that and after a success",
            },
            # The way that stays free has two walks of less than 2 size + 14 moves, round the cave at most once each,
            # with less turns than moves; behind the rock are at most 25 cells.
            optimal_return=1.0 if self.steps >= 8 * self.size + 120 else None,
            source="Li et al., Auto MC-Reward, CVPR 2024",
        )


def _cave(drawn: Sketch) -> Place:
    """A closed cave with the diamond in it and the rock in its wall; returns the cell before the rock."""
    size = len(drawn.cells)
    side = drawn.whole(5, 8)
    left, top = drawn.whole(2, size - side - 1), drawn.whole(2, size - side - 1)
    inside = [range(left + 1, left + side - 1), range(top + 1, top + side - 1)]
    drawn.cells[left : left + side, top : top + side] = codes.GREY_WALL
    drawn.cells[left + 1 : left + side - 1, top + 1 : top + side - 1] = codes.EMPTY
    along = drawn.whole(1, side - 1)
    ways = [((0, along), (-1, 0)), ((side - 1, along), (1, 0)), ((along, 0), (0, -1)), ((along, side - 1), (0, 1))]
    (x, y), (dx, dy) = drawn.one(ways)
    drawn.cells[left + x, top + y] = _ROCK
    drawn.put(codes.GOAL | codes.BLUE << 4, drawn.free(*inside))
    for a, b in drawn.free(*inside):  # nothing but the diamond is put here
        drawn.cells[a, b] = codes.FLOOR | codes.GREY << 4
    return left + x + dx, top + y + dy


def _apart(drawn: Sketch, taken: list[Place]) -> list[Place]:
    """Free cells with nothing around them, some way from what has its place already."""
    empty = drawn.cells == codes.EMPTY
    for x, y in taken:
        empty[max(x - 1, 0) : x + 2, max(y - 1, 0) : y + 2] = False
    inner = np.lib.stride_tricks.sliding_window_view(empty, (3, 3)).all((2, 3))
    return [(int(x) + 1, int(y) + 1) for x, y in np.argwhere(inner)]


def _walk(drawn: Sketch, start: Place, goal: Place) -> list[Place]:
    """The cells of a shortest walk through empty cells, both ends included; which of several is drawn."""
    empty = (drawn.cells == codes.EMPTY).tolist()
    empty[goal[0]][goal[1]] = True
    ways = drawn.order([(1, 0), (-1, 0), (0, 1), (0, -1)])
    back, frontier = {start: start}, [start]
    while goal not in back:
        reached = []
        for x, y in frontier:
            for dx, dy in ways:
                there = x + dx, y + dy
                if empty[x + dx][y + dy] and there not in back:
                    back[there] = (x, y)
                    reached.append(there)
        frontier = reached
    walk = [goal]
    while walk[-1] != start:
        walk.append(back[walk[-1]])
    return walk


def _pour(drawn: Sketch, place: Place, safe: set[Place]) -> None:
    """A pool of lava: from a cell on, some cells beside it, never on the way that stays free."""
    last = len(drawn.cells) - 2
    for turn in drawn.random.integers(0, 4, drawn.whole(3, 12)):
        if drawn.cells[place] == codes.EMPTY and place not in safe:
            drawn.cells[place] = _LAVA
        dx, dy = codes.HEADINGS[turn]
        place = min(max(place[0] + int(dx), 1), last), min(max(place[1] + int(dy), 1), last)
