"""PAL-B: what everyone values in a response depends on the prompt, as a mixture of K prototypes.

    r_i(y | x) = f(x, y) · Σ_k w_ik g_k(x),    P(1 ≻ 2 by i) = σ(r_i(y_1 | x) − r_i(y_2 | x))

The prompt is `obs`, the response `action`. Prototypes are directions that a network finds for each prompt; people
differ in how much of each they follow.

Source: Chen, Chen, Rege, Vinayak, "PAL: Pluralistic Alignment Framework for Learning from Heterogeneous Preferences",
2024 (model B).
"""

from dataclasses import dataclass
from typing import cast

from torch import Tensor, nn

from rewardlab.core import nets
from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.mixtures import Mixture


@dataclass(kw_only=True)
class PALB(Mixture):
    """Pays how well a response follows a person's direction for the prompt.

    The options are those of `Mixture`; the map f and the K directions g_k are networks of the same widths.

    Raises:
        BadOption: without actions or hidden widths, and as `Mixture` does.
    """

    def __post_init__(self) -> None:
        if not self.action or self.hidden is None:
            raise BadOption(
                f"action={self.action!r}, hidden={self.hidden!r}", where="PALB", expected="action=True and widths"
            )
        super().__post_init__()

    def network(self, width: int, prompt: int, seed: int) -> nn.Module:
        hidden = self.hidden or ()
        way = nets.mlp(width, self.dim, hidden, seed=nets.child_seed(seed, 0))
        aims = nets.mlp(prompt, self.prototypes * self.dim, hidden, seed=nets.child_seed(seed, 1))
        return self.with_shares(nn.ModuleDict({"map": way, "aims": aims}))

    def mapped(self, x: Tensor) -> Tensor:
        """f · g_k [*lead, K]."""
        parts, prompt = cast(nn.ModuleDict, self._fit.module), self._encoders["obs"].width
        aims = parts["aims"](x[..., :prompt]).reshape(*x.shape[:-1], self.prototypes, self.dim)
        out: Tensor = (parts["map"](x)[..., None, :] * aims).sum(-1)
        return out

    def worth(self, place: Tensor, shares: Tensor) -> Tensor:
        return (place * shares).sum(-1)
