"""Reasoning pattern reward (RPR), and what it mends.

    RPR(y) = min(1, c · listed phrases in y),    R = RM + α RPR 1[RM < τ]

Pays for phrases of reasoning, each counted once, without looking at the answer: alone it helps for a while and then
makes answers grow. Added where a noisy reward model scores low, it makes up for good answers that the model misjudges.
Evidence: `benchmarks.effects.written_phrases`, a small transformer that thinks in marked steps: phrases alone raise
right answers by 0.17 and then lose 0.12; beside a model of 60 judged answers (0.62 to 0.73 of its verdicts are right)
they bring 0.78, the model alone 0.75: undecided.

Source: Lv, Xie, Sun, Kang, Yan, "The Climb Carves Wisdom Deeper Than the Summit: On the Noisy Rewards in Learning
to Reason", 2025, Sections 4 and 5.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rewardlab.core.algebra import Composite, finite
from rewardlab.core.arrays import Array, array, is_torch, namespace, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Reward, joined

REASONING = (
    "first, I need to", "we know that", "let me think", "let us consider", "therefore", "this means that", "next, we",
    "because", "on the other hand", "to verify", "let me check", "in conclusion",
)  # fmt: skip
"""Phrases of reasoning in English; a list of our own."""


@dataclass
class PhraseReward(Reward):
    """Pays the share of listed phrases that a response holds, in [0, 1].

    Actions are texts, as `rewards.score` brings them; what is no text is looked through as `str` prints it.

    Args:
        phrases: what to look for, in any case; each counts once.
        each: c, what a phrase is worth; 1 / the number of phrases if None.

    Raises:
        BadOption: for no phrases, an empty one, or a negative `each`.
    """

    phrases: Sequence[str] = REASONING
    each: float | None = None
    knowledge: ClassVar[str] = "phrases of good answers"

    def __post_init__(self) -> None:
        self.phrases = tuple(self.phrases)
        if not self.phrases or not all(isinstance(p, str) and p for p in self.phrases):
            raise BadOption(f"phrases={self.phrases!r}", where="PhraseReward", expected="texts, at least one")
        worth = 1.0 / len(self.phrases) if self.each is None else finite(self.each, "each", "PhraseReward")
        if worth < 0:
            raise BadOption(f"each={self.each!r}", where="PhraseReward", expected="a number >= 0")
        self._worth, self._lower = worth, tuple(p.lower() for p in self.phrases)

    def __call__(self, batch: Transitions) -> Array:
        texts = array(batch.action)
        flat = texts.reshape(-1) if texts.shape == batch.shape else np.array([str(t) for t in texts], dtype=object)
        counts = np.array([sum(p in str(t).lower() for p in self._lower) for t in flat], dtype=np.float64)
        pay = np.minimum(1.0, self._worth * counts).reshape(batch.shape)
        return tensor(pay, like=batch.reward) if is_torch(batch.reward) else pay


@dataclass
class Compensated(Composite):
    """Pays a model's score, and α of a second reward where the score is below τ.

    Args:
        model: the score, in [0, 1].
        help: what makes up for answers that the model misjudges.
        weight: α.
        threshold: τ.
    """

    model: Reward
    help: Reward
    weight: float = 0.1
    threshold: float = 0.5

    def __post_init__(self) -> None:
        self.weight = finite(self.weight, "weight", "Compensated")
        self.threshold = finite(self.threshold, "threshold", "Compensated")

    def __call__(self, batch: Transitions) -> Array:
        score, more = self.model(batch), self.help(batch)
        xp = namespace(score)
        return score + self.weight * xp.where(score < self.threshold, more, 0.0 * more)

    def update(self, batch: Transitions) -> dict[str, float]:
        return joined([self.model.update(batch), self.help.update(batch)])
