"""What is checked before a deep agent is made and after it has learned, and the errors of Stable-Baselines3 as ours."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from stable_baselines3.common.base_class import BaseAlgorithm
from torch import Tensor

from rewardlab.core.errors import BadOption, BadSpace, Diverged, RewardlabError, UnknownName

COMPILE = ("off", "default", "cudagraphs")


class Checked(BaseAlgorithm):
    """A `BaseAlgorithm` that refuses what it cannot work with, by name."""

    _last_good: str = ""  # the checkpoint written last

    def _checked_compile(self, compile: str) -> str:
        if compile not in COMPILE:
            raise BadOption(f"compile={compile!r}", where=type(self).__name__, expected=f"one of {COMPILE}")
        return compile

    def _check_finite(self, stats: list[dict[str, Tensor]], norms: list[Tensor]) -> None:
        """Raises Diverged, naming the first tensor that is not finite, after an update in which one was."""
        found = torch.stack([s["loss"] for s in stats] + norms)
        if bool(torch.isfinite(found).all()):
            return
        at = int((~torch.isfinite(found)).nonzero()[0, 0])
        names = [k for k, v in stats[min(at, len(stats) - 1)].items() if not bool(torch.isfinite(v).all())]
        wrong = [k for k, p in self.policy.named_parameters() if not bool(torch.isfinite(p).all())]
        raise Diverged(
            f"{names[0] if names else 'the gradient'} is not finite in minibatch {at % len(stats)} "
            f"at step {self.num_timesteps}" + (f"; first bad tensor {wrong[0]}" if wrong else ""),
            where=type(self).__name__,
            expected="finite losses and gradients",
            mend=f"go on from {self._last_good}" if self._last_good else "lower learning_rate, or scale the rewards",
        )

    @contextmanager
    def _our_errors(self) -> Iterator[None]:
        """What Stable-Baselines3 asserts while it is made, as errors of ours."""
        try:
            yield
        except gym.error.UnregisteredEnv as e:
            raise UnknownName(
                str(e), where=type(self).__name__, expected="an environment that is registered", mend="rewardlab list"
            ) from None
        except AssertionError as e:
            if isinstance(e, RewardlabError):
                raise
            kind = BadSpace if "space" in str(e) else BadOption
            raise kind(str(e), where=type(self).__name__) from None

    def _check(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """Refuse numbers that Stable-Baselines3 would stumble over later."""
        for name in ("n_steps", "batch_size", "n_epochs", "buffer_size", "gradient_steps"):
            value = kwargs.get(name)
            whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
            least = -1 if name == "gradient_steps" else 1
            if value is not None and (not whole or value < least):
                raise BadOption(
                    f"{name}={value!r}", where=type(self).__name__, expected=f"an integer of at least {least}"
                )
