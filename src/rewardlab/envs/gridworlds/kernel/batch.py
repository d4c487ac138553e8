"""N grids side by side in flat arrays, stepped in place by the compiled kernel."""

import itertools
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from rewardlab.core.processors import processors
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.kernel.buffers import Buffers
from rewardlab.envs.gridworlds.kernel.codes import FIELDS, WIDE
from rewardlab.envs.gridworlds.kernel.columns import Fill, Row
from rewardlab.envs.gridworlds.kernel.drivers import begin_rows, look_rows, step_rows
from rewardlab.envs.gridworlds.kernel.levels import Levels
from rewardlab.envs.gridworlds.kernel.view import PAD, line_words

ROWS_PER_THREAD = 2048  # below that, handing work to a thread costs more than it saves

State = dict[str, np.ndarray]


def constants(
    width: int, height: int, *, view: int = 7, through: bool = False, rule: int = codes.STANDARD,
    inside: bool = False, flat_pay: bool = False, balls: int = 0,
) -> np.ndarray:  # fmt: skip
    """What all environments of a task share, int64 [CONSTANTS]."""
    const = np.zeros(codes.CONSTANTS, dtype=np.int64)
    const[codes.C_WIDTH], const[codes.C_HEIGHT], const[codes.C_SIZE] = width, height, width * height
    const[codes.C_COLUMN], const[codes.C_ROW] = line_words(height), line_words(width)
    const[codes.C_LINES] = width * line_words(height) + height * line_words(width) + 1
    const[codes.C_VIEW], const[codes.C_THROUGH], const[codes.C_RULE] = view, through, rule
    const[codes.C_INSIDE], const[codes.C_FLAT_PAY], const[codes.C_BALLS] = inside, flat_pay, balls
    const[codes.C_WORDS] = -(-view * view * 3 // 8)
    return const


def wide_fields(const: np.ndarray) -> int:
    """How many wide fields an environment keeps: only tasks that draw as they step need their generator."""
    return WIDE if const[codes.C_RULE] == codes.OBSTACLES else 1


def grids(const: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """[n, width, height] uint8 codes of the cells of a state's lines [n, C_LINES]."""
    width, height = int(const[codes.C_WIDTH]), int(const[codes.C_HEIGHT])
    columns = np.ascontiguousarray(lines).view(np.uint8)[:, : 8 * width * int(const[codes.C_COLUMN])]
    return columns.reshape(len(lines), width, -1)[:, :, PAD : PAD + height] & 0x7F


class Batch:
    """N grids of one task.

    Args:
        const: from `constants`.
        n: environments.
        threads: how many threads step them; None for one per 2048 environments, up to the processors at hand.
    """

    def __init__(self, const: np.ndarray, n: int, *, threads: int | None = None) -> None:
        self.const, self.n, self.threads = const, n, threads
        self.view = int(const[codes.C_VIEW])
        size, lines, words = (int(const[i]) for i in (codes.C_SIZE, codes.C_LINES, codes.C_WORDS))
        told = const[codes.C_RULE] == codes.INSTRUCTION
        self._lines = np.zeros(n * lines + 1, dtype=np.uint64)  # a shifted load may look at the word behind the last
        self._cells, self.row = self._lines.view(np.uint8), Row(int(const[codes.C_WIDTH]), int(const[codes.C_HEIGHT]))
        self._inside = np.zeros(n * size if const[codes.C_INSIDE] else 0, dtype=np.uint8)
        self._tags = np.zeros(n * size if told else 0, dtype=np.uint8)
        self._places = np.zeros_like(self._tags)
        self.field = np.zeros((n, FIELDS + int(const[codes.C_BALLS])), dtype=np.int32)
        self.wide = np.zeros((n, wide_fields(const)), dtype=np.uint64)
        self.reward, self.ended, self.cut = np.zeros(n), np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
        self._words = words
        self._picture, self._pictures = np.zeros(n * words, dtype=np.uint64), Buffers(n * words, np.uint64)
        self._fill = Fill(n)
        self.fresh()
        used = threads or min(processors(), n // ROWS_PER_THREAD)
        self._pool = ThreadPoolExecutor(used - 1) if used > 1 else None
        self._cuts = np.linspace(0, n, max(used, 1) + 1).astype(int).tolist()
        self._all = np.ones(n, dtype=bool)

    def fresh(self, *, keep: bool = False) -> None:
        """New memory for pictures, rewards and endings: what was handed out stays as it is.

        Args:
            keep: with the pictures that are there.
        """
        n = self.n
        picture = self._pictures()
        if keep:
            picture[:] = self._picture
        self._picture = picture
        self.reward, self.ended, self.cut = np.empty(n), np.empty(n, dtype=bool), np.empty(n, dtype=bool)
        self._held = (
            self.const, self._lines, self._cells, self._inside, self._tags, self._places, self.field,
            self.wide, self._picture, self._picture.view(np.uint8),
        )  # fmt: skip
        self._stepped = (*self._held, self.reward, self.ended, self.cut)
        v = self.view
        self.image = np.lib.stride_tricks.as_strided(
            self._picture.view(np.uint8), (n, v, v, 3), (8 * self._words, 3 * v, 3, 1)
        )
        """[n, view, view, 3] uint8: what each agent sees, in the memory that the kernel writes."""
        self.front = self.image[0]
        """What the first agent sees."""

    def step(self, actions: np.ndarray, active: np.ndarray | None = None) -> int:
        """One step of the active rows; returns how many of their episodes have ended.

        Args:
            actions: [n] int64, all within the action space.
            active: [n] bool, None for all.
        """
        run, active = step_rows().run, self._all if active is None else active
        if self._pool is None:
            return int(run(0, self.n, actions, active, *self._stepped))
        cuts = self._cuts
        spans = itertools.pairwise(cuts[1:])
        parts = [self._pool.submit(run, a, b, actions, active, *self._stepped) for a, b in spans]
        return int(run(cuts[0], cuts[1], actions, active, *self._stepped)) + sum(part.result() for part in parts)

    def begin(self, rows: np.ndarray, levels: Levels, which: np.ndarray) -> None:
        """Put level which[i] into row rows[i]; both [k] int64."""
        new = levels.cells, levels.inside, levels.tags, levels.field, levels.wide
        begin_rows().run(rows, which, *self._held, *new)

    def columns(self) -> dict[str, np.ndarray]:
        """The info columns of all rows, see `columns.Fill`."""
        return self._fill(self.const, self.field)

    def grids(self) -> np.ndarray:
        """[n, width, height] uint8 codes of all cells."""
        return grids(self.const, self._lines[:-1].reshape(self.n, -1))

    def get_state(self) -> State:
        """Copies of all that the next steps depend on, each with leading axis n."""
        return {k: v.copy() for k, v in self.parts().items()}

    def set_state(self, state: Mapping[str, np.ndarray]) -> None:
        """Go to a state, and see it."""
        for key, mine in self.parts().items():
            mine[...] = state[key]
        look_rows().run(*self._held[:3], self.field, *self._held[-2:])

    def parts(self) -> State:
        """All that the next steps depend on, as views of the memory that the kernel writes."""
        n = self.n
        several = {"inside": self._inside, "tags": self._tags, "places": self._places}
        return {
            "lines": self._lines[:-1].reshape(n, -1), "field": self.field, "wide": self.wide,
            **{k: v.reshape(n, -1) for k, v in several.items()},
        }  # fmt: skip

    def __getstate__(self) -> dict[str, Any]:
        return {"const": self.const, "n": self.n, "threads": self.threads, "state": self.get_state()}

    def __setstate__(self, saved: dict[str, Any]) -> None:
        self.__init__(saved["const"], saved["n"], threads=saved["threads"])  # type: ignore[misc]
        self.set_state(saved["state"])
