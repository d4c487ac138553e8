"""Behaviour alignment via reward function optimisation (BARFI).

    r_φ(s, a) = φ₁(s, a) + φ₂(s, a) r_p(s, a) + φ₃(s, a) r_aux(s, a)
    max_{φ, γ_φ}  J(θ*) − λ_γ γ_φ,    θ* where  Δ(θ, φ) = E[Σ_t ψ_t Σ_{j ≥ t} γ_φ^{j − t} r_φ(s_j, a_j)] − λ_θ θ = 0
    dJ / dφ = −(∂J / ∂θ) H⁻¹ (∂Δ / ∂φ),    H = ∂Δ / ∂θ,    ψ_t = ∂ log π(a_t | s_t) / ∂θ
    −H⁻¹ v ≈ η Σ_{k = 0}^{n} (I + η H)^k v

Finds the mixture of the task's reward and a designer's heuristic under which a learner ends at the policy that is best
for the task, however good or bad the heuristic is. The learner here is REINFORCE with a table of preferences, and all
expectations are exact. Where the episodes are the learner's own, H counts also that they change with θ; the paper holds
them still.

Source: Gupta, Chandak, Jordan, Thomas, da Silva, "Behavior Alignment via Reward Function Optimization", NeurIPS 2023.
"""

from dataclasses import dataclass, field

import numpy as np

from rewardlab.core import chain
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.softmax_policy import Episodes, return_gradient, softmax


@dataclass
class Barfi:
    """Learns φ and γ_φ, and the policy under them. Each `step` makes some steps of the learner and one of the reward.

    Args:
        mdp: the task, with its true reward and discount.
        auxiliary: r_aux [S, A], the heuristic.
        behaviour: the policy, [S, A] or actions [S], that plays all episodes, held still; None: the learner itself.
        inner_steps: N, steps of the learner before each step of the reward.
        inner_lr: the size of a learner's step (ours).
        outer_lr: the size of a reward's step, by Adam's rule: about the largest change of an entry of φ.
        terms: n of the series; None solves the linear system.
        eta: η of the series (ours).
        lam_theta: λ_θ > 0, which keeps the learner from a deterministic policy.
        lam_gamma: λ_γ >= 0, for short horizons.
        counting: the discount of the visits in the learner's update, in [0, 1]. 1 leaves out γ^t, as most programs do,
            but has no value where a heuristic lets episodes go on for ever; None is the task's own.

    Attributes:
        theta: the learner's preferences [S, A].
        phi: the parameters [3, S, A]; at first the plain sum, (0, 1, 1).
        gamma_phi: the learner's discount, at first the task's.

    Raises:
        BadOption: for options outside their ranges, or a process without a discount.
    """

    mdp: TabularMDP
    auxiliary: np.ndarray  # [S, A]
    behaviour: np.ndarray | None = None  # [S, A]
    inner_steps: int = 15
    inner_lr: float = 0.1
    outer_lr: float = 0.01
    terms: int | None = 5
    eta: float = 0.1
    lam_theta: float = 0.25
    lam_gamma: float = 0.001
    counting: float | None = None
    theta: np.ndarray = field(init=False)
    phi: np.ndarray = field(init=False)
    gamma_phi: float = field(init=False)

    def __post_init__(self) -> None:
        shape = (self.mdp.num_states, self.mdp.num_actions)
        self.auxiliary = np.asarray(self.auxiliary, dtype=float)
        for name, good, expected in (
            ("mdp", self.mdp.gamma is not None, "a process with a discount"),
            ("auxiliary", self.auxiliary.shape == shape and np.isfinite(self.auxiliary).all(), f"finite {shape}"),
            ("inner_steps", self.inner_steps >= 1, ">= 1"),
            ("terms", self.terms is None or self.terms >= 0, ">= 0, or None"),
            ("eta", self.eta > 0, "> 0"),
            ("lam_theta", self.lam_theta > 0, "> 0, or the learner has no fixed point"),
            ("lam_gamma", self.lam_gamma >= 0, ">= 0"),
        ):
            if not good:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="Barfi", expected=expected)
        if self.behaviour is not None:
            played = chain.check_policy(self.behaviour, *shape)
            self.behaviour = np.eye(shape[1])[played] if played.ndim == 1 else played
        self.theta = np.zeros(shape)
        self.phi = np.stack([np.zeros(shape), np.ones(shape), np.ones(shape)])
        self.gamma_phi = float(self.mdp.gamma or 0.0)
        self._moments = np.zeros((2, 3 * self.theta.size + 1))
        self._steps = 0

    @property
    def reward(self) -> np.ndarray:
        """r_φ [S, A]."""
        return (self.phi * self._parts).sum(0)

    @property
    def policy(self) -> np.ndarray:
        """The learner's probabilities [S, A]."""
        return softmax(self.theta)

    @property
    def objective(self) -> float:
        """J(θ) − λ_γ γ_φ."""
        return self.mdp.evaluate(self.policy).value - self.lam_gamma * self.gamma_phi

    def inner(self, steps: int | None = None) -> float:
        """Steps of the learner; the largest entry of Δ before the last one, which is 0 at a fixed point."""
        drift = np.zeros_like(self.theta)
        for _ in range(self.inner_steps if steps is None else steps):
            drift = self._episodes().update(self.policy) - self.lam_theta * self.theta
            self.theta = self.theta + self.inner_lr * drift
        return float(np.abs(drift).max())

    def implicit_gradient(self) -> tuple[np.ndarray, float]:
        """d objective / dφ [3, S, A] and d objective / dγ_φ, as if θ were the learner's fixed point."""
        episodes, target = self._episodes(), self.policy
        size = self.theta.size
        hessian = episodes.by_target(target)
        if self.behaviour is None:
            hessian = hessian + episodes.by_episodes(target)
        hessian = hessian.reshape(size, size) - self.lam_theta * np.eye(size)
        wanted = inverse_times(hessian.T, return_gradient(self.mdp, self.theta).ravel(), terms=self.terms, eta=self.eta)
        weight = wanted.reshape(self.theta.shape)
        by_phi = episodes.by_reward(target, weight) * self._parts
        by_gamma = float((weight * episodes.by_gamma(target)).sum()) - self.lam_gamma
        return by_phi, by_gamma

    def step(self) -> float:
        """Steps of the learner, then one of φ and γ_φ; the objective before that one."""
        self.inner()
        by_phi, by_gamma = self.implicit_gradient()
        slope = np.append(by_phi.ravel(), by_gamma)
        self._steps += 1
        for moment, rate, x in zip(self._moments, (0.9, 0.999), (slope, slope**2), strict=True):
            moment += (1 - rate) * (x - moment)
        first, second = (m / (1 - r**self._steps) for m, r in zip(self._moments, (0.9, 0.999), strict=True))
        move = self.outer_lr * first / (np.sqrt(second) + 1e-12)
        before = self.objective
        self.phi = self.phi + move[:-1].reshape(self.phi.shape)
        self.gamma_phi = float(np.clip(self.gamma_phi + move[-1], 0.0, self.mdp.gamma))
        return before

    @property
    def _parts(self) -> np.ndarray:
        return np.stack([np.ones_like(self.auxiliary), self.mdp.R, self.auxiliary])  # [3, S, A]

    def _episodes(self) -> Episodes:
        by = self.policy if self.behaviour is None else self.behaviour
        counting = float(self.mdp.gamma or 0.0) if self.counting is None else self.counting
        return Episodes(self.mdp, by, self.reward, gamma=self.gamma_phi, counting=counting)


def inverse_times(hessian: np.ndarray, vector: np.ndarray, *, terms: int | None = 5, eta: float = 0.1) -> np.ndarray:
    """−H⁻¹ v [D]: solved, or by the first `terms` + 1 terms of the series.

    Args:
        hessian: H [D, D]; for the series to converge, negative definite and no larger than 2 / η.
        vector: v [D].
        terms: n of the series; None solves the linear system.
        eta: η > 0.
    """
    if terms is None:
        return -np.linalg.solve(hessian, vector)
    power, total = vector, vector
    for _ in range(terms):
        power = power + eta * hessian @ power
        total = total + power
    return eta * total
