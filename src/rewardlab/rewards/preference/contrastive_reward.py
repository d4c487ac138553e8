"""Contrastive reward model: comparisons, and features that stay themselves when some of them are hidden.

    loss = −log σ(S¹ − S²) + b · mean_i −log( e^{cos(v_i, v'_i)/τ} / Σ_j e^{cos(v_i, v'_j)/τ} )
    v_i, v'_i: two dropouts of h(segment i), or of h(first) − h(second) of pair i

What differs must be told apart in the last hidden layer too, not only where a comparison asks for it; on other data
than those that were judged scores then still differ. The hidden layer of a segment is the mean over its steps.

Source: Wang, Zheng, Chen, Liu, Dou, Huang, Shen, Jin et al., "Secrets of RLHF in Large Language Models Part II: Reward
Modeling", arXiv 2401.06080, 2024, Section 3 (contrastive learning); Gao, Yao, Chen, "SimCSE: Simple Contrastive
Learning of Sentence Embeddings", EMNLP 2021, Eq. 4 (views by dropout).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from rewardlab.core import nets
from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.likelihoods import logistic_logs, pair_loss
from rewardlab.rewards.preference.model import SegmentModel


def info_nce(first: Tensor, second: Tensor, temperature: float) -> Tensor:
    """Losses [K, B] of telling which of the second views [K, B, H] is of the same thing as each first view."""
    cosine = nn.functional.normalize(first, dim=-1) @ nn.functional.normalize(second, dim=-1).transpose(-1, -2)
    logits = cosine / temperature
    return logits.logsumexp(-1) - logits.diagonal(dim1=-2, dim2=-1)


@dataclass(kw_only=True)
class ContrastiveReward(SegmentModel):
    """Pays what an ensemble fitted to comparisons, with contrasts of its features, thinks a step is worth.

    Comparisons are Transitions [P, 2, T] with `info["label"]` [P]. The other options are those of `SegmentModel`; it
    takes no trunk, as its hidden layers are needed.

    Args:
        contrast: b >= 0, weight of the contrasts.
        temperature: τ of the cosines, above 0.
        dropout: share of features and hidden units that a view lacks, in (0, 1).
        difference: whether views are of the differences of pairs, in place of the segments alone.

    Raises:
        BadOption: for numbers outside these ranges, a trunk or no hidden layer; and as `SegmentModel` does.
    """

    contrast: float = 0.1
    temperature: float = 0.05
    dropout: float = 0.1
    difference: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (math.isfinite(self.contrast) and self.contrast >= 0 and self.temperature > 0 and 0 < self.dropout < 1):
            raise BadOption(
                f"contrast={self.contrast!r}, temperature={self.temperature!r}, dropout={self.dropout!r}",
                where="ContrastiveReward",
                expected="contrast >= 0, temperature > 0, 0 < dropout < 1",
            )
        if self.trunk is not None or not self.hidden:
            raise BadOption(
                f"trunk={self.trunk!r}, hidden={self.hidden!r}",
                where="ContrastiveReward",
                expected="no trunk, and a hidden layer",
            )

    def losses(self, scores: Tensor, info: Mapping[str, Tensor]) -> Tensor:
        out: Tensor = pair_loss(logistic_logs(scores), info["label"])
        return out

    def views(self, x: Tensor, mask: Tensor | None, generator: torch.Generator) -> Tensor:
        """One view [K, P, G, H] of segments x [P, G, T, D], or [K, P, H] of the difference of pairs."""
        h = self._dropped(self._norm(x).reshape(-1, x.shape[-1]), generator)
        for layer in self._fit.module.children():
            if isinstance(layer, nets.Stacked) and layer.weight.shape[-1] == 1:
                break
            h = layer(h)
            h = h if isinstance(layer, nets.Stacked) else self._dropped(h, generator)
        h = h.reshape(len(h), *x.shape[:-1], -1)  # [K, P, G, T, H]
        counts = torch.ones_like(x[..., 0]) if mask is None else (mask != 0).to(x.dtype)
        h = (h * counts[..., None]).sum(-2) / counts.sum(-1)[..., None].clamp(min=1)
        return h[:, :, 0] - h[:, :, 1] if self.difference else h

    def _dropped(self, x: Tensor, generator: torch.Generator) -> Tensor:
        kept = torch.rand(x.shape, generator=generator).to(x.device) >= self.dropout
        return x * kept / (1 - self.dropout)

    def _loss(self, x: Tensor, info: dict[str, Tensor], times: Tensor) -> tuple[Tensor, np.ndarray]:
        loss, hits = super()._loss(x, info, times)
        if not self.contrast:
            return loss, hits
        generator = torch.Generator().manual_seed(nets.child_seed(self.seed, 2, self._fit.steps))
        first, second = (self.views(x, info.get("mask"), generator) for _ in range(2))
        flat = [v.reshape(len(v), -1, v.shape[-1]) for v in (first, second)]
        return loss + self.contrast * info_nce(flat[0], flat[1], self.temperature).mean(), hits
