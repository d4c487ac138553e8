"""How a grid world is shown: by number, in planes, as a small picture, as a large one, as text."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree, is_torch, namespace
from rewardlab.core.errors import BadOption, nearest
from rewardlab.envs.gridworlds.tables.grid_exact import losable
from rewardlab.envs.gridworlds.tables.grid_levels import Levels
from rewardlab.envs.gridworlds.tables.grid_picture import COLOURS, KINDS, WALKER, WALL, Board, lines
from rewardlab.envs.gridworlds.tables.table import Tables

SIDE = 32  # pixels of the small picture


class GridFaces:
    """The views of one grid world.

    Args:
        levels: its levels.
        objects: one mapping each, with `colour` (a name or None) and `reward` (low, high).
        hidden: whether objects are left out.
        view: "index", "planes" or "picture".

    Raises:
        BadOption: for an unknown view or colour.
    """

    def __init__(self, levels: Levels, objects: list[dict[str, Any]], *, hidden: bool, view: str) -> None:
        if view not in ("index", "planes", "picture"):
            raise BadOption(f"observation={view!r}", where="GridWorld", expected='"index", "planes" or "picture"')
        self.levels, self.hidden, self.view = levels, hidden, view
        self.good = [sum(o["reward"]) >= 0 for o in objects]
        names = [
            o["colour"] or ("gold", "green", "teal")[k % 3]
            if good
            else o["colour"] or ("purple", "red", "black")[k % 3]
            for k, (o, good) in enumerate(zip(objects, self.good, strict=True))
        ]
        for name in names:
            if name not in COLOURS:
                raise BadOption(
                    f"colour={name!r}", where="GridWorld", expected=", ".join(COLOURS), mend=nearest(str(name), COLOURS)
                )
        self.colours = [COLOURS[name] for name in names]
        self.lost = losable(levels)
        cells, things = levels.walls.shape[1], len(objects)
        self._things = 0 if hidden else things
        kinds = int(levels.kinds.max())
        still = [levels.walls, *(levels.kinds == k for k in range(1, kinds + 1))]
        pixel = np.arange(SIDE)
        palette = np.array([*KINDS, WALL, *self.colours, WALKER], dtype=np.uint8)
        self._tables = Tables(
            cells=np.arange(cells),
            thing=levels.thing,
            still=np.stack(still, axis=1),
            code=np.where(levels.walls, len(KINDS), levels.kinds),
            rows=pixel * levels.height // SIDE,
            columns=pixel * levels.width // SIDE,
            palette=palette,
            bits=2 ** np.arange(len(self.lost)),
            lost=self.lost,
        )
        self._kinds, self._shape = kinds, (levels.height, levels.width)

    def space(self) -> spaces.Space:
        """The observation space of the view."""
        cells = self.levels.walls.shape[1]
        if self.view == "index":
            return spaces.Discrete(cells if self.hidden else cells * 2 ** len(self.lost))
        if self.view == "planes":
            return spaces.Box(0, 1, (2 + self._kinds + self._things, *self._shape), np.uint8)
        return spaces.Box(0, 255, (SIDE, SIDE, 3), np.uint8)

    def words(self) -> Mapping[str, str]:
        """Component -> meaning, of the view."""
        height, width = self._shape
        if self.view == "index":
            cell = f"row * {width} + column, 0..{height * width - 1}"
            if self.hidden or not len(self.lost):
                return {"cell": cell}
            there = ", ".join(f"2^{j} if object {k} is there" for j, k in enumerate(self.lost))
            return {"state": f"({there}, summed) * {height * width} + {cell}"}
        if self.view == "planes":
            kinds = [f"cells of kind {k}" for k in range(1, self._kinds + 1)]
            names = ["the agent", "walls", *kinds, *(f"object {k}" for k in range(self._things))]
            return {f"plane {i} [{height}, {width}]": f"1 where there is {n}, else 0" for i, n in enumerate(names)}
        return {"picture": f"[{SIDE}, {SIDE}, 3] RGB 0..255, cells as flat squares"}

    def look(self, state: Mapping[str, Array]) -> Tree:
        """The observations [n, *obs]."""
        cell, level, present = state["cell"], state["level"], state["present"]
        xp = namespace(cell)
        t = self._tables(cell.device if is_torch(cell) else None)
        if self.view == "index":
            if self.hidden or not len(self.lost):
                return cell + 0
            sets = (xp.astype(present[:, t["lost"]], xp.int64) * t["bits"]).sum(1)
            return sets * self.levels.walls.shape[1] + cell
        here = t["cells"] == cell[:, None]  # [n, C]
        shown = [(t["thing"][level] == k) & present[:, k, None] for k in range(self._things)]  # each [n, C]
        if self.view == "planes":
            planes = xp.concat([here[:, None], t["still"][level], *(s[:, None] for s in shown)], axis=1)
            return xp.reshape(xp.astype(planes, xp.uint8), (len(cell), -1, *self._shape))
        code = t["code"][level]
        for k, s in enumerate(shown):
            code = xp.where(s, len(KINDS) + 1 + k, code)
        code = xp.where(here, len(t["palette"]) - 1, code)
        cells = xp.reshape(t["palette"][code], (len(cell), *self._shape, 3))
        return xp.take(xp.take(cells, t["columns"], axis=2), t["rows"], axis=1)

    def _seen(self, state: Mapping[str, Array], i: int) -> list[tuple[int, int]]:
        """(object, its cell) for what is there to be seen."""
        place = self.levels.place[int(state["level"][i])]
        return [(k, int(place[k])) for k in range(self._things) if bool(state["present"][i, k])]

    def draw(self, state: Mapping[str, Array], i: int) -> np.ndarray:
        """An RGB frame of row i."""
        level = int(state["level"][i])
        code = np.where(self.levels.walls[level], len(KINDS), self.levels.kinds[level]).reshape(self._shape)
        board = Board(np.array([*KINDS, WALL], dtype=float)[code])
        for k, cell in self._seen(state, i):
            board.coin(cell, self.colours[k], good=self.good[k])
        board.walker(int(state["cell"][i]))
        return board.image()

    def text(self, state: Mapping[str, Array], i: int) -> str:
        """Row i as letters: # wall, . floor, 1-9 kinds, a-z objects, @ the agent."""
        level = int(state["level"][i])
        letters = np.array([".", *"123456789"])[self.levels.kinds[level]]
        letters[self.levels.walls[level]] = "#"
        for k, cell in self._seen(state, i):
            letters[cell] = chr(ord("a") + k)
        letters[int(state["cell"][i])] = "@"
        return lines(letters.reshape(self._shape))
