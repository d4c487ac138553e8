"""What a comparison counted, and the first difference it met."""

from dataclasses import asdict, dataclass, field
from typing import Any

ACTIONS = ("left", "right", "forward", "pickup", "drop", "toggle", "done")


@dataclass(frozen=True)
class Difference:
    """Where two environments went apart for the first time.

    Attributes:
        what: "image", "direction", "mission", "reward", "terminated" or "truncated"; "final ..." for `final_obs`.
        level_seed: MiniGrid's environment shows the level after `reset(seed=level_seed)`.
        actions: all actions since then; the last one led to the difference, and without any it is in the reset.
        ours: our value, as text.
        theirs: MiniGrid's.
        row: of a vector environment.
    """

    what: str
    level_seed: int
    actions: tuple[int, ...]
    ours: str
    theirs: str
    row: int = 0

    def __str__(self) -> str:
        step, last = len(self.actions), ACTIONS[self.actions[-1]] if self.actions else "reset"
        where = f"level {self.level_seed}, row {self.row}, step {step} ({last})"
        return f"{self.what} differs, {where}\n  ours:   {self.ours}\n  theirs: {self.theirs}\n  after:  {self.actions}"


@dataclass
class Report:
    """What a comparison counted.

    Attributes:
        steps: compared, over all rows.
        episodes: levels begun.
        successes: episodes that ended with a positive reward.
        failures: episodes that terminated without one.
        truncations: episodes that were cut off.
        changed: action -> how many of its steps changed the agent, the cell that it faced, or its hand.
        difference: the first one; comparing stops there.
    """

    steps: int = 0
    episodes: int = 0
    successes: int = 0
    failures: int = 0
    truncations: int = 0
    changed: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ACTIONS, 0))
    difference: Difference | None = None

    def __add__(self, other: "Report") -> "Report":
        counts = {k: getattr(self, k) + getattr(other, k) for k in _COUNTS}
        changed = {k: self.changed[k] + other.changed[k] for k in ACTIONS}
        return Report(**counts, changed=changed, difference=self.difference or other.difference)

    def plain(self) -> dict[str, Any]:
        """All of it as JSON would hold it."""
        return asdict(self)


_COUNTS = ("steps", "episodes", "successes", "failures", "truncations")
