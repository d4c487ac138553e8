"""Hedge: exponential weights of losses that are all seen.

    p_k ∝ exp(−η_t L_k),    L_k the losses of arm k so far,    η_t = √(8 ln K / t)

Whatever the losses in [0, 1] are, Σ_t ⟨p_t, ℓ_t⟩ exceeds the losses of the best arm by at most √(T ln K / 2) with the
constant rate √(8 ln K / T), and by √(2 T ln K) + √(ln K / 8) at all T with the falling one.

Source: Freund, Schapire, "A Decision-Theoretic Generalization of On-Line Learning and an Application to Boosting",
Journal of Computer and System Sciences 1997, Figure 1; Cesa-Bianchi, Lugosi, "Prediction, Learning, and Games",
Cambridge University Press 2006, Theorems 2.2 and 2.3 (the bounds).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.regularisers import simplex_entropy
from rewardlab.agents.loops.rollout import Step
from rewardlab.agents.loops.weights import LawAgent, check_rate
from rewardlab.core.errors import BadReward, MissingColumn


@dataclass(eq=False, kw_only=True)
class Hedge(LawAgent):
    """Exponential weights with full information, for Discrete actions and any observation, which it ignores.

    It reads the losses of all arms from the info column `losses` [N, K], numbers in [0, 1], and learns nothing from the
    reward.

    Args:
        rate: η > 0, the same at all times; None for √(8 ln K / t).

    Attributes:
        losses: [M, K] L.

    Raises:
        BadOption: for a rate outside its range.
        MissingColumn: if the environment does not tell the losses of all arms.
        BadReward: for losses outside [0, 1].
    """

    rate: float | None = None

    def prepare(self) -> None:
        super().prepare()
        check_rate(self.rate, "Hedge")
        self.losses = np.zeros((self.memories, self.num_actions))

    def gather(self, step: Step, live: Any, memory: np.ndarray) -> None:
        super().gather(step, live, memory)
        told = step.column("losses")
        if told is None or told.shape != (len(step.live), self.num_actions):
            raise MissingColumn(
                "info has no 'losses' of all arms",
                where="Hedge",
                expected=f"[N, {self.num_actions}] in [0, 1]",
                mend="take an environment that shows them, or Exp3, which needs only the pay",
            )
        told = np.asarray(told[live], dtype=float)
        if not ((told >= 0) & (told <= 1)).all():
            raise BadReward(f"losses {told.min()}..{told.max()}", where="Hedge", expected="numbers in [0, 1]")
        np.add.at(self.losses, memory, told)
        t = (self.num_timesteps + len(memory)) // self.memories + 1
        eta = np.sqrt(8 * np.log(self.num_actions) / t) if self.rate is None else float(self.rate)
        self.chances = simplex_entropy(self.losses, np.full(self.memories, eta))

    def tables(self) -> dict[str, Any]:
        return {**super().tables(), "losses": self.losses}
