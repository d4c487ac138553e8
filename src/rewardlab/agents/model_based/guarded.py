"""A guarded planner: do what was planned, as long as one could still brake after it.

    u = plan(x)   if no violation follows from (plan(x), b, b, …, b) over T steps,   else   u = b(x)

b is a backup that ends in a state where nothing can go wrong any more: a car that brakes to a standstill. If it is free
of violations from the first state on, then none ever happens: after an accepted step it still is, and after its own
too. This holds for any plan, so that whoever wrote the cost need not be trusted; what must be right is the model. Where
observations are rounded, its limits are to be a little tighter than the true ones.

Source: Wabersich, Zeilinger, "A Predictive Safety Filter for Learning-Based Control of Constrained Nonlinear Dynamical
Systems", Automatica 2021, Section 3, Theorem 1 (with a backup law in place of a terminal plan).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.receding import Receding
from rewardlab.agents.loops.simulated import Model
from rewardlab.core.errors import BadOption

Backup = Callable[[np.ndarray], np.ndarray]  # observations [n, *obs] -> actions [n, A]


@dataclass
class Guarded:
    """A planner and its backup.

    Args:
        planner: any planner; None for whatever actions are handed to `guard`.
        backup: observations -> actions.
        model: in which the future is looked at.
        column: of the model's info, True where a limit is broken.
        steps: T >= 1, after which the backup has come to rest.

    Attributes:
        braked: how many steps were the backup's.
    """

    planner: Receding | None
    backup: Backup
    model: Model
    column: str = "violation"
    steps: int = 60
    braked: int = 0

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise BadOption(f"steps={self.steps!r}", where="Guarded", expected="at least 1")

    def control(
        self, obs: np.ndarray, plan: np.ndarray | None = None, rng: np.random.Generator | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Actions [n, A] for observations [n, *obs], and the plans to hand in at the next step.

        Raises:
            BadOption: without a planner.
        """
        if self.planner is None:
            raise BadOption("no planner", where="Guarded", mend="Guarded(planner, ...), or call guard(obs, action)")
        action, plan = self.planner.control(obs, plan, rng)
        return self.guard(obs, action), plan

    def guard(self, obs: np.ndarray, action: np.ndarray) -> np.ndarray:
        """The actions [n, A] that are safe to do: those handed in, or the backup's."""
        brake = self.backup(obs).astype(action.dtype)
        wanted = np.where(np.isfinite(action), action, brake)
        safe = self.safe(obs, wanted) & np.isfinite(action).all(axis=1)
        self.braked += int((~safe).sum())
        return np.where(safe[:, None], wanted, brake)

    def safe(self, obs: np.ndarray, action: np.ndarray) -> np.ndarray:
        """[n] bool: whether no limit is broken by these actions [n, A] and the backup after them."""
        state: Any = self.model.state(obs)
        fine = np.ones(len(obs), dtype=bool)
        for t in range(self.steps + 1):
            after = self.model.step(state, action)
            fine &= ~np.asarray(after.info[self.column]) & ~np.asarray(after.terminated)
            if not fine.any() or t == self.steps:
                break
            state = after.state
            action = self.backup(self.model.look(state))
        return fine
