"""Occupancy-regularised policy optimisation.

    max_π J(π, Q) − λ √χ²(μ_π ‖ μ_base),    χ² = E_base[ (μ_π / μ_base)² ] − 1
    Q'(s, a) = Q(s, a) − (λ / √χ²) μ_π(s, a) / μ_base(s, a)      the reward with the same gradient
    (J(π, R) − J(base, R)) / σ_R  ≥  (1/r) [ (J(π, Q) − J(base, Q)) / σ_Q − √((1 − r²) χ²) ]

A proxy Q that correlates with the truth R by r under a base policy stops doing so where another policy goes. Held near
the base in what it visits, rather than in what it does, a policy that gains on the proxy gains in truth: by no less
than the last line, if λ = σ_Q √(1 − r²).

Source: Laidlaw, Singhal, Dragan, "Correlated Proxies: A New Definition and Improved Mitigation for Reward Hacking",
ICLR 2025, Theorem 5.1 and Section 5 (the discriminator and the reward that is optimised).
"""

from typing import Any, ClassVar

import numpy as np
import stable_baselines3
import torch
from scipy.optimize import brentq
from stable_baselines3.common.utils import FloatSchedule
from torch import Tensor

from rewardlab.agents.loops.occupancy_ratio import OccupancyRatio
from rewardlab.agents.loops.on_policy import OnPolicy
from rewardlab.agents.loops.rollouts import Minibatch
from rewardlab.core.arrays import Array, tensor, tree_map
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP


def chi_square(occupancy: np.ndarray, base: np.ndarray) -> float:
    """χ²(μ ‖ μ_base) of two distributions of one shape; infinite where only μ goes."""
    where = base > 0
    if np.any(occupancy[~where] > 0):
        return float("inf")
    return float((occupancy[where] ** 2 / base[where]).sum()) - 1.0


def improvement_bound(proxy_gain: Array, chi_square: Array, correlation: float) -> Array:
    """What a policy gains in truth at least, in deviations of the true reward.

    Args:
        proxy_gain: what it gains on the proxy, in deviations of the proxy under the base.
        chi_square: χ² of its occupancy.
        correlation: r of proxy and truth under the base, in (0, 1].

    Raises:
        BadOption: for a correlation outside these bounds.
    """
    if not 0 < correlation <= 1:
        raise BadOption(f"correlation={correlation!r}", where="improvement_bound", expected="0 < r <= 1")
    return (proxy_gain - ((1 - correlation**2) * chi_square) ** 0.5) / correlation


def regularised_reward(proxy: Tensor, log_ratio: Tensor, weight: float) -> Tensor:
    """Q' of steps that the policy took.

    Args:
        proxy: Q [B].
        log_ratio: d = log(μ_π / μ_base) [B]; χ² is estimated as the mean of exp(d) less 1.
        weight: λ.
    """
    ratio = log_ratio.exp()
    chi = (ratio.mean() - 1).clamp(min=1e-4)  # 0 at the base itself, where √χ² has no derivative
    return proxy - weight / chi.sqrt() * ratio


def best_occupancy(mdp: TabularMDP, base: Any, weight: float) -> np.ndarray:
    """The occupancy [S, A], summing to 1, that maximises J(μ) − λ √χ²(μ ‖ μ_base) exactly.

    Args:
        mdp: discounted, without terminal states; its reward is the proxy.
        base: a policy, actions [S] or probabilities [S, A].
        weight: λ > 0.

    Raises:
        BadOption: for another process, or a weight that is not above 0.
    """
    if mdp.gamma is None or not mdp.gamma < 1 or mdp.terminal.any():
        raise BadOption(f"{mdp!r}", where="best_occupancy", expected="gamma < 1 and no terminal states")
    if not weight > 0:
        raise BadOption(f"weight={weight!r}", where="best_occupancy", expected="above 0")
    reference = (1 - mdp.gamma) * mdp.occupancy(base)
    dual = _Dual(mdp, reference)

    def excess(log_price: float) -> float:
        price = np.exp(log_price)
        return price * np.sqrt(max(chi_square(dual.solve(price), reference), 0.0)) - weight

    # With price c the same μ maximises J − ½ c χ², and c = λ / √χ². c √χ² grows with c up to what it is where steps are
    # so small that nothing is clipped; if λ is beyond that, the base itself is the best.
    high = np.log(np.abs(mdp.R - mdp.R.mean()).max() + 1e-12) + 9.0
    if excess(high) <= 0:
        return reference
    low = high
    while excess(low) > 0 and low > high - 30.0:  # down in short steps, each solved from the last
        low, high = low - 1.0, low
    return dual.solve(np.exp(brentq(excess, low, high, xtol=1e-10)))


class _Dual:
    """max_μ J(μ) − ½ c χ² by Newton steps on min_V (1 − γ) μ₀ V + Σ μ_base [Q + γ P V − V]₊² / 2c."""

    def __init__(self, mdp: TabularMDP, reference: np.ndarray) -> None:
        gamma = float(mdp.gamma or 0.0)
        self.shape, self.base = reference.shape, reference.ravel()
        self.seen = reference.sum(1) > 0  # [S]; from what the base does nothing else can be reached
        leave = np.repeat(np.eye(mdp.num_states), mdp.num_actions, axis=0)
        self.flow = (gamma * mdp.P.toarray() - leave)[:, self.seen]  # [S * A, S']
        self.reward, self.source = mdp.R.ravel(), (1 - gamma) * mdp.initial[self.seen]
        self.last, self.gamma = mdp.evaluate(_policy(reference)).V[self.seen], gamma

    def solve(self, price: float) -> np.ndarray:
        """μ [S, A]."""
        V, damping = self.last - price / (1 - self.gamma), 1e-13
        for _ in range(500):
            gap = self.reward + self.flow @ V
            visits = self.base * np.maximum(gap, 0.0) / price
            slope = self.source + self.flow.T @ visits
            if np.abs(slope).max() < 1e-12 or damping > 1e3:  # what is left is rounding
                break
            active = self.base * (gap > 0) / price
            curve = self.flow.T @ (active[:, None] * self.flow)
            curve[np.diag_indices_from(curve)] += damping * max(curve.diagonal().max(), 1e-300)
            step = -np.linalg.solve(curve, slope)
            now, fall, size = self._height(V, price), slope @ step, 1.0
            while size > 1e-3 and self._height(V + size * step, price) > now + 1e-4 * size * fall:
                size *= 0.5
            if size <= 1e-3:  # where few actions are taken, the curve is flat some way and steps lead far beyond it
                damping *= 100.0
                continue
            V, damping = V + size * step, max(damping / 10.0, 1e-13)
        self.last = V + price / (1 - self.gamma)
        gap = self.reward + self.flow @ V
        return (self.base * np.maximum(gap, 0.0) / price).reshape(self.shape)

    def _height(self, V: np.ndarray, price: float) -> float:
        gap = np.maximum(self.reward + self.flow @ V, 0.0)
        return float(self.source @ V + (self.base * gap**2).sum() / (2 * price))


def _policy(occupancy: np.ndarray) -> np.ndarray:
    """The policy [S, A] that visits so; uniform where it never comes."""
    total = occupancy.sum(1, keepdims=True)
    return np.where(total > 0, occupancy / np.where(total > 0, total, 1.0), 1.0 / occupancy.shape[1])


class OccupancyPPO(OnPolicy, stable_baselines3.PPO):
    """Proximal policy optimisation that pays Q' where the environment pays Q.

    Args:
        *args: those of `stable_baselines3.PPO`.
        base: observations [M, *obs] and actions [M, *action] of the base policy, as it comes by them.
        weight: λ ≥ 0, in the units of the reward.
        ratio_steps: of the discriminator, per rollout.
        ratio_lr: its step size.
        ratio_clip: the largest log ratio.
        **kwargs: those of `stable_baselines3.PPO` and `OnPolicy`.

    Raises:
        BadOption: for a negative weight, a clipped value, or learning without samples of a base.
    """

    parts: ClassVar[tuple[str, ...]] = ("ratio",)

    def __init__(
        self,
        *args: Any,
        base: tuple[Any, Any] | None = None,
        weight: float = 0.1,
        ratio_steps: int = 5,
        ratio_lr: float = 3e-4,
        ratio_clip: float = 10.0,
        **kwargs: Any,
    ) -> None:
        if not weight >= 0 or kwargs.get("clip_range_vf") is not None:
            raise BadOption(
                f"weight={weight!r}, clip_range_vf={kwargs.get('clip_range_vf')!r}",
                where=type(self).__name__,
                expected="weight >= 0 and clip_range_vf=None",
            )
        self.base, self.weight = base, weight
        self.ratio_steps, self.ratio_lr, self.ratio_clip = ratio_steps, ratio_lr, ratio_clip
        super().__init__(*args, **kwargs)

    def _setup_model(self) -> None:
        super()._setup_model()
        self.clip_range = FloatSchedule(self.clip_range)
        self.ratio = OccupancyRatio(
            self.observation_space,
            self.action_space,
            lr=self.ratio_lr,
            clip=self.ratio_clip,
            seed=self._weights_seed,
            device=self.device,
        )
        self._chi = torch.zeros((), device=self.device)

    def _setup_learn(self, *args: Any, **kwargs: Any) -> Any:
        if self.base is None:
            raise BadOption(
                "no samples of a base policy",
                where=type(self).__name__,
                mend="base=(observations, actions), also for `load`",
            )
        obs = tree_map(lambda x: tensor(x, device=self.device), self.base[0])
        self._reference = self.ratio.features(obs, tensor(self.base[1], device=self.device))
        return super()._setup_learn(*args, **kwargs)

    def _excluded_save_params(self) -> list[str]:
        return [*super()._excluded_save_params(), "base", "ratio", "_reference", "_chi"]

    def _evaluate(self, roll: Any, held: Any) -> Minibatch:
        flat = tree_map(lambda x: x[:-1].flatten(0, 1), roll.obs)
        mine = self.ratio.features(flat, roll.action.flatten(0, 1))
        moved = roll.live.flatten()
        with torch.enable_grad():
            for _ in range(self.ratio_steps):
                drawn = torch.randint(len(self._reference), (len(mine),), generator=self.generator, device=self.device)
                self.ratio.update(mine if roll.all_live else mine[moved], self._reference[drawn])
        log_ratio = self.ratio(mine)
        self._chi = log_ratio[moved].exp().mean() - 1
        paid = regularised_reward(roll.reward.flatten(), log_ratio, self.weight)
        roll.reward.copy_(paid.view_as(roll.reward))
        return super()._evaluate(roll, held)

    def begin_update(self) -> dict[str, float]:
        self._clip = self.clip_range(self._current_progress_remaining)  # type: ignore[operator]
        return {"train/clip_range": self._clip, "train/chi_square": float(self._chi)}

    def objective(self, batch: Minibatch, outputs: Tensor, log_prob: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        ratio = (log_prob - batch.log_prob).exp()
        held = ratio.clamp(1 - self._clip, 1 + self._clip)
        return -torch.min(ratio * batch.advantage, held * batch.advantage).mean(), {}
