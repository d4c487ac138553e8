"""Proximal policy optimisation.

    L = −E[ min(ρ A, clip(ρ, 1 − ε, 1 + ε) A) ],    ρ = π(a|s) / π_old(a|s)

Several epochs on one rollout; a step that has moved the policy far enough earns no more. The class is
Stable-Baselines3's PPO, whose data stay on the device.

Source: Schulman, Wolski, Dhariwal, Radford, Klimov, "Proximal Policy Optimization Algorithms", 2017, Equation 7.
"""

import stable_baselines3
import torch
from stable_baselines3.common.utils import FloatSchedule
from torch import Tensor

from rewardlab.agents.loops.on_policy import OnPolicy
from rewardlab.agents.loops.rollouts import Minibatch
from rewardlab.core.errors import BadOption


def clipped_surrogate(ratio: Tensor, advantage: Tensor, clip: float) -> Tensor:
    """−min(ρ A, clip(ρ) A) of each step [B]."""
    return -torch.min(advantage * ratio, advantage * ratio.clamp(1 - clip, 1 + clip))


class PPO(OnPolicy, stable_baselines3.PPO):
    """Proximal policy optimisation with the arguments of `stable_baselines3.PPO`, and those of `OnPolicy`."""

    def _setup_model(self) -> None:
        super()._setup_model()
        self.clip_range = FloatSchedule(self.clip_range)
        if self.clip_range_vf is not None:
            if isinstance(self.clip_range_vf, (float, int)) and not self.clip_range_vf > 0:
                raise BadOption(
                    f"clip_range_vf={self.clip_range_vf!r}", where="PPO", expected="above 0, or None for no clipping"
                )
            if self.value_loss.width != 1:
                raise BadOption(
                    "clip_range_vf with a value that is no single number", where="PPO", mend="clip_range_vf=None"
                )
            self.clip_range_vf = FloatSchedule(self.clip_range_vf)

    def begin_update(self) -> dict[str, float]:
        remaining = self._current_progress_remaining
        self._clip = self.clip_range(remaining)  # type: ignore[operator]
        shown = {"train/clip_range": self._clip}
        if self.clip_range_vf is not None:
            self._clip_value = shown["train/clip_range_vf"] = self.clip_range_vf(remaining)  # type: ignore[operator]
        return shown

    def objective(self, batch: Minibatch, outputs: Tensor, log_prob: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        ratio = (log_prob - batch.log_prob).exp()
        clipped = ((ratio.detach() - 1).abs() > self._clip).float().mean()
        return clipped_surrogate(ratio, batch.advantage, self._clip).mean(), {"clip_fraction": clipped}

    def value_error(self, shown: Tensor, batch: Minibatch) -> Tensor:
        if self.clip_range_vf is not None:
            old = batch.value[..., None]
            shown = old + (shown - old).clamp(-self._clip_value, self._clip_value)
        return super().value_error(shown, batch)
