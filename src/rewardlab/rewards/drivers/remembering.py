"""Remembering: a reward that pays what another pays, and keeps the steps that it has seen.

    pay = R(s, a, s') once it is awake, R₀(s, a, s') or 0 before

Segments that people judge are cut from what the agent has done lately. Stands in a driver like any reward, so that no
environment and no agent needs to know of it.

Source: Christiano, Leike, Brown, Martic, Legg, Amodei, "Deep Reinforcement Learning from Human Preferences", NeurIPS
2017, Section 2.2 (trajectories are kept for comparisons while the agent learns); the form is ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, Tree, array, namespace, tree_map
from rewardlab.core.batch import ENV_ROW, Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadCheckpoint, BadOption
from rewardlab.core.reward import Reward

FIELDS = ("obs", "action", "reward", "next_obs", "terminated", "truncated")


@dataclass(kw_only=True)
class Remembering(Reward):
    """Pays what `reward` pays, once it is `awake`, and keeps the last steps of all rows.

    Args:
        reward: what pays, and learns from what passes by if it learns so.
        before: what pays until it is awake, such as a bonus for novelty; None for nothing.
        capacity: steps that are kept, over all rows.
        columns: of `info` that are kept; None for all that hold numbers and are there at every step.

    Attributes:
        awake: whether `reward` pays yet. True from the beginning unless somebody says otherwise.
        seen: steps that have passed by.

    Raises:
        BadOption: for no capacity.
    """

    reward: Reward
    before: Reward | None = None
    capacity: int = 100_000
    columns: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.capacity < 1:
            raise BadOption(f"capacity={self.capacity!r}", where="Remembering", expected="at least 1")
        self.awake = True
        self.forget()

    def forget(self) -> None:
        """Keep nothing of what was seen."""
        self.seen = 0
        self._held: dict[str, Tree] = {}  # field -> [capacity, ...]
        self._info: dict[str, np.ndarray] = {}  # column -> [capacity, ...]
        self._row = np.zeros(self.capacity, dtype=np.int64)

    @property
    def memory(self) -> bool:  # type: ignore[override]
        return self.reward.memory or (self.before is not None and self.before.memory)

    @property
    def learns(self) -> bool:
        return True

    def __call__(self, batch: Transitions) -> Array:
        pays = self.reward if self.awake else self.before
        return namespace(batch.reward).zeros_like(batch.reward) if pays is None else pays(batch)

    def reset(self, begun: Array) -> None:
        for reward in (self.reward, self.before):
            if reward is not None:
                reward.reset(begun)

    def update(self, batch: Transitions) -> dict[str, float]:
        """Keep steps [T, N], or [B] with `info["env_row"]`, oldest first; batches of other axes are left alone."""
        self._keep(batch)
        pays = self.reward if self.awake else self.before
        return pays.update(batch) if pays is not None and pays.learns else {}

    def facing(self) -> Reward:
        """A reward that pays what this one pays now and keeps nothing: for steps that are drawn from a memory."""
        return _Facing(self)

    def _keep(self, batch: Transitions) -> None:
        if len(batch.shape) == 2:
            row = np.broadcast_to(np.arange(batch.shape[1]), batch.shape).reshape(-1)
        elif len(batch.shape) == 1:
            row = array(batch.info.get(ENV_ROW, np.zeros(len(batch), dtype=np.int64)))
        else:
            return
        count = len(row)
        newest = slice(max(0, count - self.capacity), None)
        places = (self.seen + np.arange(count)[newest]) % self.capacity
        lead = len(batch.shape)

        def flat(x: Array) -> np.ndarray:
            whole = array(x)
            return whole.reshape(count, *whole.shape[lead:])[newest]

        info = {k: flat(v) for k, v in batch.info.items() if self._wanted(k, v)}
        if not self._held:
            self._held = {k: tree_map(lambda x: self._room(flat(x)), getattr(batch, k)) for k in FIELDS}
            self._info = {k: self._room(v) for k, v in info.items()}
        for k in FIELDS:
            _write(self._held[k], tree_map(flat, getattr(batch, k)), places)
        self._info = {k: v for k, v in self._info.items() if k in info and info[k].shape[1:] == v.shape[1:]}
        for k, room in self._info.items():
            room[places] = info[k]
        self._row[places] = row[newest]
        self.seen += count

    def _wanted(self, name: str, value: Any) -> bool:
        if self.columns is not None and name not in self.columns:
            return False
        return name != ENV_ROW and not isinstance(value, Mapping) and array(value).dtype.kind in "biuf"

    def _room(self, x: np.ndarray) -> np.ndarray:
        return np.zeros((self.capacity, *x.shape[1:]), dtype=x.dtype)

    def __len__(self) -> int:
        return min(self.seen, self.capacity)

    def episodes(self, last: int | None = None) -> list[Transitions]:
        """What is kept, as Transitions [T] of one episode each, row by row and oldest first.

        The first of a row may lack its beginning, and the last is neither terminated nor truncated while it runs.

        Args:
            last: steps that count, over all rows, the newest; None for all that are kept.
        """
        count = len(self) if last is None else min(last, len(self))
        order = (self.seen - count + np.arange(count)) % self.capacity  # oldest first
        order = order[np.argsort(self._row[order], kind="stable")]  # and row by row
        if not count:
            return []
        steps = self._at(order)
        row = self._row[order]
        border = np.flatnonzero(array(steps.done)[:-1] | (row[1:] != row[:-1])) + 1
        return [steps.rows(slice(a, b)) for a, b in zip([0, *border], [*border, count], strict=True)]

    def _at(self, places: np.ndarray) -> Transitions:
        held = {k: tree_map(lambda x: x[places], v) for k, v in self._held.items()}
        return Transitions(**held, info={k: v[places] for k, v in self._info.items()})

    def state_dict(self) -> dict[str, Any]:
        part = slice(0, len(self))
        return {
            "reward": self.reward.state_dict(),
            "before": {} if self.before is None else self.before.state_dict(),
            "awake": self.awake,
            "seen": self.seen,
            "held": {k: tree_map(lambda x: x[part].copy(), v) for k, v in self._held.items()},
            "info": {k: v[part].copy() for k, v in self._info.items()},
            "row": self._row[part].copy(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("reward", "before", "awake", "seen", "held", "info", "row"), where=self.name)
        seen = int(state["seen"])
        if len(state["row"]) != min(seen, self.capacity):
            raise BadCheckpoint(
                f"{len(state['row'])} of {seen} steps", where=self.name, expected=f"a memory of {self.capacity}"
            )
        self.reward.load_state_dict(state["reward"])
        if self.before is not None:
            self.before.load_state_dict(state["before"])
        self.forget()
        self.awake, self.seen = bool(state["awake"]), seen
        part = slice(0, len(self))

        def filled(x: Any) -> np.ndarray:
            room = self._room(np.asarray(x))
            room[part] = x
            return room

        self._held = {k: tree_map(filled, v) for k, v in state["held"].items()}
        self._info = {k: filled(v) for k, v in state["info"].items()}
        self._row[part] = state["row"]


class _Facing(Reward):
    """Pays what a `Remembering` pays now. Neither keeps nor learns: that is for whom the steps pass by.

    Args:
        remembering: whose reward it is.
    """

    def __init__(self, remembering: Remembering) -> None:
        self.remembering = remembering

    def __call__(self, batch: Transitions) -> Array:
        return self.remembering(batch)

    @property
    def memory(self) -> bool:  # type: ignore[override]
        return self.remembering.memory

    @property
    def learns(self) -> bool:
        return False


def _write(room: Tree, x: Tree, places: np.ndarray) -> None:
    """Put the leaves of x into those of room."""
    if isinstance(room, Mapping):
        for k in room:
            _write(room[k], x[k], places)
    elif isinstance(room, tuple):
        for a, b in zip(room, x, strict=True):
            _write(a, b, places)
    else:
        room[places] = x
