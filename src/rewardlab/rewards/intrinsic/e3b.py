"""Exploration via elliptical episodic bonuses (E3B).

    b(s') = φ(s')ᵀ C⁻¹ φ(s'),    C = λ I + Σ_{earlier in the episode} φ φᵀ

A count within the episode that also holds where no state ever comes back: it shrinks in the directions of feature space
that the episode has been in. With one-hot features it is 1 / (λ + n). The features come from inverse dynamics, so that
only what the agent controls counts.

Source: Henaff, Raileanu, Jiang, Rocktäschel, "Exploration via Elliptical Episodic Bonuses", NeurIPS 2022, Equation 2
and Algorithm 1.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import torch

from rewardlab.core.arrays import Array, Tree, array, is_torch, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadOption
from rewardlab.core.memory import EpisodeMemory
from rewardlab.rewards.intrinsic.curious import Curious
from rewardlab.rewards.intrinsic.dynamics import Dynamics

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(kw_only=True)
class E3B(Curious):
    """Pays the elliptical bonus of the state that a step reached, within its episode.

    Args:
        ridge: λ > 0.
        phi: observations [N, *obs] -> features [N, `features`] in place of learned ones; then nothing is learned.
        beta: the share of the forward loss in (0, 1) in what the learned features are fitted by.

    Raises:
        BadOption: for a ridge that is not positive, or a beta outside (0, 1).
    """

    ridge: float = 0.1
    phi: Callable[[Tree], Array] | None = None
    beta: float = 0.2
    features: int = 16
    memory: ClassVar[bool] = True
    invariance: ClassVar[Literal["exact", "limit", "no"]] = "no"

    def __post_init__(self) -> None:
        if not 0 < self.ridge < float("inf") or not 0 < self.beta < 1:
            raise BadOption(f"ridge={self.ridge!r}, beta={self.beta!r}", where="E3B", expected="above 0, and in (0, 1)")
        # C⁻¹ − I / λ, which begins as 0
        self._inverse = EpisodeMemory(0.0, (self.features, self.features), where="E3B")
        super().__post_init__()

    @property
    def learns(self) -> bool:
        return self.phi is None

    @torch.no_grad()
    def __call__(self, batch: Transitions) -> Array:
        held = self._inverse.read(batch.reward)  # [F, F, N]
        f = self._of(batch)
        inverse = tensor(held, device=f.device, dtype=torch.float64).movedim(-1, 0)
        inverse = inverse + torch.eye(self.features, dtype=torch.float64, device=f.device) / self.ridge
        along = (inverse @ f[..., None])[..., 0]  # C⁻¹ φ [N, F]
        pay = (f * along).sum(-1)
        # Sherman, Morrison: the inverse after C ← C + φ φᵀ
        change = along[:, :, None] * along[:, None, :] / (1.0 + pay)[:, None, None]
        after = tensor(held, device=f.device, dtype=torch.float64) - change.movedim(0, -1)
        self._inverse.write(tensor(after, like=held) if is_torch(held) else array(after).astype(held.dtype))
        if is_torch(batch.reward):
            return tensor(pay, like=batch.reward)
        return array(pay) if self.phi is not None else array(pay).astype("float32")  # no more than the network has

    def _of(self, batch: Transitions) -> "Tensor":
        """φ(s') [N, F] float64."""
        if self.phi is not None:
            given = tensor(self.phi(batch.next_obs), dtype=torch.float64)
            if tuple(given.shape) != (len(batch), self.features):
                raise BadOption(
                    f"phi gives shape {tuple(given.shape)}", where="E3B", expected=f"{(len(batch), self.features)}"
                )
            return given
        _, _, y = self.raw(batch)
        return self.model.phi(self._norm(y)).to(torch.float64)

    def network(self, inputs: int, actions: int) -> Dynamics:
        return Dynamics(inputs, actions, features=self.features, hidden=self.hidden, seed=self.seed)

    def bonus(self, x: "Tensor", a: "Tensor", y: "Tensor") -> "Tensor":
        return (self.model.phi(y) ** 2).sum(-1) / self.ridge

    def loss(self, x: "Tensor", a: "Tensor", y: "Tensor") -> "Tensor":
        model = self.model
        return (1 - self.beta) * model.inverse_loss(x, a, y) + self.beta * model.forward_error(x, a, y).mean()

    def update(self, batch: Transitions) -> dict[str, float]:
        return super().update(batch) if self.phi is None else {}

    def reset(self, begun: Array) -> None:
        self._inverse.reset(begun)

    def state_dict(self) -> dict[str, Any]:
        return {"model": super().state_dict(), "inverse": self._inverse.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("model", "inverse"), where="E3B")
        super().load_state_dict(state["model"])
        self._inverse.load_state_dict(state["inverse"])
