"""SAFE: a price of divergence that only acts above a threshold, which a controller moves.

    kl̄ ← 0.9 kl̄ + 0.1 kl,    r̄ ← 0.95 r̄ + 0.05 r,    e = (r̄ − r̄_before) − v,    I ← min(max(I + e, −1), 1)
    threshold = min(max((base + K_p e + K_i I + K_d (e − e_before)) · phase, 0.1), 0.6)
    L = L_PPO + 1[kl̄ > threshold] 0.1 (kl − threshold)² max(0.5, H_floor/(H̄ + 0.1)) − c H̄

Below the threshold the policy is free; above it the price grows with the square of the excess, and faster where the
entropy H̄ is low. The phase is 1.5 in the first updates, 1.2 while the reward climbs, 1 once it is high and steady, 0.8
otherwise. kl is the mean of k3 over the tokens of the batch, with its gradient; H̄ acts by its gradient where
`info["entropy"]` carries one, which `entropy_gradient` asks loops for. The pessimistic value of two critics is
`soft_min`; their loss is the loop's, as are the advantages.

Source: Maity, "SAFE: Stable Alignment Finetuning with Entropy-Aware Predictive Control for RLHF", 2026, Section 3.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rewardlab.agents.parts import masked, penalty, ratio, reduce, surrogate
from rewardlab.agents.parts.checked import checked, column, option
from rewardlab.agents.parts.constant import constant
from rewardlab.core.arrays import Array, array, namespace
from rewardlab.core.batch import Group
from rewardlab.core.checkpoint import check_keys

WINDOW = 50  # updates in each half of what the phase looks at
STATE = ("updates", "kl", "ema", "error", "integral", "change", "rewards")


@dataclass
class SAFE:
    """The objective, with its controller.

    Args:
        base: the threshold without control, in nats.
        floor: H_floor, the entropy below which the price is raised, in nats.
        kp, ki, kd: the gains of the controller.
        velocity: v, how much the smoothed reward should rise at each update.
        price: of the square of the excess.
        entropy_weight: c.
        low, high: how far below and above 1 the ratio of a token is followed.

    Attributes:
        updates: how often `update` was called.
        kl, ema: the smoothed divergence and reward.
        error, integral, change: e, I and the last change of e.
        rewards: the mean rewards of the last 100 updates.

    Raises:
        BadOption: for a negative threshold or price.
    """

    base: float = 0.3
    floor: float = 2.0
    kp: float = 0.3
    ki: float = 0.01
    kd: float = 0.05
    velocity: float = 0.001
    price: float = 0.1
    entropy_weight: float = 0.01
    low: float = 0.2
    high: float = 0.2
    entropy_gradient: ClassVar[bool] = True

    def __post_init__(self) -> None:
        option("base", self.base, self.base >= 0, by="SAFE", expected="a number of at least 0")
        option("price", self.price, self.price >= 0, by="SAFE", expected="a number of at least 0")
        self.updates, self.kl, self.ema = 0, 0.0, 0.0
        self.error, self.integral, self.change = 0.0, 0.0, 0.0
        self.rewards = np.zeros(0)

    def __call__(self, group: Group) -> Array:
        """The loss [P] of each prompt, for a group with the columns `advantage` and `entropy`, both [P, G, T].

        Raises:
            BadBatch: for fields that do not fit together.
            MissingColumn: if there is no advantage or no entropy.
        """
        checked(group, "SAFE")
        a, entropy = constant(column(group, "advantage", by="SAFE")), column(group, "entropy", by="SAFE")
        loss = surrogate.clip(ratio.token(group), a, self.low, self.high)
        mean_entropy = masked.batch_mean(entropy, group.mask)
        paid = self.cost(self._divergence(group), mean_entropy) - self.entropy_weight * mean_entropy
        return reduce.per_token(loss, group.mask) + paid

    @property
    def phase(self) -> float:
        """1.5, 1.2, 1.0 or 0.8: warming up, climbing, converged, or neither."""
        if self.updates < WINDOW:
            return 1.5
        new, old = self.rewards[-WINDOW:], self.rewards[:-WINDOW]
        if len(old) and new.mean() > old.mean() + 0.01:
            return 1.2
        return 1.0 if new.std() < 0.02 and new.mean() > 0.7 else 0.8

    @property
    def threshold(self) -> float:
        """The divergence in nats up to which nothing is paid, 0.1 to 0.6."""
        control = self.kp * self.error + self.ki * self.integral + self.kd * self.change
        return min(max((self.base + control) * self.phase, 0.1), 0.6)

    def cost(self, kl: Array, entropy: Array) -> Array:
        """What a divergence costs at an entropy; 0 while the smoothed divergence is within the threshold."""
        if self.kl <= self.threshold:
            return 0.0 * kl
        low = max(0.5, self.floor / (float(constant(entropy)) + 0.1))
        return self.price * (kl - self.threshold) ** 2 * low

    def update(self, group: Group) -> None:
        """Moves the controller by the divergence and the reward of this group."""
        reward = float(array(group.reward).mean())
        self.kl = 0.9 * self.kl + 0.1 * float(constant(self._divergence(group)))
        before, last = self.ema, self.error
        self.ema = reward if self.updates == 0 else 0.95 * self.ema + 0.05 * reward
        self.error = (self.ema - before if self.updates else 0.0) - self.velocity
        self.integral = min(max(self.integral + self.error, -1.0), 1.0)
        self.change = self.error - last if self.updates else 0.0
        self.rewards = np.append(self.rewards, reward)[-2 * WINDOW :]
        self.updates += 1

    def state_dict(self) -> dict[str, Any]:
        """All that the controller remembers."""
        return {name: getattr(self, name) for name in STATE}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes on from a `state_dict`.

        Raises:
            BadCheckpoint: for the state of something else.
        """
        check_keys(state, STATE, where="SAFE")
        for name in STATE[1:-1]:
            setattr(self, name, float(state[name]))
        self.updates, self.rewards = int(state["updates"]), np.array(state["rewards"], dtype=np.float64)

    def _divergence(self, group: Group) -> Array:
        return masked.batch_mean(penalty.to_reference(group, 1.0), group.mask)


def soft_min(one: Array, two: Array, alpha: float = 0.3) -> Array:
    """−α (log(e^(−V₁/α) + e^(−V₂/α)) − log 2): between the smaller of two values and their mean.

    Raises:
        BadOption: for an alpha that is not above 0.
    """
    option("alpha", alpha, alpha > 0, by="soft_min", expected="a number above 0")
    xp = namespace(one, two)
    least, gap = xp.minimum(one, two), abs(one - two)
    return least - alpha * (xp.log1p(xp.exp(-gap / alpha)) - float(np.log(2.0)))


def step_share(kl: float, most: float = 0.5) -> float:
    """By what a trial step is scaled whose divergence was `kl`: min(1, most/kl).

    For small steps the divergence is quadratic and the scaled step stays below `most`. It levels off for large ones:
    of a step of several nats a good part must be taken back twice.
    """
    return 1.0 if kl <= most else most / kl
