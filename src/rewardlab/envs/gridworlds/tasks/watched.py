"""Tasks that watch what happens: after each step of the kernel they note something in its free fields.

The kernel knows MiniGrid's rules and nothing else. What a task wants to remember beside them, such as what has just
happened or what has been seen, it writes into the fields P0..P3, which belong to the state and are saved with it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.tasks.drawn import DrawnTask


@dataclass
class WatchedTask(DrawnTask):
    """What tasks that watch their steps share; not an environment itself."""

    def batch(self, n: int, *, threads: int | None = None) -> Any:
        from rewardlab.envs.gridworlds.tasks.watched_batch import WatchedBatch

        return WatchedBatch(self, n, threads=threads)

    def rows(self, n: int, *, device: Any, where: str, copy: bool = True, threads: int | None = None) -> Any:
        from rewardlab.envs.gridworlds.kernel.cuda_rows import on_cuda

        if on_cuda(device):
            raise BadOption(
                f"device={device!r}",
                where=where,
                expected='None or "cpu": this task watches its steps with NumPy',
                mend="one of MiniGrid's tasks, or KeyChain, on the GPU",
            )
        return super().rows(n, device=device, where=where, copy=copy, threads=threads)

    def kinds(self, batch: Any, at: np.ndarray) -> np.ndarray:
        """[n] the kind of the cell x * height + y = at [n] of each row."""
        from rewardlab.envs.gridworlds.kernel.view import PAD

        x, y = at // self.height, at % self.height
        lines = batch.parts()["lines"].view(np.uint8)  # the columns come first, each of whole words
        return lines[np.arange(batch.n), x * 8 * int(self.const[codes.C_COLUMN]) + PAD + y] & 15

    def before(self, batch: Any) -> dict[str, np.ndarray]:
        """What `after` must know of the rows before a step."""
        return {}

    def after(self, batch: Any, rows: np.ndarray, before: dict[str, np.ndarray], actions: np.ndarray) -> None:
        """A step has been done in these rows: note it; `batch.reward` and `batch.ended` may be changed."""

    def begun(self, batch: Any, rows: np.ndarray) -> None:
        """Episodes have begun in these rows: note what is seen."""
