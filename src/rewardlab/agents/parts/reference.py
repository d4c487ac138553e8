"""References: what a policy is measured against when that moves.

    previous iterate   π_ref = π_t
    average            w_ref ← d w_ref + (1 − d) w                       of weights
    mixture            log π_mix = (1 − b) log π + b log μ − log Z       of distributions, each token by itself
    extrapolation      log π̂ = (1 + a) log π_t − a log π_{t−1} − log Z   beyond the last step

The functions map log-probabilities or logits over a vocabulary, [..., V], to log-probabilities. Of whole responses of
the same prompt they may be taken without Z, which is the same for all. The classes hold weights, and move them.

Source: Munos, Valko, Calandriello, et al., "Nash Learning from Human Feedback", ICML 2024, Section 6 (mixture and
average); He, Yuan, Gu, "Accelerated Preference Optimization for Large Language Model Alignment", 2024, Algorithm 1
(extrapolation).
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rewardlab.agents.parts.ranges import below_1
from rewardlab.agents.parts.stable import log_sum_exp
from rewardlab.core.arrays import Array, namespace, tensor
from rewardlab.core.checkpoint import check_keys


def normalised(logits: Array) -> Array:
    """log softmax over the last axis, [..., V]; a logit of −inf stays one."""
    xp = namespace(logits)
    return logits - log_sum_exp(logits, xp.ones_like(logits, dtype=xp.bool))[..., None]


def mixed(logits: Array, other: Array, weight: float) -> Array:
    """The geometric mixture π^(1 − b) μ^b as log-probabilities [..., V]; b = 0 is the policy, b = 1 the other."""
    return normalised((1.0 - weight) * logits + weight * other)


def extrapolated(new: Array, old: Array, momentum: float) -> Array:
    """π_t (π_t / π_{t−1})^a as log-probabilities [..., V]."""
    return normalised((1.0 + momentum) * new - momentum * old)


@dataclass
class Follower:
    """A copy of a policy that follows its weights.

    Attributes:
        policy: a torch module; never changed.
        decay: d in [0, 1): 0 is the policy at the last `update`, 0.999 an average over about a thousand of them.
        module: the copy, which takes no gradient.

    Raises:
        BadOption: for a decay outside [0, 1).
    """

    policy: Any
    decay: float = 0.0
    module: Any = field(init=False, repr=False)

    def __post_init__(self) -> None:
        below_1("Follower", decay=self.decay)
        self.module = _frozen(self.policy)

    def update(self) -> None:
        """Moves the copy towards the policy."""
        for mine, new in zip(_weights(self.module), _weights(self.policy), strict=True):
            if mine.is_floating_point():
                mine.mul_(self.decay).add_(new, alpha=1.0 - self.decay)
            else:
                mine.copy_(new)

    def state_dict(self) -> dict[str, Any]:
        """The weights of the copy."""
        return {k: v.clone() for k, v in self.module.state_dict().items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Sets the weights of the copy.

        Raises:
            BadCheckpoint: for the weights of another network.
        """
        check_keys(state, self.module.state_dict(), where="Follower")
        self.module.load_state_dict({k: tensor(v) for k, v in state.items()})


@dataclass
class Ahead:
    """A copy of a policy whose weights run ahead of it: ŵ = w_t + a (w_t − w_{t−1}), with w_t those at an `update`.

    Attributes:
        policy: a torch module; never changed.
        momentum: a in [0, 1).
        module: the copy ahead, which takes no gradient.

    Raises:
        BadOption: for a momentum outside [0, 1).
    """

    policy: Any
    momentum: float = 0.3
    module: Any = field(init=False, repr=False)
    last: Any = field(init=False, repr=False)

    def __post_init__(self) -> None:
        below_1("Ahead", momentum=self.momentum)
        self.module, self.last = _frozen(self.policy), _frozen(self.policy)

    def update(self) -> None:
        """Moves the copy ahead of the policy, and remembers where the policy was."""
        for mine, new, old in zip(*map(_weights, (self.module, self.policy, self.last)), strict=True):
            mine.copy_(new + self.momentum * (new - old) if mine.is_floating_point() else new)
            old.copy_(new)

    def state_dict(self) -> dict[str, Any]:
        """The weights of the copy and of the policy at the last update."""
        both = {"module": self.module.state_dict(), "last": self.last.state_dict()}
        return {f"{k}.{name}": v.clone() for k, weights in both.items() for name, v in weights.items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Sets both.

        Raises:
            BadCheckpoint: for the weights of another network.
        """
        check_keys(state, self.state_dict(), where="Ahead")
        for part, module in (("module.", self.module), ("last.", self.last)):
            module.load_state_dict({k.removeprefix(part): tensor(v) for k, v in state.items() if k.startswith(part)})


def _frozen(policy: Any) -> Any:
    return copy.deepcopy(policy).requires_grad_(False).eval()


def _weights(module: Any) -> list[Any]:
    """Parameters and buffers without their gradients; what two layers share comes once."""
    return [w.detach() for w in (*module.parameters(), *module.buffers())]
