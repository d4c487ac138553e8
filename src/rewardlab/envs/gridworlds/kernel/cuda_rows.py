"""N rows of a task on a CUDA device: what is seen, paid and told stays there.

The host keeps the random streams, the clocks and the missions' texts, which change when an episode begins. A step moves
two bytes a row to the host, since it deals the levels of the next episodes there: which rows have ended, and which are
cut. Info columns are filled on the device; `columns=[]` spares even that.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, Tree, array, tensor, tree_map
from rewardlab.envs.gridworlds.kernel.codes import LEVEL_SEED
from rewardlab.envs.gridworlds.kernel.cuda import CudaBatch
from rewardlab.envs.gridworlds.kernel.grid_rules import GridRules
from rewardlab.envs.gridworlds.kernel.observe_tensors import KINDS, observe_tensors
from rewardlab.envs.rows import Rows
from rewardlab.envs.rules import Columns


def on_cuda(device: Any) -> bool:
    """Whether rows on this device are stepped there: "cuda", "cuda:1", a torch device of that kind."""
    return str(device).partition(":")[0] == "cuda"


class CudaRows(Rows):
    """N rows that live in a `CudaBatch`; `state` fetches its parts from the device when they are read.

    Args:
        rules: a task on the grid kernel.
        n: rows.
        device: see `CudaBatch`.
        where: who asks, for messages.
        copy: hand out new memory each step; False hands out the kernel's own, which the next step overwrites.

    Raises:
        BadOption: see `CudaBatch`.
    """

    rules: Any
    state: Any

    def __init__(self, rules: Any, n: int, *, device: Any = "cuda", where: str = "", copy: bool = True) -> None:
        super().__init__(rules, n, where=where)
        self._batch, self._copy = CudaBatch(rules.const, n, device=device, where=where), copy
        self.device = self._batch.device
        self._words = np.zeros((n, rules.missions.length), dtype=np.int64)
        self._mission = tensor(self._words.copy(), device=self.device)
        self._texts, self._seeds = np.full(n, "", dtype=object), np.zeros(n, dtype=np.uint64)
        self._shown = False  # has the picture in memory been handed out?
        # A task that shows or tells something of its own does that in NumPy, from a copy on the host.
        self._shows_own = type(rules).show is not GridRules.show or rules.observation not in KINDS
        self._tells_own = bool(rules.own)

    def begin(self, mask: np.ndarray, rows: np.ndarray | None = None) -> None:
        rows = np.flatnonzero(mask) if rows is None else rows
        self.rng.begin(rows)
        part = self.rng.rows(rows)
        levels, which = self.rules.deal(part)
        self.rng.put(rows, part)
        self._let_go()
        self._batch.begin(rows, levels, which)
        self._tell(rows, levels.words[which], levels.wide[which, LEVEL_SEED])
        self.state = _OnDevice(self._batch, self._words)
        self.clock[rows] = 0
        self.over[rows] = False

    def _let_go(self) -> None:
        """Before pictures are drawn anew between two steps: leave those that were handed out as they are."""
        if self._copy and self._shown:
            self._batch.fresh(keep=True)
            self._shown = False

    def _tell(self, rows: np.ndarray, words: np.ndarray, seeds: np.ndarray) -> None:
        self._words[rows], self._seeds[rows] = words, seeds
        self._texts[rows] = [self.rules.missions.text(row) for row in words]
        self._mission = self._mission.clone()
        self._mission[tensor(rows, device=self.device)] = tensor(words, device=self.device)

    def step(self, action: Tree, active: np.ndarray | None = None) -> tuple[Array, Array, dict[str, Array]]:
        if self._copy:
            self._batch.fresh()
            self._shown = False
        self._batch.step(action, active)
        self.clock += 1 if active is None else active
        success = self._batch.reward > 0
        return self._batch.reward, self._batch.ended, {"success": success, "is_success": success}

    def look(self) -> Tree:
        self._shown = True
        return self._see()

    def _see(self) -> Tree:
        batch = self._batch
        if self._shows_own:
            seen = self.rules.show(array(batch.image), {**self.state})
            return tree_map(lambda x: tensor(x, device=self.device), seen)
        mission = self._mission.clone() if self._copy else self._mission
        return observe_tensors(self.rules.observation, batch.image, batch.grids, batch.field, mission)

    def last(self, mask: np.ndarray, rows: np.ndarray | None = None) -> np.ndarray:
        rows = np.flatnonzero(mask)
        where = tensor(rows, device=self.device)
        seen = tree_map(lambda x: x[where], self._see())  # copied at once, not row by row
        kept = np.full(self.n, None, dtype=object)
        for i, row in enumerate(rows):
            kept[row] = tree_map(lambda x, i=i: x[i], seen)
        return kept

    def inform(self) -> Columns:
        batch = self.rules.at({**self.state}) if self._tells_own else self._batch
        return self.rules.columns_of(batch, self._texts, self._seeds)

    def cut(self, limit: int | None) -> np.ndarray:
        own = np.array(array(self._batch.cut))
        return own if limit is None else own | (self.clock >= limit)

    def get_state(self) -> dict[str, Any]:
        state = {**self._batch.get_state(), "words": self._words.copy()} if self.state else {}
        running, self.state = self.state, {}
        try:
            return {**super().get_state(), "state": state}
        finally:
            self.state = running

    def set_state(self, saved: Mapping[str, Any]) -> None:
        self.check_state(saved)
        given = saved["state"]
        if given:
            self.rules.check_parts(given, {**self._batch.get_state(), "words": self._words}, where=self.where)
        super().set_state({**saved, "state": {}})
        if given:
            self._let_go()
            self._batch.set_state(given)
            self._tell(np.arange(self.n), np.asarray(given["words"]), given["wide"][:, LEVEL_SEED])
            self.state = _OnDevice(self._batch, self._words)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "state": bool(self.state)}

    def __setstate__(self, saved: dict[str, Any]) -> None:
        self.__dict__.update(saved)
        self.state = _OnDevice(self._batch, self._words) if saved["state"] else {}


class _OnDevice(Mapping[str, np.ndarray]):
    """The state of running rows: each part is copied to the host when it is read."""

    def __init__(self, batch: CudaBatch, words: np.ndarray) -> None:
        self._batch, self._words = batch, words

    def __getitem__(self, key: str) -> np.ndarray:
        return self._words.copy() if key == "words" else self._batch.part(key)

    def __iter__(self) -> Iterator[str]:
        return iter([*self._batch.parts(), "words"])

    def __len__(self) -> int:
        return len(self._batch.parts()) + 1
