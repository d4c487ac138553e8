"""BaseReward.

    r = W₂ SiLU(W₁ h + b₁) + b₂,    loss = −log σ(r_w − r_l) [+ λ (r_w + r_l)²]

A small two-layer head on features that are already there, and the plain loss of Bradley and Terry: what was left when
the parts of reward models were tried one by one. The two usual regularisers, scores that are drawn to zero and scores
per token, lowered accuracy and are off. `EnsembleMean` of two such models with features of their own is the ensemble,
and `Hybrid` with a rule the use in training. Evidence: waits for pictures and text.

Source: Zhang et al., "BaseReward: A Strong Baseline for Multimodal Reward Model", ICLR 2026 (arXiv 2509.16127).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from rewardlab.core import nets
from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.likelihoods import logistic_logs, pair_loss
from rewardlab.rewards.preference.model import SegmentModel


@dataclass(kw_only=True)
class BaseReward(SegmentModel):
    """Pays what a two-layer head, fitted to comparisons, thinks of features.

    Comparisons are Transitions [P, 2, T] with `info["label"]` [P]; `vector_items` makes them of features. Without a
    width the head is as wide as its features, and `hidden` is not used. The step size is ours, for a head alone; 3e-6
    is the paper's for the whole model. The other options are those of `SegmentModel`.

    Args:
        width: of the hidden layer.
        zero: λ >= 0, what draws scores of both segments to zero. It breaks the invariance of comparisons: a constant of
            each pair then matters.
        per_step: >= 0, scores of segments are divided by their steps to this power, or by `info["length"]` [P, 2] if
            there is such a column; 1 for the mean of a segment. Our reading of the paper's length normalisation.

    Raises:
        BadOption: for a width below 1, or numbers that are negative or not finite; and as `SegmentModel` does.
    """

    members: int = 1
    action: bool = False
    width: int | None = None
    zero: float = 0.0
    per_step: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.width is not None and self.width < 1:
            raise BadOption(f"width={self.width!r}", where="BaseReward", expected="at least 1, or None")
        for name in ("zero", "per_step"):
            if not (math.isfinite(value := getattr(self, name)) and value >= 0):
                raise BadOption(f"{name}={value!r}", where="BaseReward", expected="a number >= 0")

    def network(self, width: int, seed: int) -> nn.Module:
        if self.trunk is not None:
            return super().network(width, seed)
        return nets.mlp(width, 1, (self.width or width,), nn.SiLU, seed=seed, members=self.members)

    def losses(self, scores: Tensor, info: Mapping[str, Tensor]) -> Tensor:
        if self.per_step:
            scores = scores / _lengths(scores, info) ** self.per_step
        out: Tensor = pair_loss(logistic_logs(scores), info["label"])
        return out + self.zero * scores.sum(-1) ** 2 if self.zero else out


def _lengths(scores: Tensor, info: Mapping[str, Tensor]) -> Tensor:
    """[P, 2], at least 1."""
    if "length" in info:
        length = info["length"]
    elif "mask" in info:
        length = info["mask"].sum(-1)
    else:
        length = torch.ones_like(scores[0])  # all alike: a constant, which the scores take in
    return length.to(scores.dtype).clamp(min=1)
