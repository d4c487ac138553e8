"""MetaRM: a reward model that keeps fitting its comparisons where it also tells the policy's own responses apart.

    J(θ) = mean over prompts of (2/k²) Σ_{i<j} σ(|r_θ(s_i) − r_θ(s_j)|)
    θ' = θ + η ∇J(θ),    θ <- θ − α ∇_{θ'} loss(θ'; comparisons)

A policy that has moved gives responses which an older model scores nearly alike. Here each step of the fit is taken
where their scores are spread. `meet` tells which responses the policy gives now; they need no labels. The gradient is
of the first order: how θ' depends on θ is left out.

Source: Wang, Zheng, Chen, Liu, Dou, Huang, Shen, Jin et al., "Secrets of RLHF in Large Language Models Part II: Reward
Modeling", arXiv 2401.06080, 2024, Section 4 (MetaRM); Dou et al., "MetaRM: Shifted Distributions Alignment via
Meta-Learning", arXiv 2405.00438, 2024.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from rewardlab.core import nets
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.rewards.preference.kernel import segment_scores
from rewardlab.rewards.preference.likelihoods import logistic_logs, pair_loss
from rewardlab.rewards.preference.model import SegmentModel


def spread(scores: Tensor) -> Tensor:
    """J [*, P] of scores [*, P, k]: 2/k² times the sum over pairs of σ(|difference|); only differences matter."""
    k = scores.shape[-1]
    i, j = torch.triu_indices(k, k, 1)
    return torch.sigmoid((scores[..., i] - scores[..., j]).abs()).sum(-1) * (2 / k**2)


@dataclass(kw_only=True)
class MetaRM(SegmentModel):
    """Pays what an ensemble thinks that is fitted to comparisons where it spreads the policy's responses.

    Comparisons are Transitions [P, 2, T] with `info["label"]` [P]. Before `meet` it is Bradley-Terry. What it met is
    data and not part of its state: a copy must meet it again. The other options are those of `SegmentModel`.

    Args:
        eta: η >= 0, size of the step up J. The paper's 5e-5 is that of a large model; small networks need more.
        prompts: that J is taken over in each step, drawn from those that were met.

    Raises:
        BadOption: for a negative or infinite eta, or no prompts; and as `SegmentModel` does.
    """

    eta: float = 5e-5
    prompts: int = 32

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (math.isfinite(self.eta) and self.eta >= 0 and self.prompts >= 1):
            raise BadOption(
                f"eta={self.eta!r}, prompts={self.prompts!r}", where="MetaRM", expected="eta >= 0, prompts >= 1"
            )
        self._met: Transitions | None = None
        self._ahead: dict[str, Tensor] | None = None

    def meet(self, responses: Transitions | None) -> None:
        """Take responses [P, k, T] of the present policy, k >= 2 of each prompt, in place of earlier ones.

        Args:
            responses: without labels; None to go on without.

        Raises:
            BadBatch: if the axes are others.
        """
        if responses is not None and (len(responses.shape) != 3 or responses.shape[1] < 2):
            raise BadBatch(f"responses {responses.shape}", where="MetaRM.meet", expected="[P, k, T] with k >= 2")
        kept = ("mask",)
        self._met = responses and replace(responses, info={k: v for k, v in responses.info.items() if k in kept})

    def losses(self, scores: Tensor, info: Mapping[str, Tensor]) -> Tensor:
        out: Tensor = pair_loss(logistic_logs(scores), info["label"])
        return out

    def step_scores(self, x: Tensor) -> Tensor:
        if self._ahead is None:
            return super().step_scores(x)
        rows = self._norm(x).reshape(-1, *x.shape[-2 if self.memory else -1 :])
        out: Tensor = torch.func.functional_call(self._fit.module, self._ahead, (rows,))
        return out.reshape(-1, *x.shape[:-1])

    def ascended(self) -> dict[str, Tensor] | None:
        """θ' of the next step, as functions of θ with slope 1; None if nothing was met."""
        if self._met is None or not len(self._met):
            return None
        rng = np.random.default_rng([nets.child_seed(self.seed, 3), self._fit.steps])
        index = rng.permutation(len(self._met))[: self.prompts]
        batch = self._met.map(lambda a: a[torch.as_tensor(index).to(a.device) if isinstance(a, Tensor) else index])
        mask = self._columns(batch).get("mask")
        scores = segment_scores(self.step_scores(self.encoded(batch)), mask)
        named = dict(self._fit.module.named_parameters())
        slopes = torch.autograd.grad(spread(scores).mean(-1).sum(), list(named.values()), materialize_grads=True)
        return {k: p + self.eta * g for (k, p), g in zip(named.items(), slopes, strict=True)}

    def _loss(self, x: Tensor, info: dict[str, Tensor], times: Tensor) -> tuple[Tensor, np.ndarray]:
        self._ahead = self.ascended()
        try:
            return super()._loss(x, info, times)
        finally:
            self._ahead = None
