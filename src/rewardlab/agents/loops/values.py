"""How a critic shows a value and learns it: a number by its error, or a histogram by its cross-entropy.

    HL-Gauss   q_i = [ Φ((z_i + w/2 − y) / σ) − Φ((z_i − w/2 − y) / σ) ] / Σ_j (the same of j)
    two-hot    q = the two atoms about y, weighted so that Σ_i q_i z_i = y
    both       L = −Σ_i q_i log p_i,    value Σ_i p_i z_i

All are pure functions of tensors on any device. `ValueLoss`es learn from a return, a number; `Categorical` and
`Quantiles` learn from the distribution of returns that follows.
"""

import math
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

from rewardlab.core.errors import BadOption


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
        """Values [...] of outputs [..., 1]."""
        return outputs.squeeze(-1)

    def loss(self, outputs: Tensor, target: Tensor) -> Tensor:
        """(v − y)² [...]."""
        return (outputs.squeeze(-1) - target).square()


@dataclass(frozen=True)
class Huber:
    """One output; its error counts squared (½ e²) up to `delta`, and linearly beyond.

    Args:
        delta: above 0; 1 is what Stable-Baselines3's DQN learns with.
    """

    delta: float = 1.0
    width = 1

    def __post_init__(self) -> None:
        if not 0 < self.delta < math.inf:
            raise BadOption(f"delta={self.delta!r}", where="Huber", expected="above 0", mend="delta=1.0")

    def decode(self, outputs: Tensor) -> Tensor:
        """Values [...] of outputs [..., 1]."""
        return outputs.squeeze(-1)

    def loss(self, outputs: Tensor, target: Tensor) -> Tensor:
        """½ e² or δ (|e| − ½ δ) [...]."""
        return F.huber_loss(outputs.squeeze(-1), target, reduction="none", delta=self.delta)


@dataclass(frozen=True)
class HLGauss:
    """A histogram of `bins` equal bins, learned by its cross-entropy to a Gaussian around the return.

    Its gradient in each output is p_i − q_i, in [−1, 1] however large the error; its mean is that of noisy returns.

    Args:
        low, high: the ends of the support; returns beyond are taken for the nearer end, and those within three σ of one
            come out a little too far inside.
        bins: m, at least 2.
        sigma_over_width: σ / w, above 0.

    Raises:
        BadOption: for a support or a number outside these bounds.

    Source: Farebrother, Orbay, Vuong, Taïga, Chebotar, Xiao, Irpan, Levine, Castro, Faust, Kumar, Agarwal,
    "Stop Regressing: Training Value Functions via Classification for Scalable Deep RL", ICML 2024, Section 3.1.
    """

    low: float
    high: float
    bins: int = 51
    sigma_over_width: float = 0.75

    def __post_init__(self) -> None:
        _check_support("HLGauss", self.low, self.high, self.bins)
        if not 0 < self.sigma_over_width < math.inf:
            raise BadOption(
                f"sigma_over_width={self.sigma_over_width!r}", where="HLGauss", expected="above 0", mend="0.75"
            )

    @property
    def width(self) -> int:
        """m."""
        return self.bins

    def encode(self, target: Tensor) -> Tensor:
        """The histogram q [..., m] of returns [...]."""
        edges = torch.linspace(self.low, self.high, self.bins + 1, device=target.device, dtype=target.dtype)
        sigma = self.sigma_over_width * (self.high - self.low) / self.bins
        away = (edges - target.clamp(self.low, self.high)[..., None]) / (sigma * math.sqrt(2))
        below = torch.erf(away)
        return below.diff(dim=-1) / (below[..., -1:] - below[..., :1])

    def decode(self, outputs: Tensor) -> Tensor:
        """The mean [...] of the histograms of outputs [..., m]."""
        half = 0.5 * (self.high - self.low) / self.bins
        return _mean(outputs, self.low + half, self.high - half)

    def loss(self, outputs: Tensor, target: Tensor) -> Tensor:
        """−Σ_i q_i log p_i [...]; returns are constants."""
        return _cross_entropy(outputs, self.encode(target.detach()))


@dataclass(frozen=True)
class TwoHot:
    """A histogram on `bins` atoms from low to high, learned by its cross-entropy to the two about the return.

    Args:
        low, high: the first and the last atom; returns beyond are taken for the nearer one.
        bins: atoms, at least 2.

    Raises:
        BadOption: for a support or a number outside these bounds.

    Source: Schrittwieser et al., "Mastering Atari, Go, Chess and Shogi by Planning with a Learned Model", Nature 2020,
    Appendix F.
    """

    low: float
    high: float
    bins: int = 51

    def __post_init__(self) -> None:
        _check_support("TwoHot", self.low, self.high, self.bins)

    @property
    def width(self) -> int:
        """Atoms."""
        return self.bins

    def encode(self, target: Tensor) -> Tensor:
        """The histogram q [..., bins] of returns [...]."""
        return _hats(target, self.low, self.high, self.bins)

    def decode(self, outputs: Tensor) -> Tensor:
        """The mean [...] of the histograms of outputs [..., bins]."""
        return _mean(outputs, self.low, self.high)

    def loss(self, outputs: Tensor, target: Tensor) -> Tensor:
        """−Σ_i q_i log p_i [...]; returns are constants."""
        return _cross_entropy(outputs, self.encode(target.detach()))


@dataclass(frozen=True)
class Categorical:
    """The distribution of returns on fixed atoms.

    Args:
        low, high: the first and the last atom.
        atoms: at least 2.

    Raises:
        BadOption: for a support or a number outside these bounds.

    Source: Bellemare, Dabney, Munos, "A Distributional Perspective on Reinforcement Learning", ICML 2017, Algorithm 1.
    """

    low: float = -10.0
    high: float = 10.0
    atoms: int = 51

    def __post_init__(self) -> None:
        _check_support("Categorical", self.low, self.high, self.atoms)

    @property
    def width(self) -> int:
        """Atoms."""
        return self.atoms

    def decode(self, outputs: Tensor) -> Tensor:
        """The mean [...] of the distributions of outputs [..., atoms]."""
        return _mean(outputs, self.low, self.high)

    def project(self, probs: Tensor, reward: Tensor, discount: Tensor) -> Tensor:
        """The distribution of r + γ Z on the atoms, its mass beyond them moved to the nearer end.

        Args:
            probs: that of Z, [..., atoms].
            reward: r [...].
            discount: γ [...], 0 where the episode has ended.

        Returns:
            [..., atoms].
        """
        atoms = torch.linspace(self.low, self.high, self.atoms, device=probs.device, dtype=probs.dtype)
        moved = reward[..., None] + discount[..., None] * atoms
        # Dense, where a scatter would add in any order on a GPU and give other bits each time.
        return (probs[..., None, :] @ _hats(moved, self.low, self.high, self.atoms)).squeeze(-2)

    def loss(self, outputs: Tensor, target: Tensor) -> Tensor:
        """−Σ_i q_i log p_i [...] of outputs [..., atoms] for distributions q [..., atoms], which are constants."""
        return _cross_entropy(outputs, target.detach())


@dataclass(frozen=True)
class Quantiles:
    """The distribution of returns by its quantiles at τ_i = (i − ½) / n.

    Args:
        n: quantiles, at least 1.
        kappa: errors up to it count squared; 0 for plain quantile regression.

    Raises:
        BadOption: for a number outside these bounds.

    Source: Dabney, Rowland, Bellemare, Munos, "Distributional Reinforcement Learning with Quantile Regression", AAAI
    2018, Equations 8 to 10.
    """

    n: int = 200
    kappa: float = 1.0

    def __post_init__(self) -> None:
        if self.n < 1 or not 0 <= self.kappa < math.inf:
            raise BadOption(f"n={self.n!r}, kappa={self.kappa!r}", where="Quantiles", expected="n >= 1, kappa >= 0")

    @property
    def width(self) -> int:
        """n."""
        return self.n

    def decode(self, outputs: Tensor) -> Tensor:
        """Their mean [...]."""
        return outputs.mean(-1)

    def loss(self, outputs: Tensor, target: Tensor) -> Tensor:
        """Summed over quantiles, averaged over targets [...].

        Args:
            outputs: [..., n].
            target: returns or their quantiles [..., m], constants.
        """
        error = target.detach()[..., None, :] - outputs[..., :, None]  # [..., n, m]
        rank = (torch.arange(self.n, device=outputs.device, dtype=outputs.dtype) + 0.5) / self.n
        size = error.abs()
        if self.kappa > 0:
            size = torch.where(size <= self.kappa, 0.5 * error.square() / self.kappa, size - 0.5 * self.kappa)
        return ((rank[:, None] - (error.detach() < 0).to(outputs.dtype)).abs() * size).mean(-1).sum(-1)


def _hats(target: Tensor, low: float, high: float, atoms: int) -> Tensor:
    """[..., atoms]: weights of the two atoms about each number [...], whose mean is that number."""
    at = (target.clamp(low, high) - low) * ((atoms - 1) / (high - low))
    place = torch.arange(atoms, device=target.device, dtype=target.dtype)
    return (1 - (at[..., None] - place).abs()).clamp(min=0)


def _mean(outputs: Tensor, first: float, last: float) -> Tensor:
    atoms = torch.linspace(first, last, outputs.shape[-1], device=outputs.device, dtype=outputs.dtype)
    return (outputs.softmax(-1) * atoms).sum(-1)


def _cross_entropy(outputs: Tensor, target: Tensor) -> Tensor:
    return -(target * outputs.log_softmax(-1)).sum(-1)


def _check_support(where: str, low: float, high: float, bins: int) -> None:
    if not (math.isfinite(low) and math.isfinite(high) and low < high and bins >= 2):
        raise BadOption(
            f"a support of {bins} bins from {low} to {high}",
            where=where,
            expected="low < high, both finite, and at least 2 bins",
            mend="take the range of the return: largest reward / (1 - gamma), both ways",
        )
