"""Reward normalisation.

    R' = clip(r / σ(G), ±c),    G ← γ G + r along each episode

Divides by the running deviation of the discounted return, so that value targets have about unit variance whatever the
units of the task. The mean stays: taking it off would pay for long or short episodes.

Source: Engstrom, Ilyas, Santurkar, Tsipras, Janoos, Rudolph, Madry, "Implementation Matters in Deep Policy Gradients:
A Case Study on PPO and TRPO", ICLR 2020, Section 2 (reward scaling) and Appendix A.1, Algorithm 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import ENV_ROW, Transitions
from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Reward
from rewardlab.core.scale import ReturnScale


@dataclass
class Normalise(Reward):
    """Pays what the stage below paid, over the running deviation of its discounted return.

    The deviation is learned by `update` alone, from batches as drivers hand them on; before the first one, rewards pass
    unscaled.

    Args:
        gamma: the discount of the returns, the agent's own.
        clip: pays lie in [-clip, clip]; infinity for none.

    Raises:
        BadOption: for a gamma outside [0, 1) or a clip that is not positive.
    """

    gamma: float = 0.99
    clip: float = 10.0

    def __post_init__(self) -> None:
        if not 0 <= self.gamma < 1:
            raise BadOption(f"gamma={self.gamma!r}", where="Normalise", expected="a number in [0, 1)")
        if not self.clip > 0:
            raise BadOption(f"clip={self.clip!r}", where="Normalise", expected="a positive number")
        self._scale = ReturnScale(self.gamma)

    def __call__(self, batch: Transitions) -> Array:
        return namespace(batch.reward).clip(batch.reward / self._scale.scale, -self.clip, self.clip)

    def update(self, batch: Transitions) -> dict[str, float]:
        self._scale.update(batch.reward, batch.done, row=batch.info.get(ENV_ROW))
        return {f"{self.name}/scale": self._scale.scale}

    def state_dict(self) -> dict[str, Any]:
        return self._scale.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._scale.load_state_dict(state)
