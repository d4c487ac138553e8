"""Judged pairs with who judged them, as networks see them."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from rewardlab.core.arrays import tensor
from rewardlab.core.batch import Transitions


@dataclass(frozen=True)
class Answers:
    """Judged pairs as the networks see them.

    Attributes:
        x: whitened features [P, 2, T, D].
        mask: [P, 2, T] bool.
        label: [P] float32.
        who: [P] int64.
    """

    x: Tensor
    mask: Tensor
    label: Tensor
    who: Tensor

    def __len__(self) -> int:
        return len(self.label)

    def rows(self, index: Tensor) -> "Answers":
        """The pairs at `index` of any shape; it takes the place of the first axis."""
        return Answers(self.x[index], self.mask[index], self.label[index], self.who[index])


def counted(items: Transitions, device: Any) -> Tensor:
    """Which steps [P, G, T] count, bool."""
    mask = items.info.get("mask")
    if mask is None:
        return torch.ones(items.shape, dtype=torch.bool, device=device)
    out: Tensor = tensor(mask, device=device) != 0
    return out
