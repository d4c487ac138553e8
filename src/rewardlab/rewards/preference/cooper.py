"""Cooper: a verifier that goes on learning from the policy's answers, so that what fools it today pays less tomorrow.

    VerifyRM:  R(x, reference, o) = mean over members of σ(S),    loss = −c log σ(S) − (1 − c) log σ(−S)
    Cooper:    loss = −log σ(S(o⁺) − S(o⁻)),    o⁺ an answer that the rule accepts, o⁻ = corrupt(o⁺), which it refuses

A rule for right answers has few false alarms and misses many; only its "yes" is trusted. A learned verifier knows the
other forms of a right answer too, but a policy finds its mistakes if it stands still. So each step of the policy is
followed by a small one of the verifier: call `update` with the answers that were just given. The question and the
reference answer are part of the observation. Evidence: on tables (`benchmarks.effects.preference_noise_cooper`) 99 % of
answers end right, 8 % with a frozen verifier; where a small transformer writes them (`written_cooper`) nothing shows:
17 % with it, 22 by the rule, 4 with a frozen one, and 42, 63 and 42 % from a better beginner, all with wide intervals;
nearly all answers have the word.

Source: Hong, Yan, Wu, Hou, Zhang, Lu, Shen, Xiao, "Cooper: Co-Optimizing Policy and Reward Models in Reinforcement
Learning for Large Language Models", arXiv 2508.05613, 2025, Sections 3 and 4 (hybrid annotation, both stages).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from rewardlab.core import nets
from rewardlab.core.arrays import Array, array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.kernel import preference_logit, segment_scores, usable
from rewardlab.rewards.preference.likelihoods import log_sigmoid
from rewardlab.rewards.preference.model import SegmentModel


def hybrid_labels(rule: Array, judge: Array) -> np.ndarray:
    """Labels [P] on which a rule and a judge agree: 1 right, 0 wrong, NaN where they do not.

    Args:
        rule: [P] bool.
        judge: [P] bool.
    """
    rule, judge = array(rule) != 0, array(judge) != 0
    return np.where(rule == judge, rule * 1.0, np.nan)


@dataclass(kw_only=True)
class VerifyRM(SegmentModel):
    """Pays the chance that an answer is right, in (0, 1).

    Items are Transitions [P, G, T] with `info["correct"]` [P, G] in [0, 1]; items with NaN are left out. The options
    are those of `SegmentModel`.

    Raises:
        BadBatch: from `fit`, if the axes are others.
        MissingColumn: from `fit`, without `correct`.
    """

    def checked(self, batch: Transitions) -> Transitions:
        def good(x: np.ndarray) -> np.ndarray:
            return np.asarray((np.isfinite(x) & (x >= 0) & (x <= 1)).all(-1))

        return usable(batch, "correct", good, where=type(self).__name__, axes=2)

    def losses(self, scores: Tensor, info: Mapping[str, Tensor]) -> Tensor:
        correct = info["correct"]
        out: Tensor = -(correct * log_sigmoid(scores) + (1 - correct) * log_sigmoid(-scores)).sum(-1)
        return out

    def right(self, scores: Tensor, info: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        said = (scores > 0) == (info["correct"] > 0.5)
        return said.all(-1), torch.ones_like(said[0, :, 0])

    def _member_pays(self, batch: Transitions) -> tuple[Tensor, Tensor | None]:
        pays, state = super()._member_pays(batch)
        return pays.sigmoid(), state

    def _normalise(self, items: Transitions) -> None:
        """Scores stay log odds."""


@dataclass(kw_only=True)
class Cooper(VerifyRM):
    """A `VerifyRM` that learns from each batch of answers.

    `fit` learns from labelled items as `VerifyRM` does. `update` takes rollouts: [P, G, T] are answers of T steps,
    and other axes so many answers of one step.

    Args:
        rule: answers [B, T] -> which are surely right, [B] bool.
        corrupt: answers [B, T] that are right, and a generator -> the same with wrong results.
        lr_rm: step size of `update`; 0 freezes the verifier.
        rm_steps: steps of the optimiser in each update.

    Raises:
        BadOption: for a step size that is negative or not finite, or no steps; and as `SegmentModel` does.
    """

    rule: Callable[[Transitions], Array]
    corrupt: Callable[[Transitions, np.random.Generator], Transitions]
    lr_rm: float = 1e-3
    rm_steps: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (math.isfinite(self.lr_rm) and self.lr_rm >= 0 and self.rm_steps >= 1):
            raise BadOption(
                f"lr_rm={self.lr_rm!r}, rm_steps={self.rm_steps!r}",
                where="Cooper",
                expected="lr_rm >= 0, rm_steps >= 1",
            )

    def pairs(self, batch: Transitions) -> tuple[Transitions, Transitions]:
        """Answers [B, T] that the rule accepts, and their corruptions, which it refuses; the rest is left out."""
        answers = _alone(batch)
        self.encoded(batch)  # the first batch decides how answers look
        right = answers.rows(_places(self.rule(answers), batch.reward))
        if not len(right):
            return right, right
        rng = np.random.default_rng([nets.child_seed(self.seed, 4), self._fit.steps])
        wrong = self.corrupt(right, rng)
        kept = _places(array(self.rule(wrong)) == 0, batch.reward)
        return right.rows(kept), wrong.rows(kept)

    def update(self, batch: Transitions) -> dict[str, float]:
        """Stage 2: the verifier learns from answers that were just given; without a right one among them, nothing."""
        right, wrong = self.pairs(batch)
        if not len(right):
            return {}
        sides = [(self.encoded(s), self._columns(s).get("mask")) for s in (right, wrong)]
        before, self._fit.lr = self._fit.lr, self.lr_rm
        try:
            for _ in range(self.rm_steps):
                scores = torch.stack([segment_scores(self.step_scores(x), m) for x, m in sides], -1)  # [K, B, 2]
                gap = preference_logit(scores)
                log = self._fit(-log_sigmoid(gap).mean())
        finally:
            self._fit.lr = before
        said = float((gap > 0).float().mean())
        return {
            f"{self.name}/loss": log["loss"],
            f"{self.name}/accuracy": said,
            f"{self.name}/pairs": float(len(right)),
        }


def _alone(batch: Transitions) -> Transitions:
    """Every answer by itself, [B, T]; columns of answers as [B], and what speaks of several is left out."""
    axes = 2 if len(batch.shape) == 3 else len(batch.shape)
    count, steps = math.prod(batch.shape[:axes]), math.prod(batch.shape[axes:])

    def split(x: Array) -> Array:
        return x.reshape(count, steps, *x.shape[len(batch.shape) :])

    info = {}
    for k, x in batch.info.items():
        if tuple(x.shape[: len(batch.shape)]) == batch.shape:
            info[k] = split(x)
        elif tuple(x.shape[:axes]) == batch.shape[:axes]:
            info[k] = x.reshape(count, *x.shape[axes:])
    return replace(replace(batch, info={}).map(split), info=info)


def _places(chosen: Array, like: Array) -> Array:
    index = np.flatnonzero(array(chosen))
    return torch.from_numpy(index).to(like.device) if isinstance(like, Tensor) else index
