"""PAL-A: everyone has an ideal point, a mixture of K prototypes.

    a_i = Σ_k w_ik p_k,    r_i(x) = −b ‖f(x) − a_i‖²,    P(1 ≻ 2 by i) = σ(r_i(x_1) − r_i(x_2))

People who differ are placed in one learned space: a comparison says on which side of a plane an ideal point lies.
Somebody new costs K − 1 numbers and not a reward of their own. Ideal points do not depend on the prompt.

Source: Chen, Chen, Rege, Vinayak, "PAL: Pluralistic Alignment Framework for Learning from Heterogeneous Preferences",
2024 (model A).
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from rewardlab.core import nets
from rewardlab.core.arrays import array
from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.answers import Answers
from rewardlab.rewards.preference.mixtures import Mixture


@dataclass(kw_only=True)
class PALA(Mixture):
    """Pays how near a step lies to a person's ideal point.

    The other options are those of `Mixture`.

    Args:
        hidden: widths of the map f; None for none at all: then features are taken as they come, dim is theirs and
            distances are in their units.
        slope: b > 0, how surely the nearer is preferred, per unit of squared distance.

    Raises:
        BadOption: for a slope that is not positive, and as `Mixture` does.
    """

    slope: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.slope < math.inf:
            raise BadOption(f"slope={self.slope!r}", where="PALA", expected="above 0")
        super().__post_init__()

    def network(self, width: int, prompt: int, seed: int) -> nn.Module:
        dim = width if self.hidden is None else self.dim
        way = nn.Identity() if self.hidden is None else nets.mlp(width, dim, self.hidden, seed=seed)
        module = self.with_shares(nn.ModuleDict({"map": way}))
        points = np.random.default_rng(nets.child_seed(seed, 1)).normal(size=(self.prototypes, dim))
        module.register_parameter("points", nn.Parameter(torch.as_tensor(points, dtype=torch.float32)))
        return module

    def white(self, x: Tensor) -> Tensor:
        return x if self.hidden is None else super().white(x)

    def mapped(self, x: Tensor) -> Tensor:
        out: Tensor = self._fit.module["map"](x)  # type: ignore[index]
        return out

    def worth(self, place: Tensor, shares: Tensor) -> Tensor:
        return ideal_point_scores(place, shares @ self._fit.module.get_parameter("points"), self.slope)

    @torch.no_grad()
    def begin(self, answers: Answers) -> None:
        """Prototypes begin at random items."""
        rng = np.random.default_rng(nets.child_seed(self.seed, 2))
        steps = answers.x[answers.mask]
        chosen = torch.as_tensor(rng.integers(0, len(steps), self.prototypes), device=steps.device)
        self._fit.module.get_parameter("points").copy_(self.mapped(steps[chosen]))

    def ideal_points(self) -> np.ndarray:
        """Where the annotators' ideal points lie, [U, dim].

        Raises:
            BadOption: before the first batch.
        """
        if not self._encoders:
            raise BadOption("no points yet", where="PALA", expected="a model that has seen items", mend="fit")
        return np.asarray(self.people @ array(self._fit.module.get_parameter("points")))


def ideal_point_scores(place: Tensor, ideal: Tensor, slope: float = 1.0) -> Tensor:
    """−slope ‖place − ideal‖² [*lead] of points [*lead, d]; what moves both as one body changes nothing."""
    return -slope * ((place - ideal) ** 2).sum(-1)
