"""The cross-entropy method: sample plans from a Gaussian, and move it to the best of them.

    k_i ~ N(μ, diag σ²),    μ ← mean of the E best k_i,    σ ← max(their deviation, σ_min)

Each improvement makes a few such moves and begins with a wide Gaussian around the plan. It averages where predictive
sampling picks one, which makes it smoother and slower to follow a change.

Source: Rubinstein, Kroese, "The Cross-Entropy Method", Springer 2004, Section 5 (continuous optimisation); Kobilarov,
"Cross-Entropy Motion Planning", International Journal of Robotics Research 2012, Section 3.
"""

from dataclasses import dataclass

import numpy as np

from rewardlab.agents.loops.receding import Receding
from rewardlab.agents.loops.simulated import repeated, returns
from rewardlab.agents.loops.splines import shift, weights


@dataclass(eq=False, kw_only=True)
class CEM(Receding):
    """Planning by a Gaussian over splines.

    Args:
        samples: plans that are tried in each move, >= 2; the first of them is the mean.
        elites: E, how many of them the Gaussian moves to, 1 .. samples.
        knots: of the spline, 1 .. horizon.
        noise: the deviation to begin with, > 0, in halves of the action's range.
        least: σ_min >= 0, in the same units.
        moves: of the Gaussian in one improvement, >= 1.
    """

    samples: int = 64
    elites: int = 8
    knots: int = 6
    noise: float = 0.3
    least: float = 0.01
    moves: int = 3

    def ranges(self) -> list[tuple[str, bool, str]]:
        return [
            ("samples", self.samples >= 2, "at least 2"),
            ("elites", 1 <= self.elites <= self.samples, "an integer from 1 to the samples"),
            ("knots", 1 <= self.knots <= self.horizon, "an integer from 1 to the horizon"),
            ("noise", 0 < self.noise < np.inf, "a positive number"),
            ("least", 0 <= self.least < np.inf, "a number >= 0"),
            ("moves", self.moves >= 1, "at least 1"),
        ]

    def blank(self, n: int) -> np.ndarray:
        return np.tile(0.5 * (self.low + self.high), (n, self.knots, 1))

    def improve(self, obs: np.ndarray, plan: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        n, world, half = len(plan), self.world, 0.5 * (self.high - self.low)
        state = repeated(world.state(obs), self.samples)
        mean, spread = plan, np.zeros_like(plan) + self.noise * half
        for _ in range(self.moves):
            noise = rng.standard_normal((self.samples, *plan.shape[1:]))
            noise[0] = 0.0
            tried = np.clip(mean[:, None] + spread[:, None] * noise, self.low, self.high)  # [n, N, P, A]
            controls = self.controls(tried.reshape(-1, *plan.shape[1:]))
            earned = returns(world, state, controls, self._pay, gamma=self.gamma, ended=self.ended).reshape(n, -1)
            best = np.argsort(-earned, axis=1, kind="stable")[:, : self.elites]
            elite = tried[np.arange(n)[:, None], best]
            mean, spread = elite.mean(1), np.maximum(elite.std(1), self.least * half)
        return np.asarray(mean)

    def shifted(self, plan: np.ndarray) -> np.ndarray:
        return np.einsum("qp,npa->nqa", shift(self.knots, self.horizon), plan)

    def controls(self, plan: np.ndarray) -> np.ndarray:
        W = weights(self.knots, np.arange(self.horizon), self.horizon)
        return np.clip(np.einsum("tp,npa->nta", W, plan), self.low, self.high)
