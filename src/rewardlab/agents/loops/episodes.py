"""What the running episodes of N rows have earned, for the means that a logger shows."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import Tensor

from rewardlab.agents.loops.stream import Moved
from rewardlab.core.arrays import array
from rewardlab.core.errors import BadCheckpoint

TRUE = ("true_reward", "task_reward")  # the first that an environment writes is what an episode was worth


class Episodes:
    """Returns, true returns and lengths; what a driver or a monitor has summed already is taken as it stands.

    Args:
        n: rows.
    """

    def __init__(self, n: int) -> None:
        self.n = n
        self.paid, self.true = np.zeros(n), np.zeros(n)  # [N] of the running episodes
        self.length = np.zeros(n, dtype=np.int64)
        self._column: str | None = None  # what tells the true reward
        self._asked = False

    def add(self, moved: Moved) -> list[dict[str, Any]]:
        """One step: a record for each episode that ended, in the order of rows: {"r", "l"} and what else is known.

        "true" is the true return where a driver or the environment tells it; "success" where info has it.
        """
        live = True if moved.live is None else array(moved.live)
        self.paid += np.where(live, array(moved.reward), 0.0) if moved.live is not None else array(moved.reward)
        self.length += live
        if not self._asked:
            self._asked = True
            self._column = next((name for name in TRUE if moved.column(name) is not None), None)
        if self._column is not None:
            worth = moved.column(self._column)
            if worth is not None:
                self.true += np.where(live, array(worth), 0.0)
        assert moved.ended is not None
        if not len(moved.ended):
            return []
        records = [self._record(moved, k, int(i)) for k, i in enumerate(moved.ended)]
        self._begin(moved.ended)
        return records

    def _begin(self, rows: np.ndarray) -> None:
        self.paid[rows], self.true[rows], self.length[rows] = 0.0, 0.0, 0

    def _record(self, moved: Moved, k: int, i: int) -> dict[str, Any]:
        record: dict[str, Any] = {"r": float(self.paid[i]), "l": int(self.length[i])}
        if self._column is not None:
            record["true"] = float(self.true[i])
        told, true, success = (_of_row(moved, name, i) for name in ("episode", "episode_true", "is_success"))
        if told is not None:
            record |= {name: _number(told[name]) for name in told if name in ("r", "l", "t")}
        if true is not None:
            record["true"] = _number(true["r"])
        success = _of_row(moved, "success", i) if success is None else success
        if success is not None:
            record["success"] = float(success)
        return record

    def add_rollout(self, reward: Tensor, done: Tensor) -> list[dict[str, Any]]:
        """T steps at once, [T, N] each, where only the device knew what ended: the records in the order of steps."""
        paid, ends = array(reward).astype(np.float64), array(done)
        sums = np.cumsum(paid, axis=0) + self.paid
        clock = np.arange(1, len(paid) + 1)[:, None] + self.length
        records = []
        before, began = np.zeros(self.n), np.zeros(self.n, dtype=np.int64)
        for t, i in np.argwhere(ends):
            records.append({"r": float(sums[t, i] - before[i]), "l": int(clock[t, i] - began[i])})
            before[i], began[i] = sums[t, i], clock[t, i]
        self.paid, self.length = sums[-1] - before, clock[-1] - began
        return records

    def state_dict(self) -> dict[str, Any]:
        """The running sums."""
        return {"paid": self.paid.copy(), "true": self.true.copy(), "length": self.length.copy()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`.

        Raises:
            BadCheckpoint: if it is not one of as many rows.
        """
        held = {k: np.array(state.get(k)) for k in ("paid", "true", "length")}
        if any(x.shape != (self.n,) for x in held.values()):
            raise BadCheckpoint(f"sums of shape {held['paid'].shape}", where="Episodes", expected=f"{self.n} rows")
        self.paid, self.true, self.length = held["paid"], held["true"], held["length"].astype(np.int64)


def _number(x: Any) -> float | int:
    return np.asarray(array(x)).item()


def _of_row(moved: Moved, name: str, i: int) -> Any:
    """What the last step of an episode that ended in row i told under `name`; None if nothing."""
    if not isinstance(moved.info, Mapping):
        return moved.info[i].get(name)
    for columns in (moved.info.get("final_info", {}), moved.info):
        if name not in columns:
            continue
        mask = columns.get(f"_{name}")
        if mask is not None and not mask[i]:
            continue
        value = columns[name]
        if isinstance(value, Mapping):
            return {k: v[i] for k, v in value.items() if not k.startswith("_")}
        return value[i]
    return None
