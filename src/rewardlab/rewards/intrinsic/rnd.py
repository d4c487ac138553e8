"""Random network distillation (RND).

    b(s') = ‖f̂(s'; θ) − f(s')‖² / σ(G),    G ← γ G + b,    θ minimises ‖f̂ − f‖² on visited states

A network f is drawn at random and stays; a second one, f̂, learns to predict it from visited states. It errs where it
has seen little, so its error pays for novelty. The inputs are whitened and clipped to ±5, or f would hardly vary.

Source: Burda, Edwards, Storkey, Klimov, "Exploration by Random Network Distillation", ICLR 2019, Sections 2.2 to 2.4
and Algorithm 1.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import torch
from gymnasium.spaces import Space

from rewardlab.core import nets
from rewardlab.core.arrays import Array, is_torch
from rewardlab.core.batch import ENV_ROW, Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.reward import Reward
from rewardlab.core.scale import ReturnScale

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(kw_only=True)
class RND(Reward):
    """Pays the error with which a network predicts a random one on the state that a step reached.

    The pay is divided by the running deviation of the discounted bonus, which as in the paper flows over the borders of
    episodes. Networks, whitening and scale are learned by `update` alone, from batches as drivers hand them on.

    Args:
        space: of the observations. Without it the first batch decides: integers [B] become random codes of 64 signs,
            all else is taken as numbers.
        seed: of both networks and of the samples that are left out.
        gamma: the discount of the bonus in its scale.
        proportion: the share of samples that the predictor learns from. The paper's for 32 rows; it takes 0.25 for 128.
        epochs: steps of the predictor per update, each on all samples kept.
        lr: of the predictor. Ours, as are the sizes: small networks that see few steps.
        hidden: widths of the random network; the predictor has one more layer of the last width.
        features: width of what is predicted.
        clip: the largest whitened input.

    Raises:
        BadOption: for a proportion outside (0, 1] or epochs < 1.
        BadBatch: from `update`, for an observation with NaN or infinity.
    """

    space: Space | None = None
    seed: int = 0
    gamma: float = 0.99
    proportion: float = 1.0
    epochs: int = 4
    lr: float = 1e-3
    hidden: tuple[int, ...] = (64, 64)
    features: int = 32
    clip: float = 5.0
    invariance: ClassVar[Literal["exact", "limit", "no"]] = "limit"

    def __post_init__(self) -> None:
        if not 0 < self.proportion <= 1 or self.epochs < 1:
            raise BadOption(
                f"proportion={self.proportion!r}, epochs={self.epochs!r}", where="RND", expected="(0, 1] and >= 1"
            )
        self._encoder: nets.Encoder | None = None
        self._updates = 0
        if self.space is not None:
            self._build(nets.encoder(self.space))

    def _build(self, encoder: nets.Encoder) -> None:
        width, hidden = encoder.width, (*self.hidden, *self.hidden[-1:])
        self._encoder = encoder
        self._target: nn.Module = nets.mlp(width, self.features, self.hidden, seed=nets.child_seed(self.seed, 0))
        self._target.requires_grad_(False)
        predictor = nets.mlp(width, self.features, hidden, seed=nets.child_seed(self.seed, 1))
        self._fit = nets.Fit(predictor, self.lr, name="RND")
        self._norm = nets.RunningNorm(width, self.clip)
        self._scale = ReturnScale(self.gamma)

    def _inputs(self, batch: Transitions) -> "Tensor":
        """Features [*lead, D], not yet whitened."""
        if self._encoder is None:
            self._build(nets.encoder_like(batch.next_obs, batch.shape))
        assert self._encoder is not None
        x = self._encoder(batch.next_obs, batch.shape)
        if x.device != next(self._target.parameters()).device:
            self._target.to(x.device)
            self._fit.to(x.device)
        return x

    def _error(self, x: "Tensor") -> "Tensor":
        """Mean squared error [*lead] of the predictor on whitened features."""
        return ((self._fit.module(x) - self._target(x)) ** 2).mean(-1)

    @torch.no_grad()
    def __call__(self, batch: Transitions) -> Array:
        x = self._inputs(batch)
        pay = self._error(self._norm(x)) / self._scale.scale
        return pay.to(batch.reward.device) if is_torch(batch.reward) else pay.cpu().numpy()  # [B] float32

    def update(self, batch: Transitions) -> dict[str, float]:
        if not math.prod(batch.shape):
            return {}
        with torch.no_grad():
            raw = self._inputs(batch)
            if not raw.isfinite().all():
                raise BadBatch("an observation with NaN or infinity", where="RND.update", expected="finite numbers")
            self._norm.update(raw)
            x = self._norm(raw)
            self._scale.update(self._error(x), row=batch.info.get(ENV_ROW))
        x = x.reshape(-1, x.shape[-1])
        rng = np.random.default_rng([self.seed, self._updates])
        losses = []
        for _ in range(self.epochs):
            kept = x if self.proportion == 1 else x[torch.from_numpy(rng.random(len(x)) < self.proportion)]
            if len(kept):
                losses.append(self._fit(self._error(kept).mean())["loss"])
        self._updates += 1
        return {"rnd/loss": float(np.mean(losses or [0.0])), "rnd/scale": self._scale.scale}

    def state_dict(self) -> dict[str, Any]:
        if self._encoder is None:
            return {}
        return {
            "encoder": self._encoder.state_dict(),
            "target": nets.weights(self._target),
            "predictor": self._fit.state_dict(),
            "norm": self._norm.state_dict(),
            "scale": self._scale.state_dict(),
            "updates": self._updates,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        if not state:
            self.__post_init__()  # as it was before the first batch
            return
        check_keys(state, ("encoder", "target", "predictor", "norm", "scale", "updates"), where="RND")
        self._build(nets.Encoder.from_state(state["encoder"]))
        nets.load_weights(self._target, state["target"], where="RND")
        self._fit.load_state_dict(state["predictor"])
        self._norm.load_state_dict(state["norm"])
        self._scale.load_state_dict(state["scale"])
        self._updates = int(state["updates"])
