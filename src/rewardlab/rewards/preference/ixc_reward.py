"""IXC-2.5-Reward: a plain reward model of many domains whose lessons do not teach length, and its three uses.

    pairs are left out where length(chosen) > ratio · length(rejected),    loss = −log σ(S_chosen − S_rejected)
    best of N: argmax_i S_i,    cleaning: drop S below its low quantile,    critic: V_0 = S

Where the chosen one is mostly the longer one, length is the cheapest way to tell them apart; without such pairs it says
nothing. The critic of the policy's training starts as a copy of the reward model. Domains are mixed by mixing their
pairs. Evidence: waits for pictures and text.

Source: Zang, Dong, Zhang, Cao, Liu, Ding, Wu, Ma, Duan, Zhang, Chen, Lin, Wang, "InternLM-XComposer2.5-Reward: A Simple
Yet Effective Multi-Modal Reward Model", Findings of ACL 2025, Sections 3 and 4 (length constraint and applications).
"""

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from rewardlab.core import nets
from rewardlab.core.arrays import array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.rewards.preference.likelihoods import logistic_logs, pair_loss
from rewardlab.rewards.preference.model import SegmentModel


def not_much_longer(length: np.ndarray, label: np.ndarray, *, ratio: float = 1.5) -> np.ndarray:
    """Which pairs teach more than length, [P] bool: those whose better side is at most `ratio` times as long.

    Args:
        length: [P, 2], e.g. tokens.
        label: [P]; 1 the first is better, 0 the second; ties stay.
        ratio: above 0; 1 leaves out all whose better side is longer.

    Raises:
        BadOption: for a ratio that is not positive.
    """
    if not ratio > 0:
        raise BadOption(f"ratio={ratio!r}", where="not_much_longer", expected="above 0")
    length, label = np.asarray(length, dtype=np.float64), np.asarray(label)
    chosen, rejected = np.where(label[:, None] > 0.5, length, length[:, ::-1]).T
    return (chosen <= ratio * rejected) | (label == 0.5)


@dataclass(kw_only=True)
class IXCReward(SegmentModel):
    """Pays what an ensemble, fitted to comparisons under a rule of lengths, thinks a step is worth.

    Comparisons are Transitions [P, 2, T] with `info["label"]` [P] and `info["length"]` [P, 2]; without lengths those of
    the masks count. The other options are those of `SegmentModel`.

    Args:
        ratio: how many times as long the better side may be; infinity for no rule.

    Raises:
        BadOption: for a ratio that is not positive, and as `SegmentModel` does.
        BadBatch: from `fit`, if lengths are not [P, 2].
    """

    members: int = 1
    ratio: float = 1.5

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.ratio > 0:
            raise BadOption(f"ratio={self.ratio!r}", where="IXCReward", expected="above 0, or infinity")

    def checked(self, batch: Transitions) -> Transitions:
        batch = super().checked(batch)
        if math.isinf(self.ratio) or not len(batch):
            return batch
        if "length" in batch.info:
            length = array(batch.info["length"])
        elif "mask" in batch.info:
            length = (array(batch.info["mask"]) != 0).sum(-1)
        else:
            length = np.full(batch.shape[:2], batch.shape[2])
        if length.shape != batch.shape[:2]:
            raise BadBatch(f"lengths {length.shape}", where="IXCReward", expected=f"{batch.shape[:2]}")
        kept = np.flatnonzero(not_much_longer(length, array(batch.info["label"]), ratio=self.ratio))
        like = batch.reward
        return batch.rows(torch.from_numpy(kept).to(like.device) if isinstance(like, Tensor) else kept)

    def losses(self, scores: Tensor, info: Mapping[str, Tensor]) -> Tensor:
        out: Tensor = pair_loss(logistic_logs(scores), info["label"])
        return out

    def best(self, responses: Transitions) -> np.ndarray:
        """Which of the responses [P, N, T] scores highest, [P]."""
        return np.asarray(array(self.segment_scores(responses).mean(0)).argmax(-1))

    def clean(self, samples: Transitions, *, quantile: float = 0.05) -> np.ndarray:
        """Which samples [P, 1, T] of someone's training set are kept, [P] bool: all but the low tail of the scores.

        Args:
            samples: without labels.
            quantile: the share that is dropped, in [0, 1).

        Raises:
            BadOption: for a quantile outside [0, 1).
        """
        if not 0 <= quantile < 1:
            raise BadOption(f"quantile={quantile!r}", where="IXCReward.clean", expected="0 <= quantile < 1")
        scores = array(self.segment_scores(samples).mean(0))[:, 0]
        kept = np.ones(len(scores), dtype=bool)
        kept[np.argsort(scores, kind="stable")[: math.floor(quantile * len(scores))]] = False
        return kept

    def critic(self) -> "Critic":
        """A value network that begins as this model and then goes its own way.

        Raises:
            BadOption: before the model has seen a batch, or if it remembers the episode.
        """
        if not self._encoders or self.memory:
            raise BadOption("no network to copy", where="IXCReward.critic", expected="a fitted model without memory")
        return Critic(copy.deepcopy(self._fit.module), copy.deepcopy(self._norm), self._mean, self._deviation)


class Critic(nn.Module):
    """V [B] of features [B, D], at first the pay of the model that it was copied from.

    Args:
        module: [B, D] -> [K, B, 1].
        norm: what whitens the features.
        mean, deviation: [K], of the scores.
    """

    def __init__(self, module: nn.Module, norm: nets.RunningNorm, mean: Tensor, deviation: Tensor) -> None:
        super().__init__()
        self.module, self._norm = module, norm
        self.register_buffer("mean", mean.clone())
        self.register_buffer("deviation", deviation.clone())

    def forward(self, x: Tensor) -> Tensor:
        scores = self.module(self._norm(x))[..., 0]  # [K, B]
        return ((scores.T - self.get_buffer("mean")) / self.get_buffer("deviation")).mean(-1)
