"""Aspect scores: one regressor, several rated aspects, one weighted reward.

    s_k(x, y) = clip(a_k σ(h_k(x, y)) + b_k, 0, 1),    R = Σ_k w_k s_k,    min Σ_k m_k (σ(h_k) − label_k)²

A network with a head for each aspect (safety, helpfulness, politeness ...) learns from ratings, of which some may be
missing; each head is then calibrated on ratings that were held out, so that the weights mean what they say.

Source: Li, Li, Zhang, Liu, "Optimizing Safe and Aligned Language Generation: A Multi-Objective GRPO Approach", 2025,
Section 3 (multi-label reward regression).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from gymnasium.spaces import Space

from rewardlab.core import nets
from rewardlab.core.arrays import Array, array, is_torch, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.reward import Reward, add


@dataclass(kw_only=True)
class AspectScores(Reward):
    """Pays the weighted sum of K learned scores, each a part of its own.

    Args:
        weights: w [K] >= 0, which sum to 1.
        space, action_space: of observations (prompts) and actions (responses); the first batch decides where they are
            not given and hold numbers.
        ratings: the info column [B, K] that `update` and `calibrate` learn from, in [0, 1], NaN where nobody rated.
        seed: of the network.
        lr: of the fit.
        epochs: steps of the fit per update, each on the whole batch.
        hidden: widths of the hidden layers.

    Raises:
        BadOption: for weights that are negative or do not sum to 1.
    """

    weights: tuple[float, ...]
    space: Space | None = None
    action_space: Space | None = None
    ratings: str = "ratings"
    seed: int = 0
    lr: float = 3e-3
    epochs: int = 50
    hidden: tuple[int, ...] = (64,)
    knowledge: ClassVar[str] = "ratings of aspects, and what each is worth"

    def __post_init__(self) -> None:
        self.weights = tuple(float(w) for w in self.weights)
        if not self.weights or min(self.weights) < 0 or abs(sum(self.weights) - 1.0) > 1e-6:
            raise BadOption(f"weights={self.weights!r}", where="AspectScores", expected="numbers >= 0 that sum to 1")
        self._parts: list[nets.Encoder] = []
        self._lines = np.stack([np.ones(len(self.weights)), np.zeros(len(self.weights))])  # a and b [2, K]

    def _build(self, encoders: list[nets.Encoder]) -> None:
        self._parts = encoders
        width = sum(e.width for e in encoders)
        net = nets.mlp(width, len(self.weights), self.hidden, seed=nets.child_seed(self.seed, 0))
        self._fit = nets.Fit(net, self.lr, name="AspectScores")

    def _raw(self, batch: Transitions) -> torch.Tensor:
        """σ(h) [*lead, K]."""
        if not self._parts:
            given = ((self.space, batch.obs), (self.action_space, batch.action))
            self._build([nets.encoder_like(x, batch.shape) if s is None else nets.encoder(s) for s, x in given])
        seen = [e(x, batch.shape) for e, x in zip(self._parts, (batch.obs, batch.action), strict=True)]
        return torch.sigmoid(self._fit.module(torch.cat(seen, -1)))

    @torch.no_grad()
    def scores(self, batch: Transitions) -> np.ndarray:
        """s [*lead, K] in [0, 1], calibrated."""
        a, b = self._lines.astype(np.float32)  # no more digits than the network has
        return np.clip(array(self._raw(batch)) * a + b, 0.0, 1.0)

    def __call__(self, batch: Transitions) -> Array:
        return add(self.parts(batch))

    def parts(self, batch: Transitions) -> dict[str, Array]:
        s = self.scores(batch)
        pays = {f"aspect_{k}": np.float32(w) * s[..., k] for k, w in enumerate(self.weights)}
        if is_torch(batch.reward):
            return {k: tensor(v, like=batch.reward) for k, v in pays.items()}
        return pays

    def _rated(self, batch: Transitions, raw: torch.Tensor) -> torch.Tensor:
        rated = tensor(batch.column(self.ratings, by="AspectScores")).to(raw)
        known = ~rated.isnan()
        if tuple(rated.shape) != tuple(raw.shape) or ((rated[known] < 0) | (rated[known] > 1)).any():
            raise BadBatch(
                f"ratings of shape {tuple(rated.shape)}",
                where="AspectScores",
                expected=f"{tuple(raw.shape)} in [0, 1], NaN where nobody rated",
            )
        return rated

    def update(self, batch: Transitions) -> dict[str, float]:
        if not math.prod(batch.shape) or self.ratings not in batch.info:  # steps without ratings teach nothing
            return {}
        for _ in range(self.epochs):
            raw = self._raw(batch)
            rated = self._rated(batch, raw)
            known = ~rated.isnan()
            loss = ((raw - rated.nan_to_num()) ** 2 * known).sum() / known.sum().clamp(min=1)
            logs = self._fit(loss)
        return {"aspect_scores/loss": logs["loss"]}

    @torch.no_grad()
    def calibrate(self, batch: Transitions) -> None:
        """Fit a line a s + b for each head to ratings that were held out; a head without spread keeps its own."""
        raw = self._raw(batch).reshape(-1, len(self.weights))
        rated = array(self._rated(batch, raw.reshape(*batch.shape, -1))).reshape(raw.shape)
        for k in range(len(self.weights)):
            known = ~np.isnan(rated[:, k])
            x, y = array(raw)[known, k].astype(np.float64), rated[known, k].astype(np.float64)
            if len(x) > 1 and x.std() > 1e-6:
                a = float(np.cov(x, y, bias=True)[0, 1] / x.var())
                self._lines[:, k] = a, y.mean() - a * x.mean()

    def state_dict(self) -> dict[str, Any]:
        if not self._parts:
            return {}
        first, second = (e.state_dict() for e in self._parts)
        return {"obs": first, "actions": second, "fit": self._fit.state_dict(), "lines": self._lines.copy()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        if not state:
            self.__post_init__()
            return
        check_keys(state, ("obs", "actions", "fit", "lines"), where="AspectScores")
        self._build([nets.Encoder.from_state(state[k]) for k in ("obs", "actions")])
        self._fit.load_state_dict(state["fit"])
        self._lines = np.array(state["lines"], dtype=np.float64)
