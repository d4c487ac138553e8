"""Successive elimination by repeated play: each arm is played in blocks whose first plays do not count.

    epoch s:  each active arm, M + n_s plays in a row, n_s = n₁ 2^(s−1); of these the last n_s count
    drop arm k if  x̄_k + c < max_j (x̄_j − c),    c = w √(ln (2 K T / δ) / (2 N_s)),    N_s = counted plays of an arm

For arms whose pay depends on how often they were played in the last m <= M rounds, and of which one is best when it is
repeated. The memory costs M plays for each arm and epoch, of which there are log T: it is added to the regret √(K T),
and does not multiply it.

Source: Malik, Igoe, Li, Singh, "Weighted Tallying Bandits: Overcoming Intractability via Repeated Exposure Optimality",
ICML 2023 (successive elimination with repeated plays; the schedule of blocks is ours).
"""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rewardlab.agents.loops.memories import MemoryAgent
from rewardlab.agents.loops.rollout import Step
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class RepeatedElimination(MemoryAgent):
    """Elimination in blocks of plays in a row; it looks at no observation.

    All rows of a memory play the same arm; each counts its own plays in a row, which an episode's end breaks off. With
    burn = 0 it is ordinary elimination in blocks.

    Args:
        burn: M >= 0, plays in a row that do not count.
        first: n₁ >= 1, plays of the first block that count.
        horizon: T >= 1, for the confidence.
        delta: δ in (0, 1), the probability with which a best arm may be dropped.
        spread: w > 0, the range of the pay.

    Attributes:
        active: [M, K] bool, arms not dropped.
        counts: [M, K] plays that counted.
        totals: [M, K] what they paid.
        current: [M] the arm of this block.
        block: [M] counted plays in this block.
        epoch: [M] epochs that are over.
        streak: [N rows] plays in a row of the arm in `last`.

    Raises:
        BadOption: for a number outside its range.
    """

    burn: int = 30
    first: int = 4
    horizon: int = 10_000
    delta: float = 0.01
    spread: float = 1.0

    keeps_rows: ClassVar[bool] = True

    def prepare(self) -> None:
        for name, least in (("burn", 0), ("first", 1), ("horizon", 1)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise BadOption(f"{name}={value!r}", where="RepeatedElimination", expected=f"an integer >= {least}")
        if not 0 < self.delta < 1:
            raise BadOption(f"delta={self.delta!r}", where="RepeatedElimination", expected="a number between 0 and 1")
        if not 0 < self.spread < math.inf:
            raise BadOption(f"spread={self.spread!r}", where="RepeatedElimination", expected="a number above 0")
        shape = (self.memories, self.num_actions)
        self.active, self.counts, self.totals = np.ones(shape, dtype=bool), np.zeros(shape), np.zeros(shape)
        self.current, self.block, self.epoch = (np.zeros(self.memories, dtype=np.int64) for _ in range(3))
        self._rest()

    def _rest(self) -> None:
        self.streak, self.last = np.zeros(self.n_envs, dtype=np.int64), np.full(self.n_envs, -1)

    @property
    def means(self) -> np.ndarray:
        """[M, K] mean pay of the plays that counted, 0 before the first."""
        return self.totals / np.maximum(self.counts, 1)

    def width(self, counts: np.ndarray) -> np.ndarray:
        """c [...] after so many counted plays [...]; infinite for none."""
        log = math.log(2 * self.num_actions * self.horizon / self.delta)
        with np.errstate(divide="ignore"):
            return self.spread * np.sqrt(log / (2 * np.asarray(counts, dtype=np.float64)))

    def choose(self, obs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        self.check_rows(len(obs))
        return np.broadcast_to(self.current, len(obs)).copy()

    def greedy(self, obs: np.ndarray) -> np.ndarray:
        self.check_rows(len(obs))
        known = np.where(self.active & (self.counts > 0), self.means, -np.inf)
        return np.broadcast_to(known.argmax(1), len(obs)).copy()

    def gather(self, step: Step, live: Any, memory: np.ndarray) -> None:
        arm, pay = step.action[live] - self.first_action, step.reward[live]
        streak = np.where(arm == self.last[live], self.streak[live], 0) + 1
        self.streak[live], self.last[live] = np.where(step.done[live], 0, streak), arm
        counts = np.flatnonzero((streak > self.burn) & (arm == self.current[memory]))
        np.add.at(self.counts, (memory[counts], arm[counts]), 1)
        np.add.at(self.totals, (memory[counts], arm[counts]), pay[counts])
        np.add.at(self.block, memory[counts], 1)
        for m in np.flatnonzero(self.block >= self.first * 2**self.epoch):
            self._advance(int(m))

    def _advance(self, m: int) -> None:
        """The next block of memory m; after the last one of an epoch, arms are dropped."""
        self.block[m] = 0
        arms = np.flatnonzero(self.active[m])
        later = arms[arms > self.current[m]]
        if len(later):
            self.current[m] = later[0]
            return
        self.epoch[m] = min(self.epoch[m] + 1, 50)
        if len(arms) > 1:
            c = self.width(self.counts[m])
            self.active[m] &= self.means[m] + c >= (self.means[m] - c)[arms].max()
        self.current[m] = np.flatnonzero(self.active[m])[0]

    def set_env(self, env: Any) -> None:
        super().set_env(env)
        self._rest()  # its episodes begin anew

    def tables(self) -> dict[str, Any]:
        arms = {"active": self.active, "counts": self.counts, "totals": self.totals}
        place = {"current": self.current, "block": self.block, "epoch": self.epoch}
        return {**super().tables(), **arms, **place, "streak": self.streak, "last": self.last}
