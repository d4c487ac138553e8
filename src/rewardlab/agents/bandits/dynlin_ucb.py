"""DynLin-UCB: actions are held until what they did before has faded, and judged by what they pay then.

    epoch m:  u_m = argmax_u  u · ĥ + β ‖u‖_{V⁻¹},    held for H_m + 1 rounds,    H_m = ⌊ln m / ln (1/ρ̄)⌋
              V += u_m u_mᵀ,    b += u_m y,    ĥ = V⁻¹ b,    y the reward of the last of these rounds
    β = c₁/√λ · ln (e t) + c₂ √λ + s √(2 (ln (1/δ) + d/2 · ln (1 + (t − 1) U² / (d λ)))),    t = m

For rewards that come partly through a hidden linear state: what counts in the long run is the cumulative effect h · u,
which a single round does not show. Only a bound ρ̄ on how slowly the state forgets is known. The first part of β pays
for what has not yet faded.

Source: Mussi, Metelli, Restelli, "Dynamical Linear Bandits", ICML 2023, Algorithm 1.
"""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.agents.loops.contextual import RidgeAgent, best, width
from rewardlab.agents.loops.rollout import Step
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class DynLinUCB(RidgeAgent):
    """Optimism about the steady reward of arms that are vectors and do not change.

    Each row holds its arm by itself, and rows of one memory that begin an epoch together choose alike; a row whose
    episode ends begins anew. With ρ̄ = 0 every round is an epoch, and the method is LinUCB with this β.

    Args:
        rho_bar: ρ̄ in [0, 1), at least the spectral radius of the hidden state's matrix.
        noise: s >= 0, the reward's deviation in a steady state.
        c1: c₁ >= 0.
        c2: c₂ >= 0, the largest length of h.
        delta: δ in (0, 1); the default is ours, the paper has one over the number of rounds.

    Attributes:
        epochs: [M] finished.
        held: [N] the arm that each row holds.
        left: [N] for how many more rounds.

    Raises:
        BadOption: for a number outside its range.
    """

    rho_bar: float = 0.2
    noise: float = 0.1
    c1: float = 1.0
    c2: float = 1.0
    delta: float = 1e-3

    actions: ClassVar[tuple[type[spaces.Space], ...]] = (spaces.Discrete,)
    keeps_rows: ClassVar[bool] = True

    def prepare(self) -> None:
        super().prepare()
        if not 0 <= self.rho_bar < 1:
            raise BadOption(f"rho_bar={self.rho_bar!r}", where="DynLinUCB", expected="a number in [0, 1)")
        for name in ("noise", "c1", "c2"):
            if not 0 <= getattr(self, name) < math.inf:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="DynLinUCB", expected="a number >= 0")
        if not 0 < self.delta < 1:
            raise BadOption(f"delta={self.delta!r}", where="DynLinUCB", expected="a number between 0 and 1")
        self.longest = 1.0 if self._points is None else float(np.linalg.norm(self._points, axis=1).max())  # U
        self.epochs = np.zeros(self.memories, dtype=np.int64)
        self._rest()

    def _rest(self) -> None:
        self.held, self.left = np.zeros(self.n_envs, dtype=np.int64), np.zeros(self.n_envs, dtype=np.int64)

    def hold(self, m: np.ndarray) -> np.ndarray:
        """H_m [...] for epochs m >= 1 [...]."""
        if self.rho_bar == 0:
            return np.zeros_like(m)
        return np.floor(np.log(m) / math.log(1 / self.rho_bar) + 1e-12).astype(np.int64)

    def beta(self, epochs: np.ndarray) -> np.ndarray:
        """β [...] after so many epochs [...]."""
        d, lam = self.dimension, self.lam
        grown = math.log(1 / self.delta) + 0.5 * d * np.log1p(epochs * self.longest**2 / (d * lam))
        fading = self.c1 / math.sqrt(lam) * (1 + np.log1p(epochs))
        return fading + self.c2 * math.sqrt(lam) + self.noise * np.sqrt(2 * grown)

    def pick(self, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        keeps = len(x) == len(self.left)
        if keeps and self.left.all():
            return self.held[:, None]
        bounds = self.value(x) + self.beta(self.epochs)[:, None, None] * width(self.inverse, x)
        arms = best(bounds, rng)
        return np.where(self.left > 0, self.held, arms[:, 0])[:, None] if keeps else arms

    def gather(self, step: Step, live: Any, memory: np.ndarray) -> None:
        arm = step.action[live] - self.first_action
        begun = self.left[live] == 0
        left = np.where(begun, self.hold(self.epochs[memory] + 1), self.left[live] - 1)
        self.held[live], self.left[live] = arm, np.where(step.done[live], 0, left)
        over = np.flatnonzero(left == 0)
        if len(over):
            x = self.vectors(step.obs[live][over])[np.arange(len(over)), 0, arm[over]]
            self.feed(memory[over], x[:, None], self.paid(step)[live][over])
            self.epochs += np.bincount(memory[over], minlength=self.memories)

    def set_env(self, env: Any) -> None:
        super().set_env(env)
        self._rest()  # its episodes begin anew

    def tables(self) -> dict[str, Any]:
        return {**super().tables(), "epochs": self.epochs, "held": self.held, "left": self.left}
