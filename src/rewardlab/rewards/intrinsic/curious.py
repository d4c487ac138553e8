"""What bonuses by learned models share: encoded and whitened steps, one fit, the running scale, the state.

A method says which network it needs, what it learns to do, and what the bonus of a step is. Needs torch.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import torch
from gymnasium.spaces import Space

from rewardlab.core import nets
from rewardlab.core.arrays import Array, is_torch, tree_leaves
from rewardlab.core.batch import ENV_ROW, Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.reward import Reward
from rewardlab.core.scale import ReturnScale

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(kw_only=True)
class Curious(Reward):
    """A bonus that is computed by a network, which `update` alone teaches.

    Args:
        space: of the observations; without it the first batch decides, as in `RND`.
        action_space: of the actions; needed where they are integers.
        seed: of the networks.
        gamma: the discount of the bonus in its running scale.
        epochs: steps of the fit per update, each on all samples.
        lr: of the fit.
        hidden: widths of the hidden layers.
        features: width of what states are told apart by.
        clip: the largest whitened input.

    Raises:
        BadOption: for epochs, widths or features below 1.
        BadBatch: from `update`, for an observation or action with NaN or infinity.
    """

    space: Space | None = None
    action_space: Space | None = None
    seed: int = 0
    gamma: float = 0.99
    epochs: int = 4
    lr: float = 1e-3
    hidden: tuple[int, ...] = (64, 64)
    features: int = 32
    clip: float = 5.0
    invariance: ClassVar[Literal["exact", "limit", "no"]] = "limit"

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.features < 1 or not self.hidden or min(self.hidden) < 1:
            raise BadOption(
                f"epochs={self.epochs!r}, features={self.features!r}, hidden={self.hidden!r}",
                where=type(self).__name__,
                expected="numbers of at least 1",
            )
        self._obs: nets.Encoder | None = None
        self._actions: nets.Encoder | None = None

    # -- what a method says ------------------------------------------------------------------------------------------

    def network(self, inputs: int, actions: int) -> "nn.Module":
        """The network for observations of width `inputs` and actions of width `actions`."""
        raise NotImplementedError

    def bonus(self, x: "Tensor", a: "Tensor", y: "Tensor") -> "Tensor":
        """[*lead] of whitened states x [*lead, D], encoded actions a [*lead, A] and true successors y [*lead, D]."""
        raise NotImplementedError

    def loss(self, x: "Tensor", a: "Tensor", y: "Tensor") -> "Tensor":
        """What is made small, a scalar, of x [B, D], a [B, A], y [B, D]."""
        raise NotImplementedError

    # -- what all share ----------------------------------------------------------------------------------------------

    @property
    def model(self) -> Any:
        """The network, once it is built."""
        return self._fit.module

    @property
    def scale(self) -> float:
        """The running deviation of the discounted bonus, 1 before the first update."""
        return self._scale.scale if self._obs is not None else 1.0

    def _build(self, obs: nets.Encoder, actions: nets.Encoder) -> None:
        self._obs, self._actions = obs, actions
        name = type(self).__name__
        self._fit = nets.Fit(self.network(obs.width, actions.width), self.lr, name=name)
        self._norm = nets.RunningNorm(obs.width, self.clip)
        self._scale = ReturnScale(self.gamma)

    def raw(self, batch: Transitions) -> "tuple[Tensor, Tensor, Tensor]":
        """States, actions and successors as features [*lead, ·], not yet whitened."""
        if self._obs is None:
            obs = nets.encoder_like(batch.next_obs, batch.shape) if self.space is None else nets.encoder(self.space)
            self._build(obs, self._action_encoder(batch))
        assert self._obs is not None and self._actions is not None
        x, y = self._obs(batch.obs, batch.shape), self._obs(batch.next_obs, batch.shape)
        a = self._actions(batch.action, batch.shape)
        if x.device != next(self.model.parameters()).device:
            self._fit.to(x.device)
        return x, a, y

    def _action_encoder(self, batch: Transitions) -> nets.Encoder:
        if self.action_space is not None:
            return nets.encoder(self.action_space)
        if any("float" not in str(leaf.dtype) for leaf in tree_leaves(batch.action)):
            raise BadOption(
                "actions are integers, and nobody said how many there are",
                where=type(self).__name__,
                expected="action_space",
                mend=f"{type(self).__name__}(action_space=env.action_space)",
            )
        return nets.encoder_like(batch.action, batch.shape)

    @torch.no_grad()
    def paid(self, batch: Transitions) -> Array:
        """The bonus over its running scale, as an array of the batch's kind."""
        x, a, y = self.raw(batch)
        pay = self.bonus(self._norm(x), a, self._norm(y)) / self._scale.scale
        return pay.to(batch.reward.device) if is_torch(batch.reward) else pay.cpu().numpy()

    def update(self, batch: Transitions) -> dict[str, float]:
        if not math.prod(batch.shape):
            return {}
        with torch.no_grad():
            x, a, y = self.raw(batch)
            for what, value in (("an observation", x), ("an action", a), ("an observation", y)):
                if not value.isfinite().all():
                    where = f"{type(self).__name__}.update"
                    raise BadBatch(f"{what} with NaN or infinity", where=where, expected="finite numbers")
            self._norm.update(y)
            x, y = self._norm(x), self._norm(y)
            self._scale.update(self.bonus(x, a, y), row=batch.info.get(ENV_ROW))
        flat = [v.reshape(-1, v.shape[-1]) for v in (x, a, y)]
        losses = [self._fit(self.loss(*flat))["loss"] for _ in range(self.epochs)]
        return {f"{self.name}/loss": sum(losses) / len(losses), f"{self.name}/scale": self._scale.scale}

    def state_dict(self) -> dict[str, Any]:
        if self._obs is None or self._actions is None:
            return {}
        return {
            "obs": self._obs.state_dict(),
            "actions": self._actions.state_dict(),
            "fit": self._fit.state_dict(),
            "norm": self._norm.state_dict(),
            "scale": self._scale.state_dict(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        if not state:
            self.__post_init__()  # as it was before the first batch
            return
        check_keys(state, ("obs", "actions", "fit", "norm", "scale"), where=type(self).__name__)
        self._build(nets.Encoder.from_state(state["obs"]), nets.Encoder.from_state(state["actions"]))
        self._fit.load_state_dict(state["fit"])
        self._norm.load_state_dict(state["norm"])
        self._scale.load_state_dict(state["scale"])
