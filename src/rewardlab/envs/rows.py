"""N rows of some rules with their states, streams and clocks: what both faces share."""

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium import spaces

from rewardlab.core.actions import check_action
from rewardlab.core.arrays import Array, Tree, is_torch, namespace, tensor, tree_map, tree_where
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams, entropy
from rewardlab.envs.rules import Columns, Rules, State


class Rows:
    """N rows of some rules with their states, streams and clocks: what both faces share."""

    def __init__(self, rules: Rules, n: int, *, device: Any = None, where: str = "") -> None:
        if device is not None and not rules.torch:
            raise BadOption(
                f"device={device!r}",
                where=where,
                expected="None: these rules are written for NumPy only",
                mend="leave it out",
            )
        self.rules, self.n, self.device, self.where = rules, n, device, where
        first = entropy()  # until a seed is given
        self.rng = Streams([(first + i) % 2**64 for i in range(n)], device=device)
        self.state: State = {}
        self.clock = np.zeros(n, dtype=np.int64)  # steps of the running episode
        self.over = np.ones(n, dtype=bool)  # no episode runs in this row

    def begin(self, mask: np.ndarray, rows: np.ndarray | None = None) -> None:
        """A fresh episode in each row of `mask` [N] bool; `rows` are their numbers, where they are known already."""
        if mask.all():
            self.rng.begin(slice(None))
            self.state = self.rules.start(self.n, self.rng)
        else:
            rows = np.flatnonzero(mask) if rows is None else rows
            where = rows if self.device is None else tensor(rows, device=self.device)
            self.rng.begin(where)
            part = self.rng.rows(where)
            fresh = self.rules.start(len(rows), part)
            self.rng.put(where, part)
            self.state = {k: _put(v, where, fresh[k]) for k, v in self.state.items()}
        self.clock = np.where(mask, 0, self.clock)
        self.over = self.over & ~mask

    def step(self, action: Tree, active: np.ndarray | None = None) -> tuple[Array, Array, dict[str, Array]]:
        """Move all rows, or the rows of `active` [N] bool: reward, terminated, info columns of the step."""
        state, reward, terminated, info = self.rules.move(self.state, action, self.rng)
        columns = dict(info)
        if "success" in columns:
            columns["is_success"] = columns["success"]
        if active is None:
            self.state = state
            self.clock = self.clock + 1
            return reward, terminated, columns
        own = active if self.device is None else tensor(active, device=self.device)
        self.state = tree_where(own, state, self.state)
        self.clock = self.clock + active
        return tree_where(own, reward, namespace(reward).zeros_like(reward)), terminated & own, columns

    def look(self) -> Tree:
        """The observations of all rows."""
        return self.rules.look(self.state)

    def last(self, mask: np.ndarray, rows: np.ndarray | None = None) -> np.ndarray:
        """The observations of the rows of `mask` [N] bool, on their own, before fresh episodes begin there."""
        return apart(self.look(), mask)  # texts as an array, which `apart` takes row by row

    def inform(self) -> Columns:
        """The info columns that the states of all rows carry."""
        return self.rules.inform(self.state)

    def told(self, rows: np.ndarray) -> Columns:
        """The info columns of some rows alone, [k, ...] for k row numbers."""
        return {key: value[rows] for key, value in self.inform().items()}

    def cut(self, limit: int | None) -> np.ndarray:
        """[N] bool: time is up, by a limit of steps or by the rules' own clock."""
        return np.zeros(self.n, dtype=bool) if limit is None else self.clock >= limit

    def check_action(self, action: Any, space: spaces.Space) -> Tree:
        """`action` for all rows as arrays, if it lies in `space`.

        Raises:
            BadAction: naming the environment, the value and what was expected; nothing has moved.
        """
        return check_action(action, space, self.n, where=self.where, device=self.device)

    def shown(self) -> tuple[Any, dict[str, Any]]:
        """Observation and info of the first row, in memory of their own: what a single environment shows."""
        return take(self.look(), 0), {k: first(v) for k, v in self.inform().items()}

    def play(self, action: Any, space: spaces.Space) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """One step of a single row, as Gymnasium's environments give it.

        Raises:
            BadAction: as `check_action`; nothing has moved.
        """
        reward, terminated, columns = self.step(self.check_one(action, space))
        ended, truncated = bool(terminated[0]), bool(self.cut(None)[0])
        self.over[0] = ended or truncated
        info = {k: first(v) for k, v in {**self.inform(), **columns}.items()}
        paid = float(reward[0]) if reward.ndim == 1 else take(reward, 0)  # a vector for several objectives
        return take(self.look(), 0), paid, ended, truncated, info

    def check_one(self, action: Any, space: spaces.Space) -> Tree:
        """A batch of one action, if it lies in the space; raises BadAction as `check_action`."""
        whole = isinstance(action, (int, np.integer)) and type(action) is not bool
        if whole and isinstance(space, spaces.Discrete) and space.start <= action < space.start + space.n:
            return np.array([action], dtype=space.dtype)
        if isinstance(space, spaces.Text):
            batch: Any = [action]
        else:
            try:
                batch = np.asarray(action)[None]
            except (TypeError, ValueError):
                batch = action
        return self.check_action(batch, space)

    def get_state(self) -> dict[str, Any]:
        """Everything that the next steps depend on, sharing no memory."""
        return copy.deepcopy({"state": self.state, "rng": self.rng, "clock": self.clock, "over": self.over})

    def check_state(self, saved: Any) -> None:
        """Raises BadOption for what is no state of so many rows."""
        if not isinstance(saved, Mapping) or saved.keys() != {"state", "rng", "clock", "over"}:
            raise BadOption(
                f"{type(saved).__name__} is no state", where=self.where, expected="what get_state() returned"
            )
        for key, kind in (("clock", np.int64), ("over", np.bool_)):
            x = saved[key]
            if not isinstance(x, np.ndarray) or x.ndim != 1 or x.dtype != kind:
                raise BadOption(
                    f"a state whose {key!r} is {x!r:.60}", where=self.where, expected=f"[{self.n}] {kind.__name__}"
                )
            if len(x) != self.n:
                raise BadOption(f"a state of {len(x)} rows", where=self.where, expected=f"{self.n} rows")
        if not isinstance(saved["rng"], Streams) or len(saved["rng"]) != self.n:
            raise BadOption(
                f"a state whose 'rng' is {type(saved['rng']).__name__}", where=self.where, expected=f"{self.n} Streams"
            )

    def set_state(self, saved: Mapping[str, Any]) -> None:
        """Go back to what `get_state` returned.

        Raises:
            BadOption: for what is no such state, or one of another number of rows.
        """
        self.check_state(saved)
        mine = copy.deepcopy(dict(saved))
        self.state, self.rng, self.clock, self.over = mine["state"], mine["rng"], mine["clock"], mine["over"]


def _put(old: Array, where: Array, rows: Array) -> Array:
    new = old.clone() if is_torch(old) else old.copy()
    new[where] = rows
    return new


def take(tree: Tree, i: int) -> Tree:
    """Row i of a batch of observations or columns, in memory of its own."""

    def row(x: Array) -> Any:
        value = x[i]
        if isinstance(value, np.ndarray):
            return value.copy()
        return bool(value) if isinstance(value, np.bool_) else value

    return tree_map(row, tree)


def apart(tree: Tree, mask: np.ndarray) -> np.ndarray:
    """The rows of `mask` [N] as an object array [N] of single observations, None elsewhere."""
    kept = np.full(len(mask), None, dtype=object)
    if isinstance(tree, np.ndarray) and tree.ndim == 1:
        kept[mask] = tree[mask]
    elif isinstance(tree, np.ndarray):
        for i, row in zip(np.flatnonzero(mask), tree[mask], strict=True):
            kept[i] = row
    else:
        for i in np.flatnonzero(mask):
            kept[i] = take(tree, int(i))
    return kept


def first(value: Any) -> Any:
    """Row 0 of a column, in memory of its own."""
    if not isinstance(value, np.ndarray):
        return take(value, 0)
    one = value[0]
    if isinstance(one, np.ndarray):
        return one.copy()
    return bool(one) if isinstance(one, np.bool_) else one


def blank(value: Array, mask: np.ndarray, device: Any) -> Array:
    """A column [N, ...] that is zero (None for objects) where `mask` [N] is not set."""
    if not is_torch(value) and value.dtype == bool and value.ndim == 1:
        return value & mask
    rows = np.flatnonzero(mask)
    return spread(value[rows if device is None else tensor(rows, device=device)], rows, len(mask), device)


def spread(part: Array, rows: np.ndarray, n: int, device: Any) -> Array:
    """A column [n, ...] that is zero (None for objects) but in `rows` [k], where it is `part` [k, ...]."""
    # written into zeros: NaN times zero would be NaN, and a negative number leave a negative zero
    if is_torch(part):
        whole = part.new_zeros((n, *part.shape[1:]))
        whole[tensor(rows, device=device)] = part
        return whole
    whole = np.zeros((n, *part.shape[1:]), part.dtype) if part.dtype != object else np.full(n, None, dtype=object)
    whole[rows] = part
    return whole
