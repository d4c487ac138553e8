"""The bandit loop: how often each arm was pulled, what it paid, and the regret where the environment knows it."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.agents.loops.online import OnlineAgent
from rewardlab.agents.loops.rollout import Step


@dataclass(eq=False)
class BanditAgent(OnlineAgent):
    """An agent that knows its arms by their mean pay and looks at no observation.

    Methods write `prepare` (options alone) and `pull`. All N rows feed one memory: a step pulls N arms at once, of
    whose pay nothing is known before all of them are pulled.

    Attributes:
        counts: [K] pulls of each arm.
        totals: [K] pay of each arm.
        regret: sum of the info column `pseudo_regret` over all pulls; NaN where the environment does not tell it.
        regret_log: (pulls, regret) after the first pull and then at each twentieth more.
    """

    observations: ClassVar[tuple[type[spaces.Space], ...]] = (
        spaces.Box,
        spaces.Discrete,
        spaces.MultiBinary,
        spaces.MultiDiscrete,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self.counts = np.zeros(self.num_actions, dtype=np.int64)  # [K]
        self.totals = np.zeros(self.num_actions)  # [K]
        self.regret = 0.0
        self.regret_log: list[list[float]] = []

    def pull(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """The arms [n] to pull at once."""
        raise NotImplementedError

    @property
    def means(self) -> np.ndarray:
        """[K] mean pay of each arm, 0 before its first pull."""
        return self.totals / np.maximum(self.counts, 1)

    def choose(self, obs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return self.pull(len(obs), rng)

    def greedy(self, obs: np.ndarray) -> np.ndarray:
        known = np.where(self.counts > 0, self.means, -np.inf)
        return np.full(len(obs), known.argmax())

    def absorb(self, step: Step) -> None:
        live = slice(None) if step.live.all() else step.live
        arm = step.action[live] - self.first_action
        self.counts = self.counts + np.bincount(arm, minlength=self.num_actions)
        self.totals = self.totals + np.bincount(arm, step.reward[live], minlength=self.num_actions)
        lost = step.column("pseudo_regret")
        self.regret += math.nan if lost is None else float(lost[live].sum())
        pulls = int(self.counts.sum())
        if not self.regret_log or pulls >= 1.05 * self.regret_log[-1][0]:
            self.regret_log.append([pulls, self.regret])

    def tables(self) -> dict[str, Any]:
        held = {"counts": self.counts, "totals": self.totals}
        return {**held, "regret": self.regret, "regret_log": self.regret_log}


def any_best(values: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """n draws [n] among the largest of values [K], each of equals alike."""
    best = np.flatnonzero(values == values.max())
    return best[rng.integers(len(best), size=n)]
