"""N rows of a task on the grid kernel, kept in the kernel's own memory and stepped in place."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, Tree, array, tensor, tree_map
from rewardlab.envs.gridworlds.kernel.codes import HEADING, LEVEL_SEED, STEPS
from rewardlab.envs.gridworlds.kernel.columns import Few
from rewardlab.envs.gridworlds.kernel.grid_rules import GridRules
from rewardlab.envs.gridworlds.kernel.streams import begin_streams
from rewardlab.envs.rows import Rows, take
from rewardlab.envs.rules import Columns

_HEADINGS = [np.int64(heading) for heading in range(4)]


class GridRows(Rows):
    """N rows that live in a `Batch`: `state` is a view of its memory.

    Args:
        copy: hand out new arrays each step; False hands out the kernel's own, which the next step overwrites.
        threads: see `Batch`.
    """

    rules: Any

    def __init__(
        self, rules: Any, n: int, *, device: Any = None, where: str = "", copy: bool = True, threads: int | None = None
    ) -> None:
        self._batch = rules.batch(n, threads=threads)
        super().__init__(rules, n, where=where)
        self.device, self._copy = device, copy
        # two bytes a word suffice here; what is handed out without a copy must be of the space's own type
        self._words = np.zeros((n, rules.missions.length), dtype=np.int16 if copy else np.int64)
        self._first_words = self._words[0]
        self._texts = np.full(n, "", dtype=object)
        self._seeds = np.zeros(n, dtype=np.uint64)
        self._count = np.arange(n)
        self._one = np.zeros(1, dtype=np.int64)
        self._shown = False  # has the picture in memory been handed out?
        self._silent = rules.columns is not None and not rules.columns  # are there no info columns of the state?
        self._bare = rules.observation == "dict" and type(rules).show is GridRules.show and device is None

    @property
    def clock(self) -> np.ndarray:
        """[N] int64: steps of the running episode, which the kernel counts."""
        return self._batch.field[:, STEPS].astype(np.int64)

    @clock.setter
    def clock(self, steps: np.ndarray) -> None:
        pass  # a state brings the kernel's own count along

    def _live(self) -> dict[str, Array]:
        return {**self._batch.parts(), "words": self._words}  # which `get_state` widens

    def begin(self, mask: np.ndarray, rows: np.ndarray | None = None) -> None:
        rows = np.flatnonzero(mask) if rows is None else rows
        if self.rules.fresh is not None:
            levels, which = self.rules.fresh(begin_streams(self.rng, rows)), self._count[: len(rows)]
        else:
            self.rng.begin(rows)
            part = self.rng.rows(rows)
            levels, which = self.rules.deal(part)
            self.rng.put(rows, part)
        self._let_go()
        self._batch.begin(rows, levels, which)
        self._words[rows] = levels.words[which]
        self._seeds[rows] = levels.wide[which, LEVEL_SEED]
        if not self._silent:
            self._texts[rows] = [self.rules.missions.text(self._words[i]) for i in rows]
        if not self.state:
            self.state = self._live()
        self.over[rows] = False

    def _let_go(self) -> None:
        """Before pictures are drawn anew between two steps: leave those that were handed out as they are."""
        if self._copy and self._shown:
            self._batch.fresh(keep=True)
            self._shown = False

    def step(self, action: Tree, active: np.ndarray | None = None) -> tuple[Array, Array, dict[str, Array]]:
        if self._copy:
            self._batch.fresh()
            self._shown = False
        self._batch.step(array(action), active)
        reward, ended = self._batch.reward, self._batch.ended
        success = reward > 0
        columns = {"success": success, "is_success": success}
        if self.device is not None:
            reward, ended = tensor(reward, device=self.device), tensor(ended, device=self.device)
            columns = {k: tensor(v, device=self.device) for k, v in columns.items()}
        return reward, ended, columns

    def play(self, action: Any, space: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """One step of a single row, with as few arrays as can be: a microsecond here is a third of the whole."""
        known = action.__class__ is int or action.__class__ is np.int64
        self._one[0] = action if known and 0 <= action < space.n else self.check_one(action, space)[0]
        batch, rules = self._batch, self.rules
        ended = cut = False
        if batch.step(self._one):
            ended, cut = batch.ended.item(), batch.cut.item()
            self.over[0] = True
        reward, field = batch.reward.item(), batch.field.tolist()[0]
        if rules.observation == "dict":
            obs: Any = {
                "image": batch.front.copy(),
                "direction": _HEADINGS[field[HEADING]],
                "mission": self._first_words.copy(),
            }
        else:
            obs = take(self.look(), 0)
        info = rules.row_of(batch, field, self._texts[0], self._seeds[0])
        info["success"] = info["is_success"] = reward > 0
        return obs, reward, ended, cut, info

    def shown(self) -> tuple[Any, dict[str, Any]]:
        return take(self.look(), 0), self.rules.row_of(
            self._batch, self._batch.field.tolist()[0], self._texts[0], self._seeds[0]
        )

    def look(self) -> Tree:
        self._shown = True
        words = self._words
        if self._copy:
            words = words.astype(np.int64)
        if self._bare:  # what `show` would give, in a third of the time
            batch = self._batch
            return {"image": batch.image, "direction": batch.field[:, HEADING].astype(np.int64), "mission": words}
        seen = self.rules.show(self._batch.image, {**self.state, "words": words})
        return seen if self.device is None else tree_map(lambda x: tensor(x, device=self.device), seen)

    def last(self, mask: np.ndarray, rows: np.ndarray | None = None) -> np.ndarray:
        if self._bare:
            kept, batch = np.full(self.n, None, dtype=object), self._batch
            for i in (np.flatnonzero(mask) if rows is None else rows).tolist():
                kept[i] = {
                    "image": batch.image[i].copy(),
                    "direction": _HEADINGS[batch.field[i, HEADING]],
                    "mission": self._words[i].astype(np.int64),
                }
            return kept
        shown, self._shown = self._shown, False
        kept = super().last(mask)
        self._shown = shown
        return kept

    def inform(self) -> Columns:
        return self.rules.columns_of(self._batch, self._texts, self._seeds)

    def told(self, rows: np.ndarray) -> Columns:
        if self.rules.own:
            return super().told(rows)
        if self._silent:
            return {}
        some = Few(self.rules.const, self._batch.field[rows])
        return self.rules.columns_of(some, self._texts[rows], self._seeds[rows])

    def cut(self, limit: int | None) -> np.ndarray:
        own = self._batch.cut
        return own.copy() if limit is None else own | (self._batch.field[:, STEPS] >= limit)

    def get_state(self) -> dict[str, Any]:
        state = {**self._batch.get_state(), "words": self._words.astype(np.int64)} if self.state else {}
        return {**super().get_state(), "state": state}

    def set_state(self, saved: Mapping[str, Any]) -> None:
        """Go back to what `get_state` returned.

        Raises:
            BadOption: for what is no state of so many rows of this task; nothing has moved.
        """
        self.check_state(saved)
        given = saved["state"]
        if given:
            mine = {**self._batch.parts(), "words": self._words.astype(np.int64)}
            self.rules.check_parts(given, mine, where=self.where)
        super().set_state({**saved, "state": {}})
        if given:
            self._let_go()
            self._batch.set_state(given)
            self._words[...], self._seeds[:] = given["words"], given["wide"][:, LEVEL_SEED]
            self._texts[:] = [self.rules.missions.text(row) for row in self._words]
            self.state = self._live()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "state": bool(self.state)}  # the memory itself is the batch's

    def __setstate__(self, saved: dict[str, Any]) -> None:
        self.__dict__.update(saved)
        self._first_words = self._words[0]
        self.state = self._live() if saved["state"] else {}
