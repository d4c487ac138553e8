"""The rules of all tasks on the compiled grid kernel: levels are dealt, steps are the kernel's, views are shown.

A task says which levels there are; everything else stands here and below it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree, tree_map
from rewardlab.core.errors import BadOption, nearest
from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.kernel import codes, observe
from rewardlab.envs.gridworlds.kernel.missions import Missions
from rewardlab.envs.world import Columns, Rules, State


@dataclass
class GridRules(Rules):
    """What tasks on the grid kernel share; not an environment itself.

    Args:
        observation: "dict" (image, direction, mission), "one_hot" (the image one-hot), "flat" (all of it in one Box),
            "full" (the whole level), "rgb" or "rgb_partial" (pixels of the level or of the view).
        view: cells of a side of what the agent sees, odd, 3 to 15.
        tile: pixels of a side of a cell, for pixels.
        columns: names of the info columns to give, None for all; fewer cost less.

    Raises:
        BadOption: for an unknown observation or column, or a view that is even or out of range.
    """

    keys: ClassVar[Mapping[str, int]] = {
        "left": 0, "a": 0, "right": 1, "d": 1, "up": 2, "w": 2, "p": 3, "tab": 3, "x": 4, "space": 5, "enter": 6,
    }  # fmt: skip

    observation: str = "dict"
    view: int = 7
    tile: int = 8
    columns: tuple[str, ...] | list[str] | None = None

    own: ClassVar[tuple[str, ...]] = ()
    """Names of the info columns that this task gives beside those that all tasks give."""
    notes: ClassVar[tuple[int, ...]] = ()
    """Fields that this task writes and no rule reads: situations that differ in them alone are one."""

    def _set_up(
        self, width: int, height: int, missions: Missions, *, rule: int, through: bool = False, inside: bool = False,
        balls: int = 0, flat_pay: bool = False, actions: int = 7,
    ) -> None:  # fmt: skip
        """The second half of construction, once the task knows its levels' size and rule."""
        from rewardlab.envs.gridworlds.kernel.batch import constants
        from rewardlab.envs.gridworlds.kernel.columns import COMPILED, NAMES
        from rewardlab.envs.gridworlds.kernel.view import SIZES

        name = type(self).__name__
        if self.view not in SIZES:
            raise BadOption(f"view={self.view!r}", where=name, expected=f"one of {SIZES}", mend="view=7")
        if not 1 <= self.tile <= 64:
            raise BadOption(f"tile={self.tile!r}", where=name, expected="1 to 64 pixels", mend="tile=8")
        if not (3 <= width <= 50 and 3 <= height <= 50):
            raise BadOption(f"a level of {width} x {height} cells", where=name, expected="sides of 3 to 50 cells")
        self.width, self.height, self.missions = width, height, missions
        self.const = constants(
            width, height, view=self.view, through=through, rule=rule, inside=inside, balls=balls, flat_pay=flat_pay
        )
        self.action_space = spaces.Discrete(actions)
        self.observation_space = observe.space(
            self.observation, view=self.view, width=width, height=height, tile=self.tile, missions=missions
        )
        names = (*NAMES, *self.own)
        for column in self.columns or ():
            if column not in names:
                raise BadOption(f"column {column!r}", where=name, expected=f"of {names}", mend=nearest(column, names))
        wanted = frozenset(names if self.columns is None else self.columns)
        self._told_own = tuple(column for column in self.own if column in wanted)
        self._told = wanted & COMPILED
        self._told_mission, self._told_seed = "mission" in wanted, "level_seed" in wanted

    fresh: ClassVar[Any] = None
    """What draws the `Levels` of seeds [k], where each episode has a new level and nothing else is drawn with it."""

    def deal(self, rng: Streams) -> tuple[Any, np.ndarray]:
        """The levels of new episodes: some `Levels`, and for each row of `rng` which of them it gets, [n] int64."""
        raise NotImplementedError

    # -- the rules of a batch, for those who hold states themselves ------------------------------------------------

    def rows(self, n: int, *, device: Any, where: str, copy: bool = True, threads: int | None = None) -> Any:
        from rewardlab.envs.gridworlds.kernel.cuda_rows import CudaRows, on_cuda
        from rewardlab.envs.gridworlds.kernel.grid_rows import GridRows

        if on_cuda(device):
            return CudaRows(self, n, device=device, where=where, copy=copy)
        return GridRows(self, n, device=device, where=where, copy=copy, threads=threads)

    def batch(self, n: int, *, threads: int | None = None) -> Any:
        """A `Batch` of n rows of this task."""
        from rewardlab.envs.gridworlds.kernel.batch import Batch

        return Batch(self.const, n, threads=threads)

    def start(self, n: int, rng: Streams) -> State:
        batch = self.batch(n)
        levels, which = self.deal(rng)
        batch.begin(np.arange(n), levels, which)
        return {**batch.get_state(), "words": levels.words[which]}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        batch = self.at(state)
        batch.step(np.ascontiguousarray(action, dtype=np.int64))
        after = {**batch.get_state(), "words": state["words"]}
        return after, batch.reward, batch.ended, {"success": batch.reward > 0}

    def look(self, state: State) -> Tree:
        return self.show(self.at(state).image, {**state, "words": state["words"].copy()})

    def at(self, state: State) -> Any:
        """A `Batch` in this state."""
        batch = self.batch(len(state["field"]), threads=1)
        batch.set_state(state)
        return batch

    def show(self, image: np.ndarray, state: State) -> Tree:
        """The observations of rows whose pictures are drawn."""
        return observe.observe(
            self.observation, image, lambda: self.grids(state), state["field"], state["words"], tile=self.tile
        )

    def bounds(self) -> list[tuple[str, list[int], int, int]]:
        """(what, fields, least, greatest) of the fields that the kernel takes for places: beyond them is no memory."""
        last, cells = self.width * self.height - 1, [codes.GOAL_AT, codes.KEY_AT, codes.DOOR_AT, codes.TAKE_AT]
        balls = list(range(codes.FIELDS, codes.FIELDS + int(self.const[codes.C_BALLS])))
        doors = [codes.P0, codes.P1] if self.const[codes.C_RULE] in (codes.OPEN_DOOR, codes.TWO_DOORS) else []
        return [
            ("an x", [codes.X], 0, self.width - 1),
            ("a y", [codes.Y], 0, self.height - 1),
            ("a heading", [codes.HEADING], 0, 3),
            ("something carried", [codes.CARRIED, codes.CARRIED_INSIDE], 0, 127),
            ("a place", cells, -1, last),
            ("an obstacle's or a door's place", balls + doors, 0, last),
        ]

    def check_parts(self, given: Any, mine: Mapping[str, np.ndarray], *, where: str) -> None:
        """Raises BadOption for parts of a state that are not of the kinds of `mine`, or point beyond the level."""

        def strange(what: str, expected: str) -> BadOption:
            return BadOption(f"a state {what}", where=where, expected=f"{expected}, as get_state() of this task gives")

        for key, own in mine.items():
            x = given.get(key) if isinstance(given, Mapping) else None
            if not isinstance(x, np.ndarray) or x.shape != own.shape or x.dtype != own.dtype:
                raise strange(f"whose {key!r} is {_kind(x)}", _kind(own))
        for name, columns, low, high in self.bounds():
            x = given["field"][:, columns]
            wrong = x[(x < low) | (x > high)]
            if len(wrong):
                raise strange(f"with {name} {int(wrong[0])}", f"{low}..{high}")
        words = given["words"]
        if (words < 0).any() or (words > len(self.missions.vocabulary)).any():
            raise strange("with an unknown word in a mission", "word ids of the task's vocabulary")

    def grids(self, state: State) -> np.ndarray:
        """[n, width, height] uint8 codes of the cells of a state."""
        from rewardlab.envs.gridworlds.kernel.batch import grids

        return grids(self.const, state["lines"])

    def inform(self, state: State) -> Columns:
        texts = np.array([self.missions.text(row) for row in state["words"]], dtype=object)
        return self.columns_of(self.at(state), texts, state["wide"][:, codes.LEVEL_SEED])

    def columns_of(self, batch: Any, texts: np.ndarray, seeds: np.ndarray) -> dict[str, Array]:
        """The info columns of the rows of a `Batch`, whose missions and level seeds are given, [n] each."""
        out: dict[str, Array] = {}
        if self._told_mission:
            out["mission"] = texts.copy()
        if self._told_seed:
            out["level_seed"] = seeds.copy()
        if self._told:
            told = batch.columns()
            out |= told if self.columns is None else {k: v for k, v in told.items() if k in self._told}
        return out

    def row_of(self, batch: Any, field: list[int], text: str, seed: np.uint64) -> dict[str, Any]:
        """The info of the only row of a `Batch`, whose mission and level seed are given."""
        if self.columns is not None and not self.columns:
            return {}
        told: dict[str, Any] = batch.row(field, text, seed)
        return told if self.columns is None else {k: v for k, v in told.items() if k in self.columns}

    # -- what it looks like ------------------------------------------------------------------------------------------

    def draw(self, state: State, i: int) -> np.ndarray:
        from rewardlab.envs.gridworlds.pictures import grid_shown

        return grid_shown.draw(self, state, i)

    def text(self, state: State, i: int) -> str:
        from rewardlab.envs.gridworlds.pictures import grid_shown

        return grid_shown.text(self, state, i)

    def coloured(self, state: State, i: int) -> str:
        from rewardlab.envs.gridworlds.pictures import grid_shown

        return grid_shown.text(self, state, i, colour=True)

    def to_mdp(self, seed: int = 0, gamma: float = 0.99) -> Any:
        """The exact `TabularMDP` of one level: a success pays 1 whenever it comes, and nothing else does.

        Args:
            seed: of the level, as in `reset(seed=)`.
            gamma: the discount; with 1, every state of the level must be able to lead to an end.

        Raises:
            BadOption: for a level with too many states.
        """
        return self.enumeration(seed, gamma).mdp

    def enumeration(self, seed: int = 0, gamma: float = 0.99) -> Any:
        """The same with its situations: an `Enumeration`."""
        if self.const[codes.C_RULE] == codes.OBSTACLES:
            from rewardlab.envs.gridworlds.search.moving_obstacles import enumerate_obstacles

            return enumerate_obstacles(self, self.first(seed), gamma=gamma)
        from rewardlab.envs.gridworlds.search.enumerate_states import enumerate_states

        return enumerate_states(self, self.first(seed), gamma=gamma)

    def table_observations(self, seed: int = 0) -> Tree:
        """What each state of `to_mdp(seed)` looks like, [S, *obs]; the last one, the end, looks as the one before."""
        seen = self.look(self.enumeration(seed).states)
        return tree_map(lambda x: np.concatenate([x, x[-1:]]), seen)

    def table_places(self, seed: int = 0) -> np.ndarray:
        """[S, 2] the row and column of the agent in each state of `to_mdp(seed)`; -1 for the end."""
        field = self.enumeration(seed).states["field"]
        places = field[:, [codes.Y, codes.X]].astype(np.int64)
        return np.concatenate([places, [[-1, -1]]])

    def first(self, *seeds: int) -> State:
        """The states in which the first episodes of these seeds begin."""
        rng = Streams(list(seeds))
        rng.begin(slice(None))
        return self.start(len(seeds), rng)


def _kind(x: Any) -> str:
    return f"{list(np.shape(x))} {getattr(x, 'dtype', type(x).__name__)}"
