"""The online convex loop: play a point, see the gradient of the round's loss there, and move.

regret after T rounds = Σ_t f_t(p_t) − min_p Σ_t f_t(p) ≤ Σ_t g_t · (p_t − p*),    g_t = ∇f_t(p_t)
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.agents.loops.memories import MemoryAgent
from rewardlab.agents.loops.regularisers import onto_ball, onto_simplex
from rewardlab.agents.loops.rollout import Step
from rewardlab.core.errors import BadOption, BadSpace, MissingColumn, nearest
from rewardlab.core.shown import shown_space

DOMAINS = ("simplex", "ball", "box")


@dataclass(eq=False)
class ConvexAgent(MemoryAgent):
    """An agent that plays points of a convex set and is told gradients, in the info column `gradient` [N, d].

    Actions are a Box of d numbers in [−1, 1], or in [0, 1] for the simplex; points are in its units. Rows of one memory
    all play its point, and the mean of their gradients is what it learns from.

    Methods write `prepare` (after the loop's own), `point` and `feed`, and `tables` of what they hold.

    Args:
        domain: where the points lie: "simplex", "ball" (of radius 1) or "box" (all actions).

    Attributes:
        dimension: d.
        rounds: [M] so far.

    Raises:
        BadOption: for a domain that there is not, or that the method cannot work with.
        BadSpace: for actions that are no vectors of numbers up to 1.
    """

    domain: str = "simplex"

    actions: ClassVar[tuple[type[spaces.Space], ...]] = (spaces.Box,)
    domains: ClassVar[tuple[str, ...]] = DOMAINS
    """The domains that the method can work with."""

    def prepare(self) -> None:
        if self.domain not in self.domains:
            raise BadOption(
                f"domain={self.domain!r}",
                where=self._name,
                expected=f"one of {', '.join(self.domains)}",
                mend=nearest(str(self.domain), self.domains),
            )
        space: Any = self.action_space
        low = np.unique(space.low)
        fits = len(space.shape) == 1 and (space.high == 1).all() and len(low) == 1
        if not fits or low[0] not in ((-1.0, 0.0) if self.domain == "simplex" else (-1.0,)):
            raise BadSpace(
                f"actions in {shown_space(space)}", where=self._name, expected="actions [d] from -1 to 1 (0 to 1)"
            )
        self.dimension = int(space.shape[0])
        self.rounds = np.zeros(self.memories, dtype=np.int64)

    def point(self) -> np.ndarray:
        """What to play, [M, d]."""
        raise NotImplementedError

    def feed(self, memory: np.ndarray, gradient: np.ndarray) -> None:
        """Learn from gradients [B, d] of memories [B], each of which comes once, at the points that were played."""
        raise NotImplementedError

    def middle(self) -> np.ndarray:
        """[M, d] the centre of the domain."""
        return np.zeros((self.memories, self.dimension)) + (self.domain == "simplex") / self.dimension

    def inside(self, x: np.ndarray) -> np.ndarray:
        """The nearest points [..., d] of the domain."""
        if self.domain == "box":
            return np.clip(x, -1.0, 1.0)
        return onto_simplex(x) if self.domain == "simplex" else onto_ball(x)

    def choose(self, obs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return self.greedy(obs)

    def greedy(self, obs: np.ndarray) -> np.ndarray:
        self.check_rows(len(obs))
        return np.broadcast_to(self.point().astype(np.float32), (len(obs), self.dimension)).copy()

    def gather(self, step: Step, live: Any, memory: np.ndarray) -> None:
        told = step.column("gradient")
        if told is None or told.shape != (len(step.live), self.dimension):
            raise MissingColumn(
                "no column 'gradient'",
                where=self._name,
                expected=f"gradients [N, {self.dimension}] in info",
                mend="an environment that tells them, such as rewardlab/OnlineLosses-v0",
            )
        gradient = np.asarray(told[live], dtype=np.float64)
        if self.memories == 1:
            memory, gradient = memory[:1], gradient.mean(0, keepdims=True)
        self.feed(memory, gradient)
        self.rounds[memory] += 1

    def tables(self) -> dict[str, Any]:
        return {**super().tables(), "rounds": self.rounds}


def check_rate(eta: float | None, where: str) -> None:
    """Raises BadOption unless a learning rate is None or a finite number above 0."""
    if eta is not None and not 0 < eta < np.inf:
        raise BadOption(f"eta={eta!r}", where=where, expected="a number above 0, or None")


def matched(regrets: np.ndarray) -> np.ndarray:
    """Points [..., d] of the simplex in proportion to what of regrets [..., d] is above 0; its middle if nothing is."""
    above = np.maximum(regrets, 0.0)
    total = above.sum(-1, keepdims=True)
    return np.where(total > 0, above / np.where(total > 0, total, 1.0), 1.0 / regrets.shape[-1])
