"""HF-UCRL-RFE++: reward-free exploration of mixtures of kernels, at a price that does not grow with the horizon.

    P(s' | s, a) = Σ_i θ_i φ_i(s' | s, a),    φ_V(s, a) = Σ_s' φ(s' | s, a) V(s') ∈ R^d
    r(s, a) = min{ 1, 2 β max_{V ∈ [0, 1]^S} ‖φ_V(s, a)‖_{Σ⁻¹} },    Ṽ the maximiser
    Q_h = [ r + θ·φ_{V_{h+1}} + β ‖φ_{V_{h+1}}‖_{Σ⁻¹} ] cut to [0, 1]
    Σ ← Σ + x xᵀ / σ²,   b ← b + x U(s') / σ²,   θ = Σ⁻¹ b,    x = φ_U(s, a),   U = V_{h+1} and Ṽ
    σ² = max{ var[U(s')] + its width, γ² ‖x‖_{Σ⁻¹}, α² }

The exploration goes where the mixture is least known, as a reward that sums to at most 1 sees it. Each observation
counts by its variance, which is itself estimated: that of U^(2^m) from the regressions of U^(2^(m+1)) and U^(2^m).

Source: Zhang, Zhang, Gu, "Optimal Horizon-Free Reward-Free Exploration for Linear Mixture MDPs", ICML 2023, Algorithms
1 to 3; here β is one number for all moments, and variances are judged by the regressions of the episodes before.
"""

import math
from dataclasses import InitVar, dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.mixtures import most_uncertain, variance_of_moments
from rewardlab.agents.loops.tabular_runs import ABOVE_ZERO, COUNT, ROUNDS, Moves, RunsAgent
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class HorizonFreeExploration(RunsAgent):
    """Reward-free exploration for Discrete observations and actions, episodes of H steps, and known kernels.

    While learning it ignores what is paid. Asked by `predict` for the best action, it plans for the mean of the rewards
    that it has seen; `plan_for` plans for others.

    Args:
        kernels: φ [d, S, A, S], distributions over s' that are mixed; not written to the options but to the tables.
        horizon: H >= 1.
        beta: β > 0, how far θ is trusted to be off, in units of Σ.
        ridge: λ > 0, what Σ begins with.
        floor: α² > 0, the smallest variance; None for 1 / H.
        doubt: γ² >= 0, how much an observation of what is little known is held back.
        episodes: K >= 1 to come, for the number of moments log₂(3 K H) alone.

    Attributes:
        Q: [M, H, S, A] optimistic values of the pseudo-reward.
        sigma: [M, L, d, d] Σ of each moment.
        target: [M, L, d] b of each moment.
        inverse, solution: Σ⁻¹ and Σ⁻¹ b of each moment before the running episode.

    Raises:
        BadOption: without kernels, or for a number outside its range.
    """

    kernels: InitVar[Any] = None
    horizon: int = 10
    beta: float = 0.3
    ridge: float = 0.01
    floor: float | None = None
    doubt: float = 1.0
    episodes: int = 1000

    def __post_init__(self, kernels: Any) -> None:  # type: ignore[override]
        self._given = kernels
        super().__post_init__()

    def prepare(self) -> None:
        self.check(
            horizon=COUNT,
            beta=ABOVE_ZERO,
            ridge=ABOVE_ZERO,
            doubt=(0.0, 1e12, "a number >= 0"),
            episodes=ROUNDS,
        )
        if self.floor is not None and not 0 < self.floor < math.inf:
            raise BadOption(f"floor={self.floor!r}", where=self._name, expected="a number above 0, or None")
        S, A, M = self.num_states, self.num_actions, self.memories
        if self._given is None and self._rollout is not None:
            raise BadOption("no kernels", where=self._name, expected=f"kernels=[d, {S}, {A}, {S}]")
        phi = np.full((1, S, A, S), 1.0 / S) if self._given is None else np.array(self._given, dtype=float)
        if phi.ndim != 4 or phi.shape[1:] != (S, A, S) or (phi < 0).any() or np.abs(phi.sum(3) - 1).max() > 1e-8:
            raise BadOption(
                f"kernels of shape {phi.shape}", where=self._name, expected=f"distributions [d, {S}, {A}, {S}]"
            )
        d, L = len(phi), max(math.ceil(math.log2(3 * self.episodes * self.horizon)), 1)
        self.phi = phi
        self.sigma = np.broadcast_to(self.ridge * np.eye(d), (M, L, d, d)).copy()
        self.target = np.zeros((M, L, d))
        self.inverse, self.solution = np.linalg.inv(self.sigma), self.target.copy()
        self.paid, self.visits = np.zeros((M, S, A)), np.zeros((M, S, A), dtype=np.int64)
        self.Q = np.zeros((M, self.horizon, S, A))
        self.ahead, self.sought = np.zeros((M, self.horizon + 1, S)), np.zeros((M, S, A, S))
        self.plan(np.arange(M))

    @property
    def theta(self) -> np.ndarray:
        """θ [M, d], the regression of the first moment."""
        return self.solution[:, 0]

    def plan(self, memory: np.ndarray) -> None:
        """Pseudo-rewards and optimistic values of memories [n]."""
        self.inverse[memory] = np.linalg.inv(self.sigma[memory])
        self.solution[memory] = np.einsum("mlde,mle->mld", self.inverse[memory], self.target[memory])
        inverse, theta = self.inverse[memory, 0], self.theta[memory]
        seek, width = most_uncertain(self.phi, inverse)
        self.sought[memory] = seek
        pay = np.minimum(1.0, 2.0 * self.beta * width)  # [n, S, A]
        V = np.zeros((len(memory), self.num_states))
        for h in reversed(range(self.horizon)):
            x = np.einsum("dsay,ny->nsad", self.phi, V)
            spread = np.sqrt(np.maximum(np.einsum("nsad,nde,nsae->nsa", x, inverse, x, optimize=True), 0.0))
            Q = pay + np.einsum("nsad,nd->nsa", x, theta) + self.beta * spread
            self.Q[memory, h] = np.clip(Q, 0.0, 1.0)
            V = self.Q[memory, h].max(2)
            self.ahead[memory, h] = V

    def take(self, moves: Moves) -> None:
        m, s, a = moves.memory, moves.state, moves.action
        np.add.at(self.paid, (m, s, a), moves.reward)
        np.add.at(self.visits, (m, s, a), 1)
        U = np.stack([self.ahead[m, moves.when + 1], self.sought[m, s, a]], axis=1)  # [B, 2, S]
        L = self.sigma.shape[1]
        powers = U[:, :, None, :] ** (2.0 ** np.arange(L))[:, None]  # [B, 2, L, S]
        x = np.einsum("dby,bkly->bkld", self.phi[:, s, a], powers)
        y = powers[np.arange(len(m)), :, :, moves.after]  # [B, 2, L]
        weight = 1.0 / self.variance(m, x)
        np.add.at(self.sigma, m, np.einsum("bkl,bkld,bkle->blde", weight, x, x))
        np.add.at(self.target, m, np.einsum("bkl,bkld,bkl->bld", weight, x, y))
        ended = np.unique(m[moves.over])
        if len(ended):
            self.plan(ended)

    def variance(self, memory: np.ndarray, x: np.ndarray) -> np.ndarray:
        """σ² [B, k, L] of observations with features [B, k, L, d]."""
        inverse, theta = self.inverse[memory], self.solution[memory]
        mean = np.clip(np.einsum("bkld,bld->bkl", x, theta), 0.0, 1.0)
        # Of high moments the features may be all but 0, and their norm, by rounding, below it.
        norm = np.sqrt(np.maximum(np.einsum("bkld,blde,bkle->bkl", x, inverse, x), 0.0))
        guess = np.ones_like(mean)  # of the last moment nothing is known
        guess[..., :-1] = variance_of_moments(mean)
        guess[..., :-1] += np.minimum(1.0, self.beta * norm[..., 1:])
        guess[..., :-1] += np.minimum(1.0, 2.0 * self.beta * norm[..., :-1])
        least = 1.0 / self.horizon if self.floor is None else self.floor
        return np.maximum(np.maximum(guess, self.doubt * norm), least)

    def plan_for(self, reward: np.ndarray) -> np.ndarray:
        """The best values [M, H, S, A] by θ, for a reward [S, A] or [H, S, A] of which an episode pays at most 1.

        Raises:
            BadOption: for a reward of another shape.
        """
        shape, R = (self.num_states, self.num_actions), np.asarray(reward, dtype=float)
        if R.shape not in (shape, (self.horizon, *shape)):
            raise BadOption(f"a reward of shape {R.shape}", where=self._name, expected=f"{shape}")
        return self._plans(np.broadcast_to(R, (self.memories, self.horizon, *shape)))

    def _plans(self, R: np.ndarray) -> np.ndarray:
        """Best values of rewards [M, H, S, A]."""
        Q, V = np.zeros(self.Q.shape), np.zeros((self.memories, self.num_states))
        P = np.einsum("md,dsay->msay", self.theta, self.phi)
        for h in reversed(range(self.horizon)):
            Q[:, h] = np.clip(R[:, h] + np.einsum("msay,my->msa", P, V), 0.0, 1.0)
            V = Q[:, h].max(2)
        return Q

    def greedy(self, obs: np.ndarray) -> np.ndarray:
        state, memory = self.states(obs), self._asked(len(obs))
        mean = self.paid / np.maximum(self.visits, 1)
        most = np.maximum(mean.max((1, 2), keepdims=True), 1e-300) * self.horizon  # an episode pays at most 1
        Q = self._plans(np.repeat((mean / most)[:, None], self.horizon, axis=1))
        return Q[memory, self._usual(memory, state), state].argmax(1)

    def tables(self) -> dict[str, Any]:
        names = ("phi", "sigma", "target", "inverse", "solution", "paid", "visits", "ahead", "sought")
        return {**super().tables(), **{name: getattr(self, name) for name in names}}
