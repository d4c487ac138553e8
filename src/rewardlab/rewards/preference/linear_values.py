"""Best values as differentiable functions of the weights of a linear reward.

    successor features  ψ_i(s, a) = E[Σ_t γ^t φ_t | s, a, π_i],    Q_w(s, a) = Σ_i softmax_i(ψ_i·w / τ) ψ_i·w
    soft values         V_w(s) = τ ln Σ_a exp(Q_w(s, a) / τ),    Q_w = φ·w + γ P V_w

Successor features never plan: the values are those of the best of a set of policies that were evaluated once. Soft
values are those of the best policy whatever the weights, and cost a few linear solves. τ → 0 gives hard maxima.

Source: Knox, Hatgis-Kessell, Booth, Niekum, Stone, Allievi, "Models of human preference for learning reward functions",
TMLR 2024, Section 4 (softened generalised policy improvement); Barreto, Dabney, Munos, Hunt, Schaul, van Hasselt,
Silver, "Successor Features for Transfer in Reinforcement Learning", NeurIPS 2017, Theorem 1; Haarnoja, Tang, Abbeel,
Levine, "Reinforcement Learning with Deep Energy-Based Policies", ICML 2017, Theorem 2 (soft values).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP


def random_policies(mdp: TabularMDP, features: np.ndarray, *, count: int = 30, seed: int = 0) -> list[np.ndarray]:
    """Policies [S] that are optimal for normal random weights; equal ones once, so that there may be fewer."""
    rng = np.random.default_rng(seed)
    drawn = (mdp.with_reward(features @ rng.normal(size=features.shape[-1])).solve().policy for _ in range(count))
    return list({p.tobytes(): p for p in drawn}.values())


@dataclass(frozen=True, eq=False)
class SuccessorFeatures:
    """w -> V [S], Q [S, A]: the soft best of a set of policies, by exact successor features.

    V is the soft maximum over policies and actions together, so that no action is better than its state; ours.

    Args:
        mdp: whose transitions, ends and discount count.
        features: φ [S, A, D].
        policies: N of them, actions [S] or probabilities [S, A]; see `random_policies`.
        temperature: τ > 0.

    Raises:
        BadOption: for features of another form, no policy or a temperature that is not positive.
    """

    mdp: TabularMDP
    features: np.ndarray
    policies: Sequence[np.ndarray]
    temperature: float = 0.001

    def __post_init__(self) -> None:
        phi = checked(self.mdp, self.features, self.temperature, where="SuccessorFeatures")
        if not len(self.policies):
            raise BadOption("no policies", where="SuccessorFeatures", expected="at least one", mend="random_policies")
        parts = [self.mdp.with_reward(phi[..., d]) for d in range(phi.shape[-1])]
        psi = [np.stack([m.evaluate(p).Q for m in parts], -1) for p in self.policies]
        object.__setattr__(self, "_psi", torch.as_tensor(np.stack(psi)))  # [N, S, A, D]

    @property
    def psi(self) -> Tensor:
        """ψ [N, S, A, D]."""
        found: Tensor = self._psi  # type: ignore[attr-defined]
        return found

    def __call__(self, w: Tensor) -> tuple[Tensor, Tensor]:
        worth = self.psi @ w  # [N, S, A]
        Q = soft_best(worth.movedim(0, -1), self.temperature)
        V = soft_best(worth.movedim(0, -1).flatten(1), self.temperature)
        return V, Q


@dataclass(frozen=True, eq=False)
class SoftValues:
    """w -> V [S], Q [S, A]: the fixed point of soft value iteration, with its exact gradient.

    Soft policy iteration finds the policy π; by the envelope theorem the gradient of its soft values with π held is
    that of V.

    Args:
        mdp: whose transitions, ends and discount below 1 count.
        features: φ [S, A, D].
        temperature: τ > 0.
        tolerance: > 0; iteration ends when no value moves by more.

    Raises:
        BadOption: for features of another form, a discount of 1 or None, or a number that is not positive.
    """

    mdp: TabularMDP
    features: np.ndarray
    temperature: float = 0.001
    tolerance: float = 1e-9

    def __post_init__(self) -> None:
        phi = checked(self.mdp, self.features, self.temperature, where="SoftValues")
        if self.mdp.gamma is None or self.mdp.gamma == 1.0 or not self.tolerance > 0:
            raise BadOption(
                f"gamma={self.mdp.gamma!r}, tolerance={self.tolerance!r}",
                where="SoftValues",
                expected="gamma < 1, since what is soft also earns by not ending; tolerance > 0",
            )
        onward = self.mdp.gamma * self.mdp.dense()[0]  # [S, A, S] γ P
        onward[self.mdp.terminal] = 0.0
        held = (torch.as_tensor(x) for x in (phi, onward, ~self.mdp.terminal))
        for name, x in zip(("_phi", "_onward", "_live"), held, strict=True):
            object.__setattr__(self, name, x)

    def __call__(self, w: Tensor) -> tuple[Tensor, Tensor]:
        phi, onward, live = (getattr(self, name) for name in ("_phi", "_onward", "_live"))
        reward = phi @ w  # [S, A]
        with torch.no_grad():
            V = torch.zeros(len(reward), dtype=reward.dtype)
            for _ in range(1000):
                policy = ((reward + onward @ V) / self.temperature).softmax(-1)
                before, V = V, self._evaluated(policy, reward, onward, live)
                if float((V - before).abs().max()) <= self.tolerance * (1.0 + float(V.abs().max())):
                    break
        V = self._evaluated(policy, reward, onward, live)
        return V, reward + onward @ V

    def _evaluated(self, policy: Tensor, reward: Tensor, onward: Tensor, live: Tensor) -> Tensor:
        """Soft values [S] of a policy that is held."""
        surprise = -torch.special.xlogy(policy, policy).sum(-1)
        paid = ((policy * reward).sum(-1) + self.temperature * surprise) * live
        chain = torch.eye(len(paid), dtype=paid.dtype) - torch.einsum("sa,sat->st", policy, onward)
        found: Tensor = torch.linalg.solve(chain, paid)
        return found


def soft_best(x: Tensor, temperature: float) -> Tensor:
    """Σ_i softmax_i(x / τ) x over the last axis, at most the maximum."""
    return ((x / temperature).softmax(-1) * x).sum(-1)


def checked(mdp: TabularMDP, features: np.ndarray, temperature: float, *, where: str) -> np.ndarray:
    """The features as floats, 0 in terminal states.

    Raises:
        BadOption: for another form or a temperature that is not positive.
    """
    phi = np.array(features, dtype=np.float64)
    if phi.shape[:2] != (mdp.num_states, mdp.num_actions) or phi.ndim != 3 or not temperature > 0:
        raise BadOption(
            f"features {phi.shape}, temperature={temperature!r}",
            where=where,
            expected=f"[{mdp.num_states}, {mdp.num_actions}, D] and temperature > 0",
        )
    phi[mdp.terminal] = 0.0
    return phi
