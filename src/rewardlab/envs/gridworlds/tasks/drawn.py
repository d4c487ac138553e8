"""Tasks whose levels we draw ourselves: a level is named by its seed, and drawn from that alone."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.kernel.grid_rules import GridRules
from rewardlab.envs.rows import first

Place = tuple[int, int]


class Sketch:
    """One level while it is drawn: walls around, nothing inside.

    Args:
        width, height: in cells, walls included.
        random: what the level is drawn from; only whole numbers are asked of it.

    Attributes:
        cells: [width, height] uint8 codes.
        inside: [width, height] uint8, what the boxes hold.
        agent: x, y.
        heading: 0 right, 1 down, 2 left, 3 up.
        mission: the text.
        fields: other numbers of the level, by their place in `codes`.
    """

    def __init__(self, width: int, height: int, random: np.random.Generator) -> None:
        self.cells = np.full((width, height), codes.EMPTY, dtype=np.uint8)
        self.cells[[0, -1]] = self.cells[:, [0, -1]] = codes.GREY_WALL
        self.inside = np.zeros_like(self.cells)
        self.random, self.agent, self.heading, self.mission = random, (1, 1), 0, ""
        self.fields: dict[int, int] = {}

    def whole(self, low: int, high: int) -> int:
        """A whole number in [low, high)."""
        return int(self.random.integers(low, high))

    def one(self, among: Sequence[Any]) -> Any:
        """One of these."""
        return among[self.whole(0, len(among))]

    def order(self, things: Iterable[Any]) -> list[Any]:
        """These in a random order."""
        left = list(things)
        return [left.pop(self.whole(0, len(left))) for _ in range(len(left))]

    def free(self, xs: range, ys: range, *, but: Iterable[Place] = ()) -> list[Place]:
        """The empty cells of a rectangle, without some."""
        without = set(but)
        return [(x, y) for x in xs for y in ys if self.cells[x, y] == codes.EMPTY and (x, y) not in without]

    def put(self, code: int, among: Sequence[Place]) -> Place:
        """An object in one of these cells."""
        place = self.one(among)
        self.cells[place] = code
        return place

    def put_agent(self, among: Sequence[Place]) -> Place:
        """The agent in one of these cells, with any heading."""
        self.agent, self.heading = self.one(among), self.whole(0, 4)
        return self.agent


@dataclass
class DrawnTask(GridRules):
    """What tasks with levels of our own share; not an environment itself.

    Args:
        levels: 0 for a new level each episode, or the size of a pool of levels that come again. An episode that begins
            with a seed has the level of that seed in any case.
        split: "train" or "test", two pools without a common level.

    Raises:
        BadOption: for a negative size, or an unknown split.
    """

    levels: int = 0
    split: str = "train"

    def _deal_levels(self, max_steps: int) -> None:
        """The last part of construction: where levels come from, and how long an episode may last."""
        from rewardlab.envs.gridworlds.kernel import pool

        where = type(self).__name__
        if self.split not in pool.FIRST:
            raise BadOption(f"split={self.split!r}", where=where, expected=f"one of {[*pool.FIRST]}")
        if not 0 <= self.levels <= pool.LARGEST:
            raise BadOption(f"levels={self.levels!r}", where=where, expected=f"0 for new ones, or 1..{pool.LARGEST}")
        self.max_steps = max_steps
        self._source: Any = (
            pool.Pool(self.draw_levels, self.levels, self.split) if self.levels else pool.Fresh(self.draw_levels)
        )

    @abstractmethod
    def sketch(self, random: np.random.Generator) -> Sketch:
        """The level that this generator draws."""

    def deal(self, rng: Streams) -> tuple[Any, np.ndarray]:
        return self._source.deal(rng)

    def own_columns(self, batch: Any) -> dict[str, Array]:
        """The info columns named in `own`, for all rows of a `Batch`; only those in `_told_own` need be filled."""
        return {}

    def columns_of(self, batch: Any, texts: np.ndarray, seeds: np.ndarray) -> dict[str, Array]:
        return super().columns_of(batch, texts, seeds) | self._told_of(batch)

    def row_of(self, batch: Any, field: list[int], text: str, seed: np.uint64) -> dict[str, Any]:
        return super().row_of(batch, field, text, seed) | {name: first(x) for name, x in self._told_of(batch).items()}

    def _told_of(self, batch: Any) -> dict[str, Array]:
        own = self.own_columns(batch) if self._told_own else {}
        return {name: own[name] for name in self._told_own}

    def draw_levels(self, seeds: np.ndarray) -> Any:
        """The levels of these seeds [k] uint64, as `Levels`."""
        return self.as_levels([self.sketch(np.random.Generator(np.random.PCG64(int(seed)))) for seed in seeds], seeds)

    def as_levels(self, sketches: Sequence[Sketch], seeds: Any) -> Any:
        """These sketches as `Levels`, each named by its number in `seeds`."""
        from rewardlab.envs.gridworlds.kernel.levels import Levels

        levels = Levels.empty(len(sketches), self.width * self.height, length=self.missions.length)
        for row, (drawn, seed) in enumerate(zip(sketches, seeds, strict=True)):
            levels.cells[row], levels.inside[row] = drawn.cells.ravel(), drawn.inside.ravel()
            field = levels.field[row]
            field[[codes.X, codes.Y]], field[codes.HEADING] = drawn.agent, drawn.heading
            field[codes.MAX_STEPS] = self.max_steps
            for at, value in drawn.fields.items():
                field[at] = value
            levels.wide[row, codes.LEVEL_SEED] = seed
            levels.words[row] = self.missions.row(drawn.mission)
        return levels
