"""Memories: N rows that feed one memory, or N runs side by side with a memory each; and the regret of each."""

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.agents.loops.online import OnlineAgent
from rewardlab.agents.loops.rollout import Rollout, Step
from rewardlab.core.errors import BadCheckpoint, BadSpace


@dataclass(eq=False)
class MemoryAgent(OnlineAgent):
    """An online agent with M memories: one that all rows feed, or one for each row.

    Methods write `prepare`, `choose`, `greedy`, `gather` and `tables`, the latter with what they find in it.

    Args:
        independent: every row is a run of its own.

    Attributes:
        regret: [M] sums of the info column `pseudo_regret`; NaN where the environment does not tell it.
        regret_log: [steps of a memory, regret of each of the M] after the first step and then at each twentieth more.
    """

    independent: bool = field(default=False, kw_only=True)

    observations: ClassVar[tuple[type[spaces.Space], ...]] = (
        spaces.Box,
        spaces.Discrete,
        spaces.MultiBinary,
        spaces.MultiDiscrete,
    )

    keeps_rows: ClassVar[bool] = False
    """Whether the agent keeps something for each row of its environment, so that it always chooses for all rows."""

    def __post_init__(self) -> None:
        self.regret = np.zeros(0)  # [M]
        self.regret_log: list[list[float]] = []
        super().__post_init__()
        self.regret = np.zeros(self.memories)

    def gather(self, step: Step, live: Any, memory: np.ndarray) -> None:
        """Learn from a step: from its B rows `live`, an index, that feed memories [B]."""
        raise NotImplementedError

    @property
    def memories(self) -> int:
        """M."""
        return len(self.regret) or (self.n_envs if self.independent and self.n_envs else 1)

    def absorb(self, step: Step) -> None:
        live = slice(None) if step.live.all() else np.flatnonzero(step.live)
        rows = np.arange(len(step.live))[live]
        memory = rows if self.memories > 1 else np.zeros(len(rows), dtype=np.int64)
        self.gather(step, live, memory)
        lost = step.column("pseudo_regret")
        self.regret += math.nan if lost is None else np.bincount(memory, lost[live], minlength=self.memories)
        steps = (self.num_timesteps + len(rows)) // self.memories
        if not self.regret_log or steps >= 1.05 * self.regret_log[-1][0]:
            self.regret_log.append([steps, *self.regret.tolist()])

    def tables(self) -> dict[str, Any]:
        return {"regret": self.regret, "regret_log": self.regret_log}

    def set_env(self, env: Any) -> None:
        before = self.env, self._rollout
        super().set_env(env)
        if self.independent and self.n_envs != self.memories:
            rows = self.n_envs
            self.env, self._rollout = before
            raise BadCheckpoint(f"{rows} rows", where=self._name, expected=f"{self.memories}, one for each run")

    def _act(self, rollout: Rollout) -> np.ndarray:
        if rollout.live.all() or not (self.keeps_rows or self.memories > 1):
            return super()._act(rollout)
        return self.choose(rollout.obs, self._rng) + self.first_action  # what rows do that are being reset is ignored

    def check_rows(self, n: int) -> None:
        """Raises BadSpace unless n rows are what the memories can answer."""
        if self.memories not in (1, n):
            raise BadSpace(f"{n} observations", where=self._name, expected=f"{self.memories}, one for each run")
