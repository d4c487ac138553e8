"""Domain features: a tiny reward on a handful of numbers that an expert named.

    R(x, y) = φ(z),    z_i = standardised f_i(x, y),    loss = −log σ(φ(z_w) − φ(z_l))

Seven features and a few hundred comparisons do where a network on raw text needs many thousands. The features stay as
they are: rules, a small regressor, an instructed model. Every pay can be explained, and what a policy inflates has a
name. What no feature shows is not learned.

Source: Nath, Siledar, Muddu, Rangaraju, Khadilkar, Bhattacharyya, Banerjee, Patil, Singh, Chelliah, Garera,
"Leveraging Domain Knowledge for Efficient Reward Modelling in RLHF: A Case-Study in E-Commerce Opinion Summarization",
2024. Evidence: `benchmarks.effects.token_waiting`: after 100 pairs a small transformer that writes summaries for this
pay gains 0.93 deviations of the gold utility; for the pay of a network on tokens, which it deceives, it loses 0.47.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rewardlab.core import nets
from rewardlab.core.arrays import Array, array, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.rewards.preference.kernel import preference_logit, preference_loss
from rewardlab.rewards.preference.model import SegmentModel


@dataclass(frozen=True)
class Feature:
    """A number that an expert named.

    Attributes:
        name: what it is called in reports.
        value: steps [*lead] -> [*lead].
        low, high: its range; values outside are refused while it learns, and cut off afterwards.
        about: what it says, in words.
    """

    name: str
    value: Callable[[Transitions], Array]
    low: float = 0.0
    high: float = 5.0
    about: str = ""


@dataclass(frozen=True)
class Drift:
    """What became of a feature.

    Attributes:
        moved: by how many of its deviations the mean moved.
        paid: how much of the change of the mean score that explains, to first order; exact for a linear score.
    """

    moved: float
    paid: float


@dataclass(kw_only=True)
class FeatureReward(SegmentModel):
    """Pays what comparisons say that named features are worth.

    Items are Transitions [P, 2, T] with `info["label"]` [P]. The other options are those of `SegmentModel`.

    Args:
        features: what it sees; observations and actions only through them.
        hidden: one small layer; () for a linear score, whose weights can be read.
        members: one network, fitted to all comparisons; several are fitted to a bootstrap each.

    Raises:
        BadOption: for no features, names that repeat, or an empty range; and as `SegmentModel` does.
        BadBatch: from `fit`, for values outside their range or not of the steps' shape.
    """

    features: Sequence[Feature]
    members: int = 1
    hidden: tuple[int, ...] = (16,)

    def __post_init__(self) -> None:
        names = [f.name for f in self.features]
        if not names or len(set(names)) < len(names) or not all(f.low < f.high for f in self.features):
            raise BadOption(f"features {names}", where="FeatureReward", expected="names that differ, low < high")
        super().__post_init__()

    def losses(self, scores: Tensor, info: Mapping[str, Tensor]) -> Tensor:
        out: Tensor = preference_loss(preference_logit(scores), info["label"])
        return out

    def _bootstraps(self, count: int) -> Tensor:
        return torch.ones(1, count) if self.members == 1 else super()._bootstraps(count)

    # -- features -------------------------------------------------------------------------------------------------

    def values(self, batch: Transitions) -> Tensor:
        """f [*lead, D] as the features say them."""
        found = []
        for f in self.features:
            x = tensor(f.value(batch)).to(torch.float32)
            if tuple(x.shape) != batch.shape:
                raise BadBatch(f"{f.name} has shape {tuple(x.shape)}", where="FeatureReward", expected=f"{batch.shape}")
            found.append(x)
        return torch.stack(found, -1)

    def encoded(self, batch: Transitions) -> Tensor:
        x = self.values(batch)
        if not self._encoders:
            self._build({"features": nets.encoder_like(x, batch.shape)})
        low, high = (torch.tensor([getattr(f, k) for f in self.features]).to(x) for k in ("low", "high"))
        if x.device != self._mean.device:
            self._fit.to(x.device)
            self._mean, self._deviation = self._mean.to(x.device), self._deviation.to(x.device)
        return torch.minimum(torch.maximum(x, low), high)

    def checked(self, batch: Transitions) -> Transitions:
        batch = super().checked(batch)
        x = array(self.values(batch)).reshape(-1, len(self.features))
        for f, column in zip(self.features, x.T, strict=True):
            known = column[np.isfinite(column)]
            if known.size and not f.low - 1e-6 <= known.min() <= known.max() <= f.high + 1e-6:
                raise BadBatch(
                    f"{f.name} in {known.min():g} .. {known.max():g}",
                    where="FeatureReward",
                    expected=f"{f.low:g} .. {f.high:g}",
                    mend="scale the feature, or say its true range",
                )
        return batch

    # -- what it can say of itself --------------------------------------------------------------------------------

    def slopes(self, batch: Transitions) -> np.ndarray:
        """Gradient [*lead, D] of the score by each standardised feature, the mean over members."""
        x = self._norm(self.encoded(batch)).reshape(-1, len(self.features)).requires_grad_()
        score = self._fit.module(x).mean(0).sum()
        (slope,) = torch.autograd.grad(score, x)
        return array(slope).reshape(*batch.shape, -1)

    def influence(self, batch: Transitions) -> dict[str, float]:
        """What one deviation of each feature is worth, on the mean over these steps."""
        mean = self.slopes(batch).reshape(-1, len(self.features)).mean(0)
        return {f.name: float(s) for f, s in zip(self.features, mean, strict=True)}

    @torch.no_grad()
    def _seen(self, batch: Transitions) -> np.ndarray:
        """Mean of the standardised features [D] over steps."""
        return array(self._norm(self.encoded(batch))).reshape(-1, len(self.features)).mean(0)

    def drift(self, before: Transitions, after: Transitions) -> dict[str, Drift]:
        """What a policy that is paid by this reward has changed, feature by feature; the largest first.

        Args:
            before: steps of the policy that it began with.
            after: steps of what it became.
        """
        moved = self._seen(after) - self._seen(before)
        slope = sum(self.slopes(x).reshape(-1, len(moved)).mean(0) for x in (before, after)) / 2
        found = {f.name: Drift(float(m), float(p)) for f, m, p in zip(self.features, moved, slope * moved, strict=True)}
        return dict(sorted(found.items(), key=lambda pair: -abs(pair[1].moved)))
