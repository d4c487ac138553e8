"""Driving cost: what a car is to do, from parameters that a sentence can change.

    c = q_v (v − v_max)² + q_n (n − n_ref)² + q_α α² + q_ac a² + q_δ̇ δ̇² + β Σ_i max(g_i, 0)²
    g = (v² |κ| − a_lat, |n| − width / 2 + margin, v − v_max, v_min − v)

Bounds are soft here: what must never happen is kept by whoever drives, whatever the parameters.

Source: Baumann, Hu, Sivasothilingam, Qin, Xie, Magno, Benini, "Enhancing Autonomous Driving Systems with On-Board
Deployed Large Language Models", Robotics: Science and Systems 2025, Section III.C (soft bounds are
ours).
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rewardlab.core.arrays import Array, is_torch, namespace, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Reward
from rewardlab.rewards.language.driving import NAMES


@dataclass
class DrivingCost(Reward):
    """Minus the cost of driving, after the step.

    Args:
        theta: [10] the parameters in the order of `driving.NAMES`; or [N, 10], for observations whose last number says
            which row of these is meant.
        width: m, of the track.
        dt: s, of a step, in which the steering angle changes by δ̇ dt.
        soft: β >= 0, weight of bounds (ours).

    Raises:
        BadOption: for parameters of another shape.
    """

    theta: Any
    width: float = 3.0
    dt: float = 0.05
    soft: float = 200.0

    knowledge: ClassVar[str] = "what is wanted, in words"

    def __post_init__(self) -> None:
        self.theta = np.asarray(self.theta, dtype=np.float64)
        if self.theta.ndim not in (1, 2) or self.theta.shape[-1] != len(NAMES):
            raise BadOption(f"theta of shape {self.theta.shape}", where="DrivingCost", expected=f"[{len(NAMES)}]")

    def __call__(self, batch: Transitions) -> Array:
        x, xp = batch.next_obs, namespace(batch.reward)
        if self.theta.ndim == 1:
            theta: Any = [float(t) for t in self.theta]
        else:
            row = x[..., -1]
            whole = tensor(self.theta, like=x) if is_torch(x) else self.theta
            theta = [whole[..., k][row.long() if is_torch(row) else row.astype(int)] for k in range(len(NAMES))]
        q_v, q_n, q_alpha, q_ac, q_ddelta, grip, v_min, v_max, n_ref, margin = theta
        n, alpha, v, a, kappa = x[..., 1], x[..., 2], x[..., 3], x[..., 4], x[..., 6]
        turn = (x[..., 5] - batch.obs[..., 5]) / self.dt
        cost = q_v * (v - v_max) ** 2 + q_n * (n - n_ref) ** 2 + q_alpha * alpha**2 + q_ac * a**2 + q_ddelta * turn**2
        zero = xp.zeros_like(v)
        for over in (v**2 * xp.abs(kappa) - grip, xp.abs(n) - 0.5 * self.width + margin, v - v_max, v_min - v):
            excess = xp.where(over > 0, over, zero)
            cost = cost + self.soft * excess**2
        return -cost
