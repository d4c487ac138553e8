"""The rules of all tasks on the compiled grid kernel: levels are dealt, steps are the kernel's, views are shown.

A task says which levels there are; everything else stands here and below it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.errors import BadOption, nearest
from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds import codes, observe
from rewardlab.envs.gridworlds.missions import Missions
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

    observation: str = "dict"
    view: int = 7
    tile: int = 8
    columns: tuple[str, ...] | list[str] | None = None

    def _set_up(
        self, width: int, height: int, missions: Missions, *, rule: int, through: bool = False, inside: bool = False,
        balls: int = 0, flat_pay: bool = False, actions: int = 7,
    ) -> None:  # fmt: skip
        """The second half of construction, once the task knows its levels' size and rule."""
        from rewardlab.envs.gridworlds.batch import constants
        from rewardlab.envs.gridworlds.view import SIZES

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
        for column in self.columns or ():
            if column not in _COLUMNS:
                raise BadOption(f"column {column!r}", where=name, expected=f"of {_COLUMNS}", mend=nearest(column, _COLUMNS))
        self._wanted = frozenset(_COLUMNS if self.columns is None else self.columns)

    def deal(self, rng: Streams) -> tuple[Any, np.ndarray]:
        """The levels of new episodes: some `Levels`, and for each row of `rng` which of them it gets, [n] int64."""
        raise NotImplementedError

    # -- the rules of a batch, for those who hold states themselves ------------------------------------------------

    def rows(self, n: int, *, device: Any, where: str, copy: bool = True, threads: int | None = None) -> Any:
        from rewardlab.envs.gridworlds.grid_rows import GridRows

        return GridRows(self, n, device=device, where=where, copy=copy, threads=threads)

    def start(self, n: int, rng: Streams) -> State:
        from rewardlab.envs.gridworlds.batch import Batch

        batch = Batch(self.const, n)
        levels, which = self.deal(rng)
        batch.begin(np.arange(n), levels, which)
        return {**batch.get_state(), "words": levels.words[which]}

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        batch = self._at(state)
        batch.step(np.ascontiguousarray(action, dtype=np.int64))
        after = {**batch.get_state(), "words": state["words"]}
        return after, batch.reward, batch.ended, {"success": batch.reward > 0}

    def look(self, state: State) -> Tree:
        return self.show(self._at(state).image, state)

    def _at(self, state: State) -> Any:
        from rewardlab.envs.gridworlds.batch import Batch

        batch = Batch(self.const, len(state["field"]), threads=1)
        batch.set_state(state)
        return batch

    def show(self, image: np.ndarray, state: State) -> Tree:
        """The observation of rows whose picture is drawn."""
        return observe.observe(
            self.observation, image, state["cells"], state["field"], state["words"].copy(), width=self.width,
            tile=self.tile,
        )  # fmt: skip

    def inform(self, state: State) -> Columns:
        texts = np.array([self.missions.text(row) for row in state["words"]], dtype=object)
        return self.columns_of(state, texts)

    def columns_of(self, state: State, texts: np.ndarray) -> Columns:
        """The info columns of rows whose missions are known as texts [n]."""
        field, wide = state["field"], state["wide"]
        out: dict[str, Array] = {}
        for name in _COLUMNS:
            if name not in self._wanted:
                continue
            if name == "mission":
                out[name] = texts.copy()
            elif name == "level_seed":
                out[name] = wide[:, codes.LEVEL_SEED].copy()
            elif name == "agent_pos":
                out[name] = field[:, codes.X : codes.Y + 1].astype(np.int64)
            elif name in _PLACES:
                out[name] = self._place(field[:, _PLACES[name]])
            elif name == "carrying_key":
                out[name] = field[:, codes.CARRIED] & 15 == codes.KEY
            elif name == "door_open":
                door = field[:, codes.DOOR_AT]
                cell = state["cells"][np.arange(len(door)), door]
                out[name] = (cell & 15 == codes.OPEN) & (door >= 0)
            elif name == "progress":
                took, opened = field[:, codes.TOOK], field[:, codes.OPENED]
                has_key, has_door = (field[:, codes.KEY_AT] >= 0) | (took > 0), field[:, codes.DOOR_AT] >= 0
                out[name] = (took * 1.0 + opened + field[:, codes.WON]) / (1.0 + has_key + has_door)
        return out

    def _place(self, at: np.ndarray) -> np.ndarray:
        """[n] cells -> [n, 2] int64 x, y; -1, -1 for none."""
        place = np.empty((len(at), 2), dtype=np.int64)
        np.floor_divide(at, self.height, out=place[:, 0])
        np.subtract(at, place[:, 0] * self.height, out=place[:, 1])
        place[at < 0] = -1
        return place


_PLACES = {"goal_pos": codes.GOAL_AT, "key_pos": codes.KEY_AT, "door_pos": codes.DOOR_AT}
_COLUMNS = (
    "mission", "level_seed", "agent_pos", "goal_pos", "key_pos", "door_pos", "carrying_key", "door_open", "progress",
)  # fmt: skip
