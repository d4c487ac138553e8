"""How much more often one policy comes to a state and action than another: a classifier of their samples.

    min_d E_π[ log(1 + exp(−d)) ] + E_base[ log(1 + exp d) ],    d → log(μ_π / μ_base)

Source: Sugiyama, Suzuki, Kanamori, "Density Ratio Estimation in Machine Learning", Cambridge University Press 2012,
Section 4.2 (logistic regression); Ho, Ermon, "Generative Adversarial Imitation Learning", NeurIPS 2016.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from gymnasium import spaces
from torch import Tensor
from torch.nn import functional as F

from rewardlab.core.arrays import Tree
from rewardlab.core.errors import BadOption
from rewardlab.core.nets import Fit, encoder, mlp


class OccupancyRatio:
    """log(μ_π / μ_base) of states and actions, learned from samples of both.

    Args:
        observation_space, action_space: of what is told apart.
        hidden: widths of the network; () for a linear one, which is exact on tables.
        lr: step size of Adam.
        clip: the largest absolute value that is given.
        seed: of the weights.
        device: where the network stays.
    """

    def __init__(
        self,
        observation_space: spaces.Space,
        action_space: spaces.Space,
        *,
        hidden: Sequence[int] = (64, 64),
        lr: float = 3e-4,
        clip: float = 10.0,
        seed: int = 0,
        device: Any = "cpu",
    ) -> None:
        if not clip > 0:
            raise BadOption(f"clip={clip!r}", where="OccupancyRatio", expected="above 0", mend="clip=10.0")
        self.clip = clip
        self._encode = encoder(spaces.Dict({"observation": observation_space, "action": action_space}))
        self.network = mlp(self._encode.width, 1, hidden, torch.nn.Tanh, seed=seed)
        self.fit = Fit(self.network, lr, name="OccupancyRatio")
        self.fit.to(device)

    def features(self, obs: Tree, action: Tensor) -> Tensor:
        """[B, D] of observations and actions [B, ...]."""
        return self._encode({"observation": obs, "action": action}, (len(action),))

    def loss(self, mine: Tensor, base: Tensor) -> Tensor:
        """The cross-entropy, a scalar, of features [B, D] of the policy and [B', D] of the base."""
        return F.softplus(-self.network(mine)).mean() + F.softplus(self.network(base)).mean()

    def update(self, mine: Tensor, base: Tensor) -> dict[str, float]:
        """One step on features [B, D] of the policy and [B', D] of the base; returns what to log."""
        return self.fit(self.loss(mine, base))

    @torch.no_grad()
    def __call__(self, features: Tensor) -> Tensor:
        """d [B] of features [B, D]."""
        return self.network(features).squeeze(-1).clamp(-self.clip, self.clip)

    def state_dict(self) -> dict[str, Any]:
        """Weights and moments."""
        return self.fit.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`."""
        self.fit.load_state_dict(state)
