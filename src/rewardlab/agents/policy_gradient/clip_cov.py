"""Clip-Cov: a few of the tokens that would lower the entropy most are not learned from.

    C_t = (log π(y_t) − mean)(A − mean),    dH ≈ −η Cov(log π, A)
    L = GRPO's, with 0 for ⌊f N⌋ tokens drawn by chance from those with C in [C_low, C_high], N tokens in the batch

Entropy falls where likely tokens have high advantages: their covariance lies far above the mean, and they are few.
Leaving out some of them keeps the policy exploring. With f = 0 it is GRPO to the bit.

Source: Cui et al., "The Entropy Mechanism of Reinforcement Learning for Reasoning Language Models", 2025, Section 4.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.agents.parts import advantage, modulate, ratio, reduce, surrogate
from rewardlab.agents.parts.checked import checked, option
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group
from rewardlab.core.checkpoint import check_keys


@dataclass
class ClipCov:
    """The objective, with its count of updates: the draws of update n are those of the seed pair (seed, n).

    Called twice before `update`, it draws the same tokens of the same batch.

    Args:
        fraction: f, the share of all tokens that is left out at most; the paper's, for batches of millions.
        least, most: C_low and C_high.
        low, high: how far below and above 1 the ratio of a token is followed.
        epsilon: added to the standard deviation.
        seed: of the draws.

    Attributes:
        updates: n, how often `update` was called.

    Raises:
        BadOption: for a fraction outside 0 to 1.
    """

    fraction: float = 2e-4
    least: float = 1.0
    most: float = 5.0
    low: float = 0.2
    high: float = 0.2
    epsilon: float = 1e-6
    seed: int = 0

    def __post_init__(self) -> None:
        option("fraction", self.fraction, 0 <= self.fraction <= 1, by="ClipCov", expected="0 to 1")
        self.updates = 0

    def __call__(self, group: Group) -> Array:
        """The loss [P] of each prompt.

        Raises:
            BadBatch: for fields that do not fit together.
        """
        checked(group, "ClipCov")
        a = advantage.normalised(group, self.epsilon)
        loss = surrogate.clip(ratio.token(group), a, self.low, self.high)
        return reduce.per_response(loss * ~self.left_out(group, a), group.mask)

    def left_out(self, group: Group, a: Array) -> Array:
        """The tokens that are not learned from, bool [P, G, T], for advantages a."""
        c = modulate.covariance(group.logp, a, group.mask)
        band = (group.mask != 0) & (c >= self.least) & (c <= self.most)
        number = int(self.fraction * float((group.mask != 0).sum()))
        return modulate.drawn(band, number, np.random.default_rng((self.seed, self.updates)))

    def update(self, group: Group) -> None:
        """The next draws."""
        self.updates += 1

    def state_dict(self) -> dict[str, Any]:
        """How many updates there were."""
        return {"updates": self.updates}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes on from a `state_dict`.

        Raises:
            BadCheckpoint: for the state of something else.
        """
        check_keys(state, {"updates"}, where="ClipCov")
        self.updates = int(state["updates"])
