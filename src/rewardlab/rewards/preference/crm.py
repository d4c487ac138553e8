"""CRM (collaborative reward modelling): two models, each of which learns from the pairs that the other believes.

    m_i = (2 y_i − 1)(S¹_i − S²_i),    model k learns from the share ρ_t of a batch with the largest m of model k − 1
    ρ_t = 1 − noise · min(t / warmup, 1),    loss = −log σ(m_i)

Networks learn pairs that agree with each other before they learn wrong ones by heart, so a small margin is a sign of a
wrong label. A model that picks for itself repeats its own mistakes; a peer of other weights makes others. From epoch
`warmup` on the pairs may be fed in stages, the easy ones first. Where fewer labels are wrong than is thought, close
pairs are left out in their place, and accuracy is lost: estimate low.

Source: Zhang, Jing, Zhang, Xi, Dou, Weng, Li, Wang, Chai, Hong, Gui, Zhang, "Two Minds Better Than One: Collaborative
Reward Modeling for LLM Alignment", arXiv 2505.10597, 2025 (peer review and curriculum; the schedules are ours).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from rewardlab.core.arrays import Array, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.kernel import preference_logit
from rewardlab.rewards.preference.likelihoods import logistic_logs, pair_loss
from rewardlab.rewards.preference.model import SegmentModel


def peer_reviewed(margins: Tensor, share: float) -> Tensor:
    """Which pairs each of K models learns from: those with the largest margins by the model before it.

    Any loss of pairs can be weighted so: the margin of a policy is β times the difference of its log-ratios.

    Args:
        margins: [K, P], by how much each model agrees with the label.
        share: ρ of the pairs that are kept, in (0, 1]; at least one is.

    Returns:
        [K, P] bool.

    Raises:
        BadOption: for a share outside (0, 1].
    """
    if not 0 < share <= 1:
        raise BadOption(f"share={share!r}", where="peer_reviewed", expected="above 0, up to 1")
    count = max(1, round(share * margins.shape[-1]))
    chosen = margins.roll(1, 0).topk(count, -1).indices
    return torch.zeros_like(margins, dtype=torch.bool).scatter_(-1, chosen, True)


@dataclass(kw_only=True)
class CRM(SegmentModel):
    """Pays what models that pick each other's comparisons think a step is worth.

    Comparisons are Transitions [P, 2, T] with `info["label"]` [P]. Every model sees all of them, without bootstraps, so
    no accuracy is held out. The other options are those of `SegmentModel`.

    Args:
        members: K >= 2 models in a ring; the paper's two.
        noise: the share of labels that is thought wrong, in [0, 1); 0 keeps all.
        warmup: T_w, epochs until so many are left out.
        stages: of the curriculum after them; 1, ours, feeds all pairs at once.
        stage_epochs: epochs of each stage but the last.

    Raises:
        BadOption: for fewer than two members, a noise outside [0, 1), or negative numbers of epochs or stages.
    """

    members: int = 2
    noise: float = 0.4
    warmup: int = 5
    stages: int = 1
    stage_epochs: int = 5

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.members < 2:
            raise BadOption(f"members={self.members!r}", where="CRM", expected="at least 2, who review each other")
        if not 0 <= self.noise < 1:
            raise BadOption(f"noise={self.noise!r}", where="CRM", expected="0 <= noise < 1")
        if self.warmup < 0 or self.stages < 1 or self.stage_epochs < 1:
            raise BadOption(
                f"warmup={self.warmup!r}, stages={self.stages!r}, stage_epochs={self.stage_epochs!r}",
                where="CRM",
                expected="warmup >= 0, stages >= 1, stage_epochs >= 1",
            )

    @property
    def share(self) -> float:
        """ρ_t of the epoch that comes next."""
        return 1 - self.noise * min(1.0, self._updates / self.warmup if self.warmup else 1.0)

    @property
    def fed(self) -> float:
        """The share of all pairs, easy ones first, that the next epoch is fed."""
        stage = 1 + max(0, self._updates - self.warmup) // self.stage_epochs
        return 1.0 if self._updates < self.warmup else min(1.0, stage / self.stages)

    def review(self, margins: Tensor) -> Tensor:
        """Which pairs [K, P] of a batch each model learns from, by the margins [K, P] of all."""
        return peer_reviewed(margins, self.share)

    def losses(self, scores: Tensor, info: Mapping[str, Tensor]) -> Tensor:
        label = info["label"]
        kept = self.review(((2 * label - 1) * preference_logit(scores)).detach())
        out: Tensor = pair_loss(logistic_logs(scores), label)
        return out * kept * (kept.shape[-1] / kept.sum(-1, keepdim=True))  # the mean over the batch is that of the kept

    def margins(self, pairs: Transitions) -> Tensor:
        """m [K, P]: how much each model agrees with the labels; the lowest are probably wrong."""
        gap = preference_logit(self.segment_scores(pairs))
        return (2 * tensor(pairs.column("label", by="CRM"), like=gap) - 1) * gap

    def fit(
        self, items: Transitions, *, epochs: int = 60, progress: Callable[[dict[str, float]], None] | None = None
    ) -> list[dict[str, float]]:
        """As `SegmentModel.fit`; pairs are ordered anew before each epoch of the curriculum."""
        items = self.checked(items)
        logs = []
        for _ in range(epochs):
            logs += super().fit(self._easy(items), epochs=1, progress=progress)
        return logs

    def _bootstraps(self, count: int) -> Tensor:
        return torch.ones(self.members, count)

    def _easy(self, items: Transitions) -> Transitions:
        if self.fed == 1 or not len(items):
            return items
        order = self.margins(items).mean(0).argsort(descending=True, stable=True)
        index = order[: max(1, round(self.fed * len(items)))]
        return items.rows(_as_index(index, items.reward))


def _as_index(index: Tensor, like: Array) -> Array:
    return index.to(like.device) if isinstance(like, Tensor) else index.cpu().numpy()
