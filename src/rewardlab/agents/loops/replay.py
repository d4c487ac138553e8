"""A replay memory of tensors: a ring of single steps, each of which knows the one that followed it.

Rows that were only being reset are never kept; successors are true, so that an end needs no second look.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rewardlab.core.arrays import Tree, array, tensor, tree_map
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption

Pay = Callable[[Transitions], Tensor]
FIELDS = ("obs", "next_obs", "action", "reward", "terminated", "truncated")


class Replay:
    """The last `capacity` steps.

    Args:
        capacity: steps, over all rows.
        rows: N that step together.
        device: where they stay.
        chained: each step knows the one that followed it: what sums of several steps need.

    Raises:
        BadOption: if not even one step of all rows has room.
    """

    def __init__(self, capacity: int, rows: int, device: torch.device, *, chained: bool = True) -> None:
        if capacity < rows:
            raise BadOption(
                f"buffer_size={capacity} for {rows} rows", where="Replay", expected=f"at least {rows}: one step of each"
            )
        self.capacity, self.rows, self.device, self.chained = int(capacity), rows, device, chained
        self.size = self.at = 0  # how many steps are held, and where the next one goes
        self.held: dict[str, Tree] = {}  # field -> [capacity, ...]
        self.info: dict[str, Tensor] = {}  # column -> [capacity, ...]
        # one place more than there are steps: what has no step before it is written there, and nobody reads it
        self.following = torch.full((chained * (self.capacity + 1),), -1, dtype=torch.int64, device=device)
        self.newest = torch.full((rows,), -1, dtype=torch.int64, device=device)  # [N] the last step of each row

    @property
    def full(self) -> bool:
        """Whether old steps make room for new ones."""
        return self.size == self.capacity

    def cut(self, rows: int) -> None:
        """All N rows begin anew: what comes next follows on no step that is held."""
        self.rows = rows
        self.newest = torch.full((rows,), -1, dtype=torch.int64, device=self.device)

    def __len__(self) -> int:
        return self.size

    def add(
        self, step: Mapping[str, Any], live: Tensor | None = None, info: Mapping[str, Tensor] | None = None
    ) -> None:
        """Take in one step of all rows.

        Args:
            step: each of `FIELDS`, [N, ...].
            live: [N] bool of the rows that moved; None for all.
            info: further columns [N, ...]; the same at every step.
        """
        rows = None if live is None else live.nonzero()[:, 0]
        n = self.rows if rows is None else len(rows)
        if not n:
            return
        if not self.held:
            self.held = {k: tree_map(self._room, step[k]) for k in FIELDS}
            self.info = {k: self._room(v) for k, v in (info or {}).items()}
        places: Any = slice(self.at, self.at + n)
        if self.at + n > self.capacity:
            places = (torch.arange(n, device=self.device) + self.at) % self.capacity

        def put(room: Tensor, x: Tensor) -> None:
            room[places] = (x if rows is None else x[rows]).to(room.dtype)

        for k in FIELDS:
            tree_map(put, self.held[k], step[k])
        for k, room in self.info.items():
            put(room, (info or {})[k])
        if self.chained:
            self._chain(rows, n, step["terminated"] | step["truncated"])
        self.at = (self.at + n) % self.capacity
        self.size = min(self.size + n, self.capacity)

    def _chain(self, rows: Tensor | None, n: int, ends: Tensor) -> None:
        """Let the last steps of n rows know the ones that stand at `at` now."""
        if rows is None:
            rows = torch.arange(self.rows, device=self.device)
        places = (torch.arange(n, device=self.device) + self.at) % self.capacity
        before = self.newest[rows]
        self.following[torch.where(before >= 0, before, self.capacity)] = places
        self.following[places] = -1
        self.newest[rows] = torch.where(ends[rows], -1, places)

    def _room(self, x: Tensor) -> Tensor:
        return torch.zeros((self.capacity, *x.shape[1:]), dtype=x.dtype, device=self.device)

    def rows_at(self, index: Tensor) -> Transitions:
        """The steps at `index` [B]."""
        picked = {k: tree_map(lambda x: x[index], self.held[k]) for k in FIELDS}
        return Transitions(
            picked["obs"],
            picked["action"],
            picked["reward"],
            picked["next_obs"],
            picked["terminated"],
            picked["truncated"],
            {k: v[index] for k, v in self.info.items()},
        )

    def sample(
        self, size: int, generator: torch.Generator, *, gamma: float, n_steps: int = 1, pay: Pay | None = None
    ) -> tuple[Transitions, Tensor]:
        """Steps drawn evenly with replacement, and the discount [B] of the value of their successors.

            r = Σ_{k<m} γᵏ r_k,    discount γᵐ, 0 where the episode has terminated

        Args:
            size: B.
            generator: draws.
            gamma: γ.
            n_steps: the most steps to sum; m is smaller where an episode, or what is known of it, ends before.
            pay: what each step pays now; None for what it paid then.

        Raises:
            BadBatch: before the first step.
            BadOption: for several steps of a memory that is not chained.
        """
        if n_steps > 1 and not self.chained:
            raise BadOption(f"n_steps={n_steps}", where="Replay", expected="1 in a memory that is not chained")
        if not self.size:
            raise BadBatch("a sample of an empty memory", where="Replay", mend="learning_starts of at least one step")
        index = torch.randint(self.size, (size,), generator=generator, device=self.device)
        first = self.rows_at(index)
        total = first.reward if pay is None else pay(first)
        discount = torch.full((size,), gamma, dtype=torch.float32, device=self.device)
        last, now = first, index
        for _ in range(n_steps - 1):
            after = torch.where(last.done, -1, self.following[now])
            on = after >= 0
            now = torch.where(on, after, now)
            step = self.rows_at(now)
            paid = step.reward if pay is None else pay(step)
            total = total + torch.where(on, discount * paid, 0.0)
            discount = torch.where(on, discount * gamma, discount)
            last = step
        # columns of the successor, such as its mask, go with the successor
        info = {k: (last if k.startswith("next_") else first).info[k] for k in first.info}
        batch = Transitions(first.obs, first.action, total, last.next_obs, last.terminated, last.truncated, info)
        return batch, discount * ~last.terminated

    def state_dict(self) -> dict[str, Any]:
        """The filled part, and where the next step goes."""
        part = slice(0, self.size)
        return {
            "size": self.size,
            "at": self.at,
            "held": {k: tree_map(lambda x: array(x[part]), v) for k, v in self.held.items()},
            "info": {k: array(v[part]) for k, v in self.info.items()},
            "following": array(self.following[part]) if self.chained else np.zeros(0, dtype=np.int64),
            "newest": array(self.newest),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict` of a memory of the same capacity and rows.

        Raises:
            BadCheckpoint: for another one.
        """
        check_keys(state, ("size", "at", "held", "info", "following", "newest"), where="Replay")
        if len(state["newest"]) != self.rows or state["size"] > self.capacity:
            raise BadCheckpoint(
                f"{state['size']} steps of {len(state['newest'])} rows",
                where="Replay",
                expected=f"at most {self.capacity} steps of {self.rows} rows",
            )
        if len(state["following"]) != self.chained * state["size"]:
            raise BadCheckpoint(
                f"{len(state['following'])} successors of {state['size']} steps",
                where="Replay",
                expected="those of all steps where n_steps > 1, and none where it is 1",
                mend="an agent with the n_steps that it was saved with",
            )
        self.size, self.at = int(state["size"]), int(state["at"])

        def fill(x: Any) -> Tensor:
            given = tensor(x.copy(), device=self.device)
            room = torch.zeros((self.capacity, *given.shape[1:]), dtype=given.dtype, device=self.device)
            room[: len(given)] = given
            return room

        self.held = {k: tree_map(fill, v) for k, v in state["held"].items()}
        self.info = {k: fill(v) for k, v in state["info"].items()}
        self.following.fill_(-1)
        self.following[: len(state["following"])] = tensor(state["following"].copy(), device=self.device)
        self.newest = tensor(state["newest"].copy(), device=self.device)
