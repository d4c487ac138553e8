"""The steps of one rollout as tensors on the device, and the minibatches that are learned from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from rewardlab.agents.loops.buffer_view import BufferView
from rewardlab.agents.loops.stream import Moved
from rewardlab.core.arrays import Tree, tree_leaves, tree_map


@dataclass
class Minibatch:
    """B steps that a policy took.

    Attributes:
        obs: [B, *obs].
        action: [B, *action] as drawn.
        log_prob: [B] under the policy that acted.
        outputs: [B, W] of the policy that acted: its whole distribution.
        value: [B, K] as that policy's critic had it.
        advantage: [B], of all streams together.
        returns: [B, K] targets of the values.
        mask: [B, A] bool of the actions that were allowed; None for all.
        memory: of a recurrent policy: what n rows remembered [n, H], and where episodes begin [T, n]; then the B = T n
            steps stand oldest first.
    """

    obs: Tree  # [B, *obs]
    action: Tensor  # [B, *action]
    log_prob: Tensor  # [B]
    outputs: Tensor  # [B, W]
    value: Tensor  # [B, K]
    advantage: Tensor  # [B]
    returns: Tensor  # [B, K]
    mask: Tensor | None = None  # [B, A]
    memory: tuple[Tensor, Tensor] | None = None  # [n, H], [T, n]

    def __len__(self) -> int:
        return len(self.log_prob)

    def rows(self, index: Tensor, memory: tuple[Tensor, Tensor] | None = None) -> "Minibatch":
        """The steps at `index` [M]."""

        def pick(x: Tensor) -> Tensor:
            return x.index_select(0, index)

        plain = {k: v for k, v in vars(self).items() if k != "memory"}
        picked: Any = {k: None if v is None else tree_map(pick, v) for k, v in plain.items()}
        return Minibatch(**picked, memory=memory)


class Rollout(BufferView):
    """T steps of N rows, oldest first; memory is made once.

    Args:
        steps: T.
        rows: N.
        device: where they stay.
    """

    def __init__(self, steps: int, rows: int, device: torch.device) -> None:
        self.steps, self.rows, self.device = steps, rows, device
        shape = (steps, rows)
        self.obs: Tree = None  # [T + 1, N, *obs]
        self.action: Tensor | None = None  # [T, N, *action]
        self.mask: Tensor | None = None  # [T, N, A]
        self.reward = torch.zeros(shape, device=device)
        self.terminated = torch.zeros(shape, dtype=torch.bool, device=device)
        self.truncated = torch.zeros(shape, dtype=torch.bool, device=device)
        self.live = torch.ones(shape, dtype=torch.bool, device=device)
        self.all_live = True
        self.first = torch.ones(rows, dtype=torch.bool, device=device)  # [N] where an episode begins with step 0
        self._obs_rooms: list[list[Tensor]] = []  # of each step, the leaves of its observations: views to be written
        self._rooms: list[list[Tensor]] = []  # of each step, what else is written of it
        self.finals: list[tuple[int, Tensor, Tree]] = []  # step, rows [M], what they showed last [M, *obs]
        self.all_final: Tree | None = None  # [T, N, *obs] where only the device knows what ended

    def begin(self, first: Tensor | None = None) -> None:
        """Forget the last rollout; `first` [N] bool: the rows in which an episode begins, None for all."""
        self.finals, self.pos, self.judged = [], 0, None
        self.first = torch.ones_like(self.first) if first is None else first
        if not self.all_live:
            self.live.fill_(True)
            self.all_live = True

    def look(self, t: int, obs: Tree, mask: Tensor | None = None) -> None:
        """What step t is to be decided on."""
        if self.obs is None:
            self.obs = tree_map(self._room, obs)
            self._obs_rooms = _by_steps(tree_leaves(self.obs))
        for room, x in zip(self._obs_rooms[t], tree_leaves(obs), strict=True):
            room.copy_(x)
        if mask is not None:
            if self.mask is None:
                self.mask = torch.ones((self.steps, *mask.shape), dtype=torch.bool, device=self.device)
            self.mask[t] = mask

    def _room(self, x: Tensor) -> Tensor:
        return torch.empty((self.steps + 1, *x.shape), dtype=x.dtype, device=self.device)

    def write(self, t: int, action: Tensor, moved: Moved) -> None:
        """What step t did and brought."""
        if self.action is None:
            self.action = torch.empty((self.steps, *action.shape), dtype=action.dtype, device=self.device)
            self._rooms = _by_steps([self.action, self.reward, self.terminated, self.truncated])
        self.pos = t + 1
        for room, x in zip(self._rooms[t], (action, moved.reward, moved.terminated, moved.truncated), strict=True):
            room.copy_(x)
        if moved.live is not None:
            self.live[t], self.all_live = moved.live, False
        if moved.final is not None:
            if moved.ended is None:
                if self.all_final is None:
                    self.all_final = tree_map(lambda x: x[:-1].clone(), self.obs)
                tree_map(lambda room, x: room[t].copy_(x), self.all_final, moved.final)
            else:
                rows = torch.as_tensor(moved.ended, device=self.device)
                self.finals.append((t, rows, moved.final))

    def cut(self) -> tuple[Tensor, Tensor, Tree | None]:
        """Steps [M], rows [M] and last observations [M, *obs] of the episodes whose end shows another's first frame."""
        if self.all_final is not None:
            steps, rows = (self.terminated | self.truncated).nonzero(as_tuple=True)
            return steps, rows, tree_map(lambda x: x[steps, rows], self.all_final)
        if not self.finals:
            none = torch.zeros(0, dtype=torch.int64, device=self.device)
            return none, none, None
        steps = torch.cat([torch.full_like(rows, t) for t, rows, _ in self.finals])
        trees = [last for _, _, last in self.finals]
        return steps, torch.cat([r for _, r, _ in self.finals]), tree_map(lambda *x: torch.cat(x), *trees)

    def next_obs(self) -> Tree:
        """[T, N, *obs] the true successors."""
        steps, rows, last = self.cut()
        out = tree_map(lambda x: x[1:].clone(), self.obs)
        if last is not None:
            tree_map(lambda room, x: room.index_put_((steps, rows), x), out, last)
        return out

    @property
    def done(self) -> Tensor:
        """[T, N] bool."""
        return self.terminated | self.truncated

    @property
    def begun(self) -> Tensor:  # type: ignore[override]
        """[T, N] bool: an episode begins with this step."""
        return torch.cat([self.first[None], self.done[:-1]])


def _by_steps(parts: list[Tensor]) -> list[list[Tensor]]:
    """T lists of views, one of each of the parts [T, ...]: to index a tensor costs as much as to write it."""
    return [list(step) for step in zip(*(x.unbind(0) for x in parts), strict=True)]


def minibatches(batch: Minibatch, size: int | None, generator: torch.Generator) -> Iterator[Minibatch]:
    """All steps once, in an order drawn anew, `size` at a time (None: all at once, in their own order).

    Steps that a memory joins stay together: whole rows, as many as `size` holds and one at least.
    """
    if size is None:
        yield batch
    elif batch.memory is None:
        order = torch.randperm(len(batch), generator=generator, device=generator.device)
        for index in order.split(size):
            yield batch.rows(index)
    else:
        held, begun = batch.memory
        steps, rows = begun.shape
        order = torch.randperm(rows, generator=generator, device=generator.device)
        clock = torch.arange(steps, device=order.device)[:, None] * rows
        for some in order.split(max(1, size // steps)):
            yield batch.rows((clock + some).flatten(), (held[some], begun[:, some]))
