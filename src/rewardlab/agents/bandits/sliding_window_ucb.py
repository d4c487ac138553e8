"""Sliding-window UCB: confidence bounds of the last τ pulls alone.

    pull argmax_k  X̄_k(τ) + w √(ξ ln min(t, τ) / N_k(τ)),    arms without a pull among the last τ first

Old pulls say nothing after a change of the means, and they are forgotten. With C changes in T pulls a window of about
√(T ln T / C) loses about √(C T ln T).

Source: Garivier, Moulines, "On Upper-Confidence Bound Policies for Switching Bandit Problems", ALT 2011, Section 2
(SW-UCB; its bound asks for ξ > 1/2).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.bandit import IndexAgent, turns
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class SlidingWindowUCB(IndexAgent):
    """Optimism of the last pulls, for Discrete actions and any observation, which it ignores.

    Args:
        window: τ >= 1 pulls of a memory.
        xi: ξ >= 0; the default is ours.
        span: w > 0, for pay in a range of this width.

    Attributes:
        ring_arms: [M, τ] arms of the last pulls, −1 before.
        ring_pay: [M, τ] their pay.
        recent: [M, K] pulls of each arm among them.
        recent_pay: [M, K] pay of each arm among them.

    Raises:
        BadOption: for a number outside its range.
    """

    window: int = 200
    xi: float = 0.6
    span: float = 1.0

    def prepare(self) -> None:
        if self.window < 1:
            raise BadOption(f"window={self.window!r}", where="SlidingWindowUCB", expected="at least 1")
        if not (0 <= self.xi < np.inf and 0 < self.span < np.inf):
            raise BadOption(
                f"xi={self.xi!r}, span={self.span!r}", where="SlidingWindowUCB", expected="xi >= 0 and span > 0"
            )
        m, k = self.memories, self.num_actions
        self.ring_arms = np.full((m, self.window), -1)
        self.ring_pay = np.zeros((m, self.window))
        self.recent, self.recent_pay = np.zeros((m, k), dtype=np.int64), np.zeros((m, k))
        self.fed = np.zeros(m, dtype=np.int64)

    def evidence(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self.recent_pay / np.maximum(self.recent, 1), self.recent, np.minimum(self.fed, self.window)[:, None]

    def index(self, means: np.ndarray, counts: np.ndarray, pulled: np.ndarray) -> np.ndarray:
        return means + self.span * np.sqrt(self.xi * np.log(np.clip(pulled, 2, max(self.window, 2))) / counts)

    def feed(self, memory: np.ndarray, arm: np.ndarray, pay: np.ndarray) -> None:
        for turn in turns(memory):
            m, slot = memory[turn], self.fed[memory[turn]] % self.window
            old, kept = self.ring_arms[m, slot], self.ring_pay[m, slot]
            had = old >= 0
            self.recent[m[had], old[had]] -= 1
            self.recent_pay[m[had], old[had]] -= kept[had]
            self.ring_arms[m, slot], self.ring_pay[m, slot] = arm[turn], pay[turn]
            self.recent[m, arm[turn]] += 1
            self.recent_pay[m, arm[turn]] += pay[turn]
            self.fed[m] += 1
            whole = m[slot == self.window - 1]
            for k in range(self.num_actions):  # once a window anew: differences lose digits
                self.recent_pay[whole, k] = np.where(self.ring_arms[whole] == k, self.ring_pay[whole], 0.0).sum(1)

    def tables(self) -> dict[str, Any]:
        ring = {"ring_arms": self.ring_arms, "ring_pay": self.ring_pay, "fed": self.fed}
        return {**super().tables(), **ring, "recent": self.recent, "recent_pay": self.recent_pay}
