"""LOOP over mixtures of known kernels: optimism about weights, kept until the likelihood speaks against them.

    P_θ = Σ_i θ_i P_i,    ℓ(θ) = Σ_{steps} log P_θ(s' | s, a),    J_θ the best average reward in P_θ
    F_t = { θ : max ℓ − ℓ(θ) <= β },    θ_t = argmax_{θ ∈ F_t} J_θ,    kept while max ℓ − ℓ(θ_t) < 4 β

Rewards and kernels are known; d numbers are not, however many states there are. The true weights stay in the set, so
that what is followed promises no less than what can be had, and it is changed but O(log T) times. The most hopeful
weights are found by a local search of several starts. The default β is proved. The mean likelihood under a Dirichlet
law of weights, over the true one, is a martingale, which ever passes 1/δ with a chance of δ at most; and it falls short
of the largest likelihood by a factor of at most 2 (T + 1)^((d − 1) / 2), as universal portfolios do of the best
rebalanced one.

Source: He, Zhong, Yang, "Sample-efficient Learning of Infinite-horizon Average-reward MDPs with General Function
Approximation", ICLR 2024, Algorithm 1 with the likelihood as discrepancy; Cover, Ordentlich, "Universal Portfolios with
Side Information", IEEE Transactions on Information Theory 1996 (β).
"""

import math
from dataclasses import InitVar, dataclass
from typing import Any

import numpy as np

from rewardlab.agents.loops.mixture_optimism import most_hopeful
from rewardlab.agents.loops.mixture_sets import fit, seen_of
from rewardlab.agents.loops.tabular_runs import ABOVE_ZERO, CHANCE, ROUNDS, Moves, RunsAgent
from rewardlab.core.errors import BadOption


@dataclass(eq=False, kw_only=True)
class MixtureLOOP(RunsAgent):
    """Optimism over mixtures of kernels, for Discrete observations and actions and no end.

    The last step of an episode, where one ends, teaches nothing: its successor is another start. So does a step that no
    kernel can make.

    Args:
        kernels: [d, S, A, S], distributions over s' that are mixed; not written to the options but to the tables.
        rewards: [S, A], the same.
        scale: c > 0, what β is multiplied by; smaller ones learn sooner without the proof.
        delta: δ in (0, 1).
        total_steps: T >= 1, in β alone.

    Attributes:
        Q: [M, S, A] relative values of the mixture that is followed.
        theta: [M, d] its weights.
        gain: [M] its best average reward.
        best: [M, d] weights that fitted best when that was last asked.
        counts: [M, S, A, S] transitions.
        switches: [M] how often weights were chosen anew.
        beta: β = c · (½ (d − 1) ln(T + 1) + ln(2 / δ)).

    Raises:
        BadOption: without kernels and rewards or for such of another shape, or a number outside its range.
    """

    kernels: InitVar[Any] = None
    rewards: InitVar[Any] = None
    scale: float = 1.0
    delta: float = 0.05
    total_steps: int = 100_000

    def __post_init__(self, kernels: Any, rewards: Any) -> None:  # type: ignore[override]
        self._given = kernels, rewards
        super().__post_init__()

    def prepare(self) -> None:
        self.check(scale=ABOVE_ZERO, delta=CHANCE, total_steps=ROUNDS)
        S, A, M = self.num_states, self.num_actions, self.memories
        self.phi, self.pay = self._known(S, A)
        d = len(self.phi)
        size = 0.5 * (d - 1) * math.log(self.total_steps + 1) + math.log(2.0 / self.delta)
        self.beta = float(self.scale * size)
        self.counts, self.Q = np.zeros((M, S, A, S)), np.zeros((M, S, A))
        self.theta, self.best = (np.full((M, d), 1.0 / d) for _ in range(2))
        self.gain, self.switches = np.zeros(M), np.zeros(M, dtype=np.int64)
        # What tells cheaply that a deficit is small: ℓ(best) − ℓ(θ) [M], ∇ℓ(best) [M, d], and steps [M].
        self.lead, self.slope, self.steps = np.zeros(M), np.zeros((M, d)), np.zeros(M)
        for m in range(M):
            self.choose_anew(m)

    def _known(self, S: int, A: int) -> tuple[np.ndarray, np.ndarray]:
        """Kernels and rewards, checked; an agent without an environment has neither yet."""
        kernels, rewards = self._given
        if self._rollout is None and kernels is None:
            return np.full((1, S, A, S), 1.0 / S), np.zeros((S, A))
        phi = np.zeros(0) if kernels is None else np.array(kernels, dtype=float)
        good = phi.ndim == 4 and len(phi) > 0 and phi.shape[1:] == (S, A, S)
        if not good or not (phi >= 0).all() or np.abs(phi.sum(3) - 1).max() > 1e-8:
            raise BadOption(
                f"kernels of shape {phi.shape}", where=self._name, expected=f"distributions [d, {S}, {A}, {S}]"
            )
        pay = np.zeros(0) if rewards is None else np.array(rewards, dtype=float)
        if pay.shape != (S, A) or not np.isfinite(pay).all():
            raise BadOption(f"rewards of shape {pay.shape}", where=self._name, expected=f"finite numbers [{S}, {A}]")
        return phi, pay

    def excess(self, theta: np.ndarray) -> np.ndarray:
        """max ℓ − ℓ(θ) [M] of weights [M, d], one for each memory."""
        seen = [seen_of(self.phi, counts) for counts in self.counts]
        return np.array([float(one.score(fit(one)) - one.score(w)) for one, w in zip(seen, theta, strict=True)])

    def choose_anew(self, m: int) -> None:
        """Follow the most hopeful weights that memory m still allows."""
        self.weigh(m)
        seen = seen_of(self.phi, self.counts[m])
        self.theta[m], self.gain[m], V = most_hopeful(self.phi, self.pay, seen, self.best[m], self.beta)
        self.Q[m] = self.pay + np.tensordot(self.theta[m], self.phi, 1) @ V - self.gain[m]
        self.lead[m] = seen.score(self.best[m]) - seen.score(self.theta[m])
        self.switches[m] += 1

    def weigh(self, m: int) -> None:
        """Find the weights that fit memory m best, and by how much those that are followed fit worse."""
        seen = seen_of(self.phi, self.counts[m])
        self.best[m] = best = fit(seen, self.best[m])
        self.lead[m] = seen.score(best) - seen.score(self.theta[m])
        self.slope[m], self.steps[m] = seen.slope(best), seen.times.sum()

    def take(self, moves: Moves) -> None:
        on = ~moves.over
        m, s, a, after = moves.memory[on], moves.state[on], moves.action[on], moves.after[on]
        np.add.at(self.counts, (m, s, a, after), 1.0)
        chance = self.phi[:, s, a, after].T  # [B, d]
        possible = chance.any(1)
        m, chance = m[possible], chance[possible]
        mine, fitted = ((chance * weights[m]).sum(1) for weights in (self.theta, self.best))
        with np.errstate(divide="ignore"):
            np.add.at(self.lead, m, np.log(fitted) - np.log(mine))  # inf where the weights exclude what happened
        np.add.at(self.slope, m, chance / fitted[:, None])
        np.add.at(self.steps, m, 1.0)
        # The fit is found anew only where it may have moved far enough: by Jensen, as in `mixture_sets.missed`.
        room = self.steps * np.log(np.maximum(self.slope.max(1) / np.maximum(self.steps, 1.0), 1.0))
        for k in np.flatnonzero(self.lead + room >= 4.0 * self.beta):
            self.weigh(int(k))
            if self.lead[k] >= 4.0 * self.beta:
                self.choose_anew(int(k))

    def tables(self) -> dict[str, Any]:
        names = ("phi", "pay", "counts", "theta", "best", "gain", "switches", "lead", "slope", "steps", "beta")
        return {**super().tables(), **{name: getattr(self, name) for name in names}}
