"""Rewarding impact-driven exploration (RIDE).

    b(s, a, s') = ‖φ(s') − φ(s)‖ / √N_ep(s')

Pays for steps that change the world, in features that hold what the agent controls, and less each time that a state
comes back in the same episode, so that going to and fro is not worth it. The bonus does not vanish with training: what
moves things stays interesting.

Source: Raileanu, Rocktäschel, "RIDE: Rewarding Impact-Driven Exploration for Procedurally-Generated Environments", ICLR
2020, Equation 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import torch

from rewardlab.core.arrays import Array, array, is_torch, namespace, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadOption
from rewardlab.core.memory import EpisodeMemory
from rewardlab.core.rng import GOLDEN, mix
from rewardlab.rewards.intrinsic.curious import Curious
from rewardlab.rewards.intrinsic.dynamics import Dynamics

if TYPE_CHECKING:
    from torch import Tensor

_SHIFT = 40  # keys of 24 bits: exact in float32, too


@dataclass(kw_only=True)
class RIDE(Curious):
    """Pays how far a step moves the features, over the root of the visits to its successor in this episode.

    Args:
        beta: the share of the forward loss in (0, 1); the inverse loss has the rest.
        longest: how many steps of an episode are remembered, >= 1; the oldest are forgotten first.

    Raises:
        BadOption: for a beta outside (0, 1), or longest < 1.
    """

    beta: float = 0.2
    longest: int = 512
    memory: ClassVar[bool] = True
    invariance: ClassVar[Literal["exact", "limit", "no"]] = "no"

    def __post_init__(self) -> None:
        if not 0 < self.beta < 1 or self.longest < 1:
            raise BadOption(
                f"beta={self.beta!r}, longest={self.longest!r}", where="RIDE", expected="in (0, 1), and at least 1"
            )
        self._visited = EpisodeMemory(-1.0, (self.longest + 1,), where="RIDE")  # [0] steps + (−1); then keys
        super().__post_init__()

    @torch.no_grad()
    def __call__(self, batch: Transitions) -> Array:
        held = self._visited.read(batch.reward)  # [longest + 1, N]
        x, _, y = self.raw(batch)
        key = _keys(y)
        xp = namespace(held)
        own = tensor(key, like=held) if is_torch(held) else array(key).astype(held.dtype)
        count = 1.0 + xp.astype(held[1:] == own, held.dtype).sum(0)
        steps = held[0] + 1.0  # how many are remembered already
        place = xp.astype(steps, xp.int64) % self.longest
        slots = xp.arange(self.longest, **({"device": held.device} if is_torch(held) else {}))
        keys = xp.where(slots[:, None] == place, own, held[1:])
        self._visited.write(xp.concat([steps[None], keys], axis=0))
        moved = torch.linalg.vector_norm(self.model.phi(self._norm(y)) - self.model.phi(self._norm(x)), dim=-1)
        moved = moved / self._scale.scale
        if is_torch(batch.reward):
            return moved.to(batch.reward.device) / torch.sqrt(count)
        return array(moved) / xp.sqrt(count).astype("float32")

    def network(self, inputs: int, actions: int) -> Dynamics:
        return Dynamics(inputs, actions, features=self.features, hidden=self.hidden, seed=self.seed)

    def bonus(self, x: "Tensor", a: "Tensor", y: "Tensor") -> "Tensor":
        return torch.linalg.vector_norm(self.model.phi(y) - self.model.phi(x), dim=-1)

    def loss(self, x: "Tensor", a: "Tensor", y: "Tensor") -> "Tensor":
        model = self.model
        return (1 - self.beta) * model.inverse_loss(x, a, y) + self.beta * model.forward_error(x, a, y).mean()

    def reset(self, begun: Array) -> None:
        self._visited.reset(begun)

    def state_dict(self) -> dict[str, Any]:
        return {"model": super().state_dict(), "visited": self._visited.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("model", "visited"), where="RIDE")
        super().load_state_dict(state["model"])
        self._visited.load_state_dict(state["visited"])


def _keys(x: "Tensor") -> "Tensor":
    """A number of 24 bits for each state [N] of features [N, D]: equal states have equal ones."""
    bits = (x.to(torch.float32) + 0.0).contiguous().view(torch.int32).to(torch.int64)
    odd = 2 * torch.arange(1, bits.shape[-1] + 1, device=bits.device, dtype=torch.int64) - 1
    key = mix((bits * (odd * GOLDEN)).sum(-1))
    return (key >> _SHIFT) & ((1 << 24) - 1)
