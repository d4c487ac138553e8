"""Random encoders for efficient exploration (RE3).

    b(s') = log(1 + ‖y − y_kNN‖),    y = f(s'), f random and fixed

An estimate of the entropy of the states visited, by the distance to the k-th nearest of those that were visited lately,
in the features of a network that is never trained. Nothing has to be learned, so nothing can be forgotten.

Source: Seo, Chen, Shin, Lee, Abbeel, Lee, "State Entropy Maximization with Random Encoders for Efficient Exploration",
ICML 2021, Equation 4.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import torch
from gymnasium.spaces import Space

from rewardlab.core import nets
from rewardlab.core.arrays import Array, array, is_torch
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.reward import Reward

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(kw_only=True)
class RE3(Reward):
    """Pays for states that are far from those visited lately, in random features; 0 before the first update.

    Args:
        space: of the observations; without it the first batch decides, as in `RND`.
        seed: of the network.
        neighbours: k >= 1.
        capacity: how many states are remembered, the oldest forgotten first, >= k.
        hidden: widths of the hidden layers.
        features: width of the features.

    Raises:
        BadOption: for k < 1, or a capacity below k.
        BadBatch: from `update`, for an observation with NaN or infinity.
    """

    space: Space | None = None
    seed: int = 0
    neighbours: int = 3
    capacity: int = 4096
    hidden: tuple[int, ...] = (64, 64)
    features: int = 32
    invariance: ClassVar[Literal["exact", "limit", "no"]] = "no"

    def __post_init__(self) -> None:
        if self.neighbours < 1 or self.capacity < self.neighbours:
            raise BadOption(
                f"neighbours={self.neighbours!r}, capacity={self.capacity!r}",
                where="RE3",
                expected="at least 1, and no fewer remembered states",
            )
        self._encoder: nets.Encoder | None = None
        self._seen = np.zeros((0, self.features), dtype=np.float32)  # the oldest first

    def _build(self, encoder: nets.Encoder) -> None:
        self._encoder = encoder
        seed = nets.child_seed(self.seed, 0)
        self._net: nn.Module = nets.mlp(encoder.width, self.features, self.hidden, seed=seed)
        self._net.requires_grad_(False)

    def _features(self, batch: Transitions) -> "Tensor":
        """y [*lead, F]."""
        if self._encoder is None:
            space = self.space
            self._build(nets.encoder_like(batch.next_obs, batch.shape) if space is None else nets.encoder(space))
        assert self._encoder is not None
        x = self._encoder(batch.next_obs, batch.shape)
        self._net.to(x.device)
        return self._net(x)

    @torch.no_grad()
    def __call__(self, batch: Transitions) -> Array:
        y = self._features(batch)
        flat = y.reshape(-1, self.features)
        if len(self._seen) < self.neighbours:
            pay = 0.0 * flat.sum(-1)
        else:
            memory = torch.from_numpy(self._seen).to(y.device)
            # Distances one by one: the quick form by products loses the small ones.
            far = torch.cdist(flat, memory, compute_mode="donot_use_mm_for_euclid_dist")
            near = far.kthvalue(self.neighbours, dim=-1).values
            pay = torch.log1p(near) + 0.0 * flat.sum(-1)
        pay = pay.reshape(batch.shape)
        return pay.to(batch.reward.device) if is_torch(batch.reward) else pay.cpu().numpy()

    @torch.no_grad()
    def update(self, batch: Transitions) -> dict[str, float]:
        y = array(self._features(batch)).reshape(-1, self.features)
        if not np.isfinite(y).all():
            raise BadBatch("an observation with NaN or infinity", where="RE3.update", expected="finite numbers")
        self._seen = np.concatenate([self._seen, y.astype(np.float32)])[-self.capacity :]
        return {"re3/remembered": float(len(self._seen))}

    def state_dict(self) -> dict[str, Any]:
        if self._encoder is None:
            return {}
        return {"encoder": self._encoder.state_dict(), "net": nets.weights(self._net), "seen": self._seen.copy()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        if not state:
            self.__post_init__()
            return
        check_keys(state, ("encoder", "net", "seen"), where="RE3")
        self._build(nets.Encoder.from_state(state["encoder"]))
        nets.load_weights(self._net, state["net"], where="RE3")
        self._seen = np.array(state["seen"], dtype=np.float32).reshape(-1, self.features)
