"""How a critic shows a value and learns it: a number by its error, or a histogram by its cross-entropy."""

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor


class ValueLoss(Protocol):
    """`width` outputs stand for one value."""

    @property
    def width(self) -> int:
        """Outputs per value."""
        ...

    def decode(self, outputs: Tensor) -> Tensor:
        """Values [...] of outputs [..., width]."""
        ...

    def loss(self, outputs: Tensor, target: Tensor) -> Tensor:
        """Loss [...] of outputs [..., width] where the return was `target` [...]."""
        ...


@dataclass(frozen=True)
class Squared:
    """One output, learned by its squared error."""

    width = 1

    def decode(self, outputs: Tensor) -> Tensor:
        return outputs.squeeze(-1)

    def loss(self, outputs: Tensor, target: Tensor) -> Tensor:
        return (outputs.squeeze(-1) - target).square()
