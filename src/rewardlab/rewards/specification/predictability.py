"""Coordination by predictability (TeamReg).

    b(s, a) = mean_j log p_j(a_j | v_j(s)),    p_j minimises −log p_j(a_j | v_j(s))

Team mates who can foresee one another work together more easily. A model of every agent's action is learned from what
its mates see, and all are paid for how well it foretold; the pay is never above 0, and 0 for a team without surprises.
It is a regulariser: its weight should be small, for the most predictable team is one that always does the same.

Source: Roy, Barde, Harvey, Nowrouzezahrai, Pal, "Promoting Coordination through Policy Regularization in Multi-Agent
Deep Reinforcement Learning", NeurIPS 2020, Section 4.1; Roy, "Effective Reward Specification in Deep Reinforcement
Learning", PhD thesis, Polytechnique Montréal 2024.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch.nn import functional

from rewardlab.core import nets
from rewardlab.core.arrays import Array, Tree, is_torch, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.reward import Reward


@dataclass(kw_only=True)
class Predictability(Reward):
    """Pays the mean log-probability of the agents' actions under models of them, which `update` teaches.

    Args:
        actions: how many actions each of the J agents has; the action of a step is [B, J] integers, or [B] for one.
        views: J functions of observations [B, *obs] to what the mates of agent j see, [B, D]; None for all.
        seed: of the networks.
        lr: of the fit.
        epochs: steps of the fit per update.
        hidden: widths of the hidden layers.
        least: the lowest log-probability that is paid.

    Raises:
        BadOption: for no agents, fewer than two actions, or another number of views.
        BadBatch: when called, for actions of another shape or out of range.
    """

    actions: tuple[int, ...]
    views: tuple[Callable[[Tree], Array], ...] | None = None
    seed: int = 0
    lr: float = 3e-3
    epochs: int = 4
    hidden: tuple[int, ...] = (32,)
    least: float = -10.0
    knowledge: ClassVar[str] = "which actions belong to whom"

    def __post_init__(self) -> None:
        self.actions = tuple(self.actions)
        if not self.actions or min(self.actions) < 2:
            raise BadOption(f"actions={self.actions!r}", where="Predictability", expected="at least two for each agent")
        if self.views is not None and len(self.views) != len(self.actions):
            raise BadOption(
                f"{len(self.views)} views",
                where="Predictability",
                expected=f"one for each of {len(self.actions)} agents",
            )
        self._fits: list[nets.Fit] = []
        self._encoders: list[nets.Encoder] = []

    def _logp(self, batch: Transitions) -> torch.Tensor:
        """log p_j(a_j) [*lead, J]."""
        lead = batch.shape
        taken = tensor(batch.action).to(torch.int64)
        taken = taken[..., None] if taken.ndim == len(lead) else taken
        if tuple(taken.shape) != (*lead, len(self.actions)):
            raise BadBatch(
                f"actions of shape {tuple(taken.shape)}",
                where="Predictability",
                expected=f"{(*lead, len(self.actions))}",
            )
        if (taken < 0).any() or (taken >= torch.tensor(self.actions, device=taken.device)).any():
            raise BadBatch("an action out of range", where="Predictability", expected=f"below {self.actions}")
        out = []
        for j, count in enumerate(self.actions):
            seen = batch.obs if self.views is None else self.views[j](batch.obs)
            if len(self._fits) <= j:
                self._encoders.append(nets.encoder_like(seen, lead))
                net = nets.mlp(self._encoders[j].width, count, self.hidden, seed=nets.child_seed(self.seed, j))
                self._fits.append(nets.Fit(net, self.lr, name="Predictability"))
            logits = self._fits[j].module(self._encoders[j](seen, lead))
            out.append(functional.log_softmax(logits, -1).gather(-1, taken[..., j, None])[..., 0])
        return torch.stack(out, -1)

    @torch.no_grad()
    def __call__(self, batch: Transitions) -> Array:
        pay = self._logp(batch).clamp(min=self.least).mean(-1)
        return pay.to(batch.reward.device) if is_torch(batch.reward) else pay.cpu().numpy()

    def update(self, batch: Transitions) -> dict[str, float]:
        if not math.prod(batch.shape):
            return {}
        for _ in range(self.epochs):
            losses = -self._logp(batch).reshape(-1, len(self.actions)).mean(0)
            for fit, loss in zip(self._fits, losses, strict=True):
                fit(loss)
        return {"predictability/loss": float(losses.mean().detach())}

    def state_dict(self) -> dict[str, Any]:
        models = {
            f"{j:03d}": {"encoder": e.state_dict(), "fit": f.state_dict()}
            for j, (e, f) in enumerate(zip(self._encoders, self._fits, strict=True))
        }
        return {"models": models}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("models",), where="Predictability")
        models, fits, encoders = state["models"], list[nets.Fit](), list[nets.Encoder]()
        if models:
            check_keys(models, tuple(f"{j:03d}" for j in range(len(self.actions))), where="Predictability")
            for j, count in enumerate(self.actions):
                own = models[f"{j:03d}"]
                check_keys(own, ("encoder", "fit"), where="Predictability")
                encoders.append(nets.Encoder.from_state(own["encoder"]))
                net = nets.mlp(encoders[j].width, count, self.hidden, seed=nets.child_seed(self.seed, j))
                fits.append(nets.Fit(net, self.lr, name="Predictability"))
                fits[j].load_state_dict(own["fit"])
        self._fits, self._encoders = fits, encoders
