"""Format reward.

    R = a if the action parses, else b

A small constant for answers in the asked form, so that the rules that read them find something to read. It says nothing
of what is written there: it stays far below what a right answer pays.

Source: Gulhane, Indurthi, "Beyond Monolithic Rewards: A Hybrid and Multi-Aspect Reward Optimization for MLLM
Alignment", arXiv 2510.05283, 2025 (the aspect of adherence to instructions); DeepSeek-AI, "DeepSeek-R1: Incentivizing
Reasoning Capability in LLMs via Reinforcement Learning", arXiv 2501.12948, 2025, Section 2.2.2 (format rewards).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rewardlab.core.algebra import finite
from rewardlab.core.arrays import Array, Tree, array, is_torch, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadReward
from rewardlab.core.reward import Reward


@dataclass
class FormatReward(Reward):
    """Pays a constant for actions in the right form and another for those that are not.

    Args:
        parses: actions [B, *action] -> [B] bool; for text `functools.partial(has_tags, tags=("think", "answer"))`.
        pay: a, for what parses.
        miss: b, for what does not; 0 or below.

    Raises:
        BadOption: for a pay or miss that is not a finite number.
        BadReward: when called, if `parses` does not give one flag for each action.
    """

    parses: Callable[[Tree], Array]
    pay: float = 0.1
    miss: float = 0.0
    knowledge: ClassVar[str] = "the format"

    def __post_init__(self) -> None:
        self.pay, self.miss = finite(self.pay, "pay", "FormatReward"), finite(self.miss, "miss", "FormatReward")

    def __call__(self, batch: Transitions) -> Array:
        good = array(self.parses(batch.action))
        if good.shape != batch.shape or good.dtype != bool:
            raise BadReward(
                f"parses gave {good.dtype}{list(good.shape)}",
                where="FormatReward",
                expected=f"bool{list(batch.shape)}, a flag for each action",
            )
        paid = np.where(good, self.pay, self.miss)
        return tensor(paid, like=batch.reward) if is_torch(batch.reward) else paid


def has_tags(texts: Array, *, tags: tuple[str, ...]) -> np.ndarray:
    """[B] bool of texts [B]: nothing but one `<tag>...</tag>` for each of the tags, in their order."""
    pattern = r"\s*".join(rf"<{re.escape(t)}>(?:(?!</?{re.escape(t)}>).)*</{re.escape(t)}>" for t in tags)
    whole = re.compile(rf"\s*{pattern}\s*", re.DOTALL)
    flat = [whole.fullmatch(str(text)) is not None for text in np.asarray(texts).ravel()]
    return np.array(flat, dtype=bool).reshape(np.shape(texts))
