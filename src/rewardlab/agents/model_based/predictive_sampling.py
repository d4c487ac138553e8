"""Predictive sampling: keep the best of many noisy copies of the plan.

    k ← argmax_{k' ∈ {k, k + σ ε₁, …, k + σ ε_{N−1}}} Σ_{t < H} γᵗ r(x_t, u_t),    u = W k,    ε ~ N(0, 1)

The plan is a spline with few knots; after each step it is shifted. There is no gradient and no average, so that a plan
never gets worse in the model, and any reward will do. All rows see the same noise.

Source: Howell, Gileadi, Tunyasuvunakool, Zakka, Erez, Tassa, "Predictive Sampling: Real-time Behaviour Synthesis with
MuJoCo", 2022, arXiv:2212.00541, Section 4, Algorithm 1.
"""

from dataclasses import dataclass

import numpy as np

from rewardlab.agents.loops.receding import Receding
from rewardlab.agents.loops.simulated import repeated, returns
from rewardlab.agents.loops.splines import shift, weights


@dataclass(eq=False, kw_only=True)
class PredictiveSampling(Receding):
    """Planning by noisy copies of a spline.

    Args:
        samples: N >= 2 plans that are tried, the first of them the old one.
        knots: of the spline, 1 .. horizon.
        noise: σ > 0, of a knot, in halves of the action's range.
    """

    samples: int = 128
    knots: int = 6
    noise: float = 0.2

    def ranges(self) -> list[tuple[str, bool, str]]:
        return [
            ("samples", self.samples >= 2, "at least 2"),
            ("knots", 1 <= self.knots <= self.horizon, "an integer from 1 to the horizon"),
            ("noise", 0 < self.noise < np.inf, "a positive number"),
        ]

    def blank(self, n: int) -> np.ndarray:
        return np.tile(0.5 * (self.low + self.high), (n, self.knots, 1))

    def improve(self, obs: np.ndarray, plan: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        n, world = len(plan), self.world
        noise = rng.standard_normal((self.samples, *plan.shape[1:])) * self.noise * 0.5 * (self.high - self.low)
        noise[0] = 0.0
        tried = np.clip(plan[:, None] + noise, self.low, self.high)  # [n, N, P, A]
        state = repeated(world.state(obs), self.samples)
        controls = self.controls(tried.reshape(-1, *plan.shape[1:]))
        earned = returns(world, state, controls, self._pay, gamma=self.gamma, ended=self.ended)
        return np.asarray(tried[np.arange(n), earned.reshape(n, -1).argmax(1)])

    def shifted(self, plan: np.ndarray) -> np.ndarray:
        return np.einsum("qp,npa->nqa", shift(self.knots, self.horizon), plan)

    def controls(self, plan: np.ndarray) -> np.ndarray:
        W = weights(self.knots, np.arange(self.horizon), self.horizon)
        return np.clip(np.einsum("tp,npa->nta", W, plan), self.low, self.high)
