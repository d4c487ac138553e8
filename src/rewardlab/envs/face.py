"""What the single and the vector face of a world share: state, description, rendering, and checks at the door."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rewardlab.core.arrays import array, tensor
from rewardlab.core.errors import BadOption, ResetNeeded, nearest
from rewardlab.core.rng import Streams
from rewardlab.envs.rows import Rows
from rewardlab.envs.rules import Card, Rules, State

RENDER_MODES = ("rgb_array", "ansi")


class Face:
    """Some rules and the rows that they move; stands before Gymnasium's environment class."""

    rules: Rules
    _rows: Rows

    def get_state(self) -> dict[str, Any]:
        """A copy of everything that the next steps of all rows depend on."""
        return self._rows.get_state()

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go back to what `get_state` returned."""
        self._rows.set_state(state)

    def clone(self, rows: Any) -> None:
        """Make each row i a copy of row rows[i], its random stream included: for search from one situation.

        Args:
            rows: [N] row numbers.

        Raises:
            BadOption: for anything else; nothing has moved.
            ResetNeeded: before the first reset.
        """
        n, where = self._rows.n, f"{self._rows.where}.clone"
        index = array(rows) if not isinstance(rows, str) and rows is not None else np.zeros(0)
        if index.shape != (n,) or index.dtype.kind not in "iu" or not ((index >= 0) & (index < n)).all():
            raise BadOption(f"rows={rows!r:.80}", where=where, expected=f"[{n}] integers in 0..{n - 1}")
        saved = self._rows.get_state()
        if not saved["state"]:
            raise ResetNeeded("no row has begun an episode", where=where, mend="call reset() first")
        at = index if self._rows.device is None else tensor(index, device=self._rows.device)
        streams: Streams = saved["rng"]
        self._rows.set_state(
            {
                "state": {k: v[index if isinstance(v, np.ndarray) else at] for k, v in saved["state"].items()},
                "rng": streams.rows(index if streams.device is None else at),
                "clock": saved["clock"][index],
                "over": saved["over"][index],
            }
        )

    def coloured(self, i: int = 0) -> str:
        """Row i as text with ANSI colours, for a terminal that shows them."""
        return self.rules.coloured({k: array(v) for k, v in self._rows.state.items()}, i)

    def describe(self) -> Card:
        """What this environment is: spaces, reward, info columns, known returns."""
        return self.rules.card()

    def to_mdp(self) -> Any:
        """The exact `TabularMDP`, where the environment can be enumerated."""
        return self.rules.to_mdp()


def check_open(closed: bool, where: str) -> None:
    """Raises ResetNeeded for a closed environment."""
    if closed:
        raise ResetNeeded("this environment is closed", where=where, mend="make a new one")


def check_options(options: Mapping[str, Any] | None, known: tuple[str, ...], where: str) -> None:
    """Raises BadOption for a reset option that is not among the known ones."""
    if options is not None and not isinstance(options, Mapping):
        raise BadOption(f"options={options!r}", where=where, expected="None or a dict")
    for key in options or {}:
        if key not in known:
            raise BadOption(
                f"unknown option {key!r}", where=where, expected=f"one of {known}" if known else "no options"
            )


def check_render_mode(mode: str | None, where: str) -> str | None:
    """`mode`, if it is None or one of `RENDER_MODES`; else raises BadOption."""
    if mode is not None and mode not in RENDER_MODES:
        raise BadOption(
            f"render_mode={mode!r}",
            where=where,
            expected=f"None or one of {[*RENDER_MODES]}",
            mend=nearest(str(mode), RENDER_MODES),
        )
    return mode


def render(rules: Rules, state: State, i: int, mode: str | None) -> Any:
    """Row i of a state as a frame [height, width, 3] uint8 or as text; None without a mode."""
    if mode is None:
        return None
    if not state:
        raise ResetNeeded("render before the first reset", where=type(rules).__name__, mend="call reset() first")
    here = {k: array(v) for k, v in state.items()}
    return rules.draw(here, i) if mode == "rgb_array" else rules.text(here, i)
