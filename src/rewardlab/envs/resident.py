"""Rows that live on a device whole: in a step nobody asks the device for an answer.

Which rows have ended is known there alone. So the next episode is begun in every row, and taken where the running one
is over; the random streams are counters, and what a row does not take it has not drawn. Row for row the bits are those
of `Rows`.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree, array, is_torch, tensor, tree_where
from rewardlab.core.errors import BadAction, BadOption
from rewardlab.envs.rows import Rows
from rewardlab.envs.rules import Columns, Rules


class ResidentRows(Rows):
    """N rows of rules written for torch.

    An action outside the space is noticed on the device, played as the nearest one inside it, and refused at the next
    call that reads anything back: `check`, `reset` and `get_state`.

    Args:
        rules: of which `torch` is True, with actions that are numbers.
        n: rows.
        device: a torch device.
        where: who asks, for messages.

    Raises:
        BadOption: without a device, for rules in NumPy, or with actions of another kind.
    """

    def __init__(self, rules: Rules, n: int, *, device: Any, where: str = "") -> None:
        import torch

        space = rules.action_space
        if device is None or not rules.torch or not isinstance(space, _KINDS):
            raise BadOption(
                f"resident=True with device={device!r} and {type(space).__name__} actions",
                where=where,
                expected="a torch device, rules written for torch, and actions that are numbers",
                mend="leave resident out",
            )
        super().__init__(rules, n, device=device, where=where)
        low, high = _bounds(space)
        dtype = torch.from_numpy(np.empty(0, space.dtype)).dtype
        self._low, self._high = (torch.as_tensor(x, dtype=dtype, device=device) for x in (low, high))
        self._ticks = torch.zeros(n, dtype=torch.int64, device=device)  # steps of the running episodes
        self._wrong = torch.zeros((), dtype=torch.bool, device=device)
        self._all = torch.ones(n, dtype=torch.bool, device=device)

    def begin(self, mask: np.ndarray, rows: np.ndarray | None = None) -> None:
        self.check()
        super().begin(mask, rows)
        self._ticks = self._ticks * ~tensor(mask, device=self.device)

    def turn(self, action: Any, limit: int | None) -> tuple[Tree, Array, Array, Array, dict[str, Any]]:
        """One step of every row, what ended begun anew: as Gymnasium's vector environments give it in SAME_STEP.

        Args:
            action: [N, *action] tensor.
            limit: truncate after so many steps.

        Returns:
            observations [N, *obs], reward [N], terminated [N], truncated [N] and info: columns of every row with masks
            on the device; `final_obs` [N, *obs] and `final_info` hold what all rows showed before any began anew.

        Raises:
            BadAction: for another shape or kind of number.
        """
        state, reward, ended, told = self.rules.move(self.state, self._taken(action), self.rng)
        columns = dict(told)
        if "success" in columns:
            columns["is_success"] = columns["success"]
        ticks = self._ticks + 1
        cut = ~self._all if limit is None else ticks >= limit
        done = ended | cut
        last, before = self.rules.look(state), self.rules.inform(state)
        ahead = self.rng.ahead()
        self.state = tree_where(done, self.rules.start(self.n, ahead), state)
        self.rng.take(done, ahead)
        self._ticks = ticks * ~done
        info = {
            **self._marked(self.rules.inform(self.state), self._all),
            **self._marked(columns, ~done),
            "final_obs": last,
            "_final_obs": done,
            "final_info": self._marked({**before, **columns}, done),
            "_final_info": done,
        }
        return self.rules.look(self.state), reward, ended, cut, info

    def _taken(self, action: Any) -> Array:
        shape = (self.n, *(self.rules.action_space.shape or ()))
        whole = not self._low.dtype.is_floating_point
        if not is_torch(action) or tuple(action.shape) != shape or (whole and action.dtype.is_floating_point):
            given = f"{action.dtype} of shape {tuple(action.shape)}" if is_torch(action) else type(action).__name__
            raise BadAction(f"actions: {given}", where=self.where, expected=f"a tensor {shape} of {self._low.dtype}")
        given = action.to(self._low.device, self._low.dtype)
        inside = (given >= self._low) & (given <= self._high)
        self._wrong = self._wrong | ~inside.all()
        # NaN is neither above nor below: it takes the lower bound
        return given.clamp(self._low, self._high).where(given == given, self._low)

    def _marked(self, columns: Columns, mask: Array) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key, value in columns.items():
            column = tensor(value, device=self.device)
            out[key] = column if mask is self._all else tree_where(mask, column, column.new_zeros(()))
            out[f"_{key}"] = mask
        return out

    def check(self) -> None:
        """Ask the device whether all actions so far were inside the space.

        Raises:
            BadAction: once, if one was not.
        """
        if bool(self._wrong):
            self._wrong = self._wrong & False
            space = self.rules.action_space
            raise BadAction(
                "an action of an earlier step was outside the space, and played as the nearest inside",
                where=self.where,
                expected=f"actions in {space}",
                mend="without resident=True it is refused at once",
            )

    def get_state(self) -> dict[str, Any]:
        self.check()
        self.clock = np.array(array(self._ticks))
        return super().get_state()

    def set_state(self, saved: Mapping[str, Any]) -> None:
        super().set_state(saved)
        self._ticks = tensor(self.clock.copy(), device=self.device)


_KINDS = (spaces.Discrete, spaces.MultiDiscrete, spaces.MultiBinary, spaces.Box)


def _bounds(space: spaces.Space) -> tuple[Any, Any]:
    """The least and the greatest action."""
    if isinstance(space, spaces.Discrete):
        return space.start, space.start + space.n - 1
    if isinstance(space, spaces.MultiDiscrete):
        return space.start, space.start + space.nvec - 1
    if isinstance(space, spaces.Box):
        return space.low, space.high
    return 0, 1
