"""SimpleDC: pays texts for looking like those that people made simple.

    q(y) = σ(S(y)),    loss = −½ log σ(S(simple)) − ½ log σ(−S(original))
    R(x, y) = w₁ (q(y) − q(x)) + w₂ cos(e(x), e(y))

Both sides of a parallel corpus are labels, so nobody has to rate anything, and any text without a partner can then be
learned on. The step is a rewriting: `obs` the text x, `next_obs` the text y. Without the similarity, leaving a text as
it is earns nothing. The usual reward instead, readability, is largest for a single word of one syllable. Evidence:
waits for text.

Source: Rahman, Irbaz, North, Williams, Zampieri, Lybarger, "Health Text Simplification: An Annotated Corpus for
Digestive Cancer Education and Novel Strategies for Reinforcement Learning", arXiv 2401.15043, 2024 (a classifier of
original and simplified text as reward; the difference and the weights are ours); Kincaid, Fishburne, Rogers, Chissom,
"Derivation of New Readability Formulas for Navy Enlisted Personnel", 1975 (the grade).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from rewardlab.core.arrays import Array, namespace, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.likelihoods import log_sigmoid
from rewardlab.rewards.preference.model import SegmentModel

Similarity = Callable[[Array, Array], Array]
"""Texts x and y, [B, *obs] each -> how alike their meanings are, [B]."""


def flesch_kincaid(words: Array, sentences: Array, syllables: Array) -> Array:
    """The grade of school that a text asks for, [B]: 0.39 words/sentence + 11.8 syllables/word − 15.59."""
    return 0.39 * words / sentences + 11.8 * syllables / words - 15.59


def cosine(x: Array, y: Array) -> Array:
    """The cosine [B] of vectors [B, *D]; 0 if one of them is 0."""
    xp = namespace(x)
    a, b = (v.reshape(v.shape[0], -1) for v in (x, y))
    norm = xp.sqrt((a * a).sum(-1) * (b * b).sum(-1))
    return (a * b).sum(-1) / xp.where(norm > 0, norm, xp.ones_like(norm))


@dataclass(kw_only=True)
class SimpleDC(SegmentModel):
    """Pays a rewriting by how much simpler it looks, and by how much of the meaning it keeps.

    Lessons are Transitions [P, 2, T] of texts as `obs`, with `info["label"]` [P]: 1 if the first is the simple one. The
    other options are those of `SegmentModel`.

    Args:
        gain: w₁ >= 0.
        meaning: w₂ >= 0; the default is ours.
        relative: whether q of the source is taken off.
        similarity: of the meanings; by default the cosine of the observations.

    Raises:
        BadOption: for weights that are negative or not finite, or a trunk with memory; and as `SegmentModel` does.
    """

    action: bool = False
    gain: float = 1.0
    meaning: float = 0.5
    relative: bool = True
    similarity: Similarity = cosine

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("gain", "meaning"):
            if not (math.isfinite(value := getattr(self, name)) and value >= 0):
                raise BadOption(f"{name}={value!r}", where="SimpleDC", expected="a number >= 0")
        if self.action or self.next_obs or self.memory:
            raise BadOption(
                f"action={self.action!r}, next_obs={self.next_obs!r}, trunk={self.trunk!r}",
                where="SimpleDC",
                expected="a score of a text alone",
            )

    def losses(self, scores: Tensor, info: Mapping[str, Tensor]) -> Tensor:
        y = info["label"]
        first, second = ([log_sigmoid(s * scores[..., g]) for s in (1, -1)] for g in (0, 1))
        out: Tensor = -0.5 * (y * (first[0] + second[1]) + (1 - y) * (first[1] + second[0]))
        return out

    def simplicity(self, texts: Transitions) -> Array:
        """q [*lead]: the mean over members of the chance that `obs` is a simplified text."""
        with torch.no_grad():
            chance = self.step_scores(self.encoded(texts)).sigmoid().mean(0)
        like = texts.reward
        return chance.to(like.device) if isinstance(like, Tensor) else chance.cpu().numpy()

    def _member_pays(self, batch: Transitions) -> tuple[Tensor, Tensor | None]:
        chance = self.step_scores(self.encoded(replace(batch, obs=batch.next_obs))).sigmoid()
        if self.relative:
            chance = chance - self.step_scores(self.encoded(batch)).sigmoid()
        out = self.gain * chance
        if self.meaning:
            flat = [v.reshape(-1, *v.shape[len(batch.shape) :]) for v in (batch.obs, batch.next_obs)]
            out = out + self.meaning * tensor(self.similarity(*flat), like=out).reshape(batch.shape)
        return out, None

    def _normalise(self, items: Transitions) -> None:
        """Scores stay log odds."""
