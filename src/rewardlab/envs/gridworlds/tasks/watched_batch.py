"""A batch whose steps are watched: after the kernel's step, the task notes something in its free fields."""

from typing import Any

import numpy as np

from rewardlab.envs.gridworlds.kernel.batch import Batch
from rewardlab.envs.gridworlds.kernel.levels import Levels


class WatchedBatch(Batch):
    """A batch whose steps are watched by its task.

    Args:
        rules: the task, a `WatchedTask`.
        n: environments.
        threads: see `Batch`.
    """

    def __init__(self, rules: Any, n: int, *, threads: int | None = None) -> None:
        self.rules = rules
        super().__init__(rules.const, n, threads=threads)

    def step(self, actions: np.ndarray, active: np.ndarray | None = None) -> int:
        before = self.rules.before(self)
        super().step(actions, active)
        rows = np.arange(self.n) if active is None else np.flatnonzero(active)
        self.rules.after(self, rows, before, actions)
        return int((self.ended | self.cut).sum())

    def begin(self, rows: np.ndarray, levels: Levels, which: np.ndarray) -> None:
        super().begin(rows, levels, which)
        self.rules.begun(self, rows)

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "rules": self.rules}

    def __setstate__(self, saved: dict[str, Any]) -> None:
        self.__init__(saved["rules"], saved["n"], threads=saved["threads"])  # type: ignore[misc]
        self.set_state(saved["state"])
