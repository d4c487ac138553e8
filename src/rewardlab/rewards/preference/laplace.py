"""Laplace posterior of a Bradley-Terry model.

    Λ = prior · 1 + Σ_p P_p (1 − P_p) d_p d_pᵀ,    d = φ(σ¹) − φ(σ²),    w ~ N(w*, Λ⁻¹)

A normal posterior over the last layer of each network, around the most likely weights, with the curvature of the
log-posterior there. One fit tells how unsure it is: much where comparisons are few or far, little where there are many.
The features below the last layer count as known, so that what no feature shows is not feared.

Source: MacKay, "The Evidence Framework Applied to Classification Networks", Neural Computation 1992; for the last layer
alone Daxberger, Kristiadi, Immer, Eschenhagen, Bauer, Hennig, "Laplace Redux: Effortless Bayesian Deep Learning",
NeurIPS 2021.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rewardlab.core import nets
from rewardlab.core.arrays import Array, array, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.items import alike, chunks, mask_of
from rewardlab.rewards.preference.likelihoods import logistic_logs, pair_loss
from rewardlab.rewards.preference.model import SegmentModel

_NODES = 32  # of the quadrature of a predictive probability


@dataclass(kw_only=True)
class LaplaceBradleyTerry(SegmentModel):
    """Pays what comparisons make likely, and knows how unsure it is.

    Comparisons are Transitions [P, 2, T] with `info["label"]` [P]. Each of K networks is fitted to all of them; then
    Newton steps bring its last layer to the most likely weights. The other options are those of `SegmentModel`.

    Args:
        prior: of each weight of the last layer, one over its variance; above 0.
        draws: S, weights of each network that `probabilities` draws.
        members: K, usually one.

    Raises:
        BadOption: for a prior that is not positive, no draws, or a trunk with a memory; and as `SegmentModel` does.
    """

    members: int = 1
    prior: float = 1.0
    draws: int = 10

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (math.isfinite(self.prior) and self.prior > 0 and self.draws >= 1):
            raise BadOption(
                f"prior={self.prior!r}, draws={self.draws!r}", where="LaplaceBradleyTerry", expected="> 0 and >= 1"
            )
        if self.memory:
            raise BadOption("a trunk with a memory", where="LaplaceBradleyTerry", expected="layers one after another")
        self._centre = self._covariance = torch.zeros(0)

    def losses(self, scores: Tensor, info: Mapping[str, Tensor]) -> Tensor:
        out: Tensor = pair_loss(logistic_logs(scores), info["label"])
        return out

    def _bootstraps(self, count: int) -> Tensor:
        return torch.ones(self.members, count)  # the posterior, not a resampling, says how unsure it is

    def _build(self, encoders: dict[str, nets.Encoder]) -> None:
        super()._build(encoders)
        width = self._last().weight.shape[1] + 1
        self._centre = torch.zeros(self.members, width, dtype=torch.float64)
        self._covariance = (torch.eye(width, dtype=torch.float64) / self.prior).repeat(self.members, 1, 1)

    # -- features and weights of the last layer ---------------------------------------------------------------------

    def _last(self) -> nets.Stacked:
        module = self._fit.module
        assert isinstance(module, nn.Sequential) and isinstance(module[-1], nets.Stacked)
        return module[-1]

    def _step_features(self, x: Tensor) -> Tensor:
        """φ and a one [K, *lead, H + 1], float64, of features [*lead, D]."""
        module = self._fit.module
        assert isinstance(module, nn.Sequential)
        phi = module[:-1](self._norm(x).reshape(-1, x.shape[-1])).expand(self.members, -1, -1).to(torch.float64)
        return torch.cat([phi, torch.ones_like(phi[..., :1])], -1).reshape(self.members, *x.shape[:-1], -1)

    def _segment_features(self, items: Transitions) -> Tensor:
        """Sums [K, P, G, H + 1] over the steps of segments."""
        parts = []
        for part in chunks(items):
            phi = self._step_features(self.encoded(part))
            if (mask := mask_of(part)) is not None:
                phi = phi.where(mask.to(phi.device)[..., None] != 0, torch.zeros_like(phi))
            parts.append(phi.sum(-2))
        return torch.cat(parts, 1)

    @torch.no_grad()
    def differences(self, pairs: Transitions) -> Tensor:
        """d [K, P, H + 1], float64: what the last layer weighs, the steps that count last."""
        phi = self._segment_features(pairs)
        return phi[:, :, 0] - phi[:, :, 1]

    def _weights(self) -> Tensor:
        """Weights and bias of the last layer [K, H + 1], float64."""
        last = self._last()
        return torch.cat([last.weight[..., 0], last.bias[..., 0]], -1).detach().to(torch.float64)

    # -- the posterior ----------------------------------------------------------------------------------------------

    @torch.no_grad()
    def _normalise(self, items: Transitions) -> None:
        """What stands at the end of every fit: here also the posterior."""
        d, label = self.differences(items), tensor(items.info["label"], like=self._mean).to(torch.float64)
        w = newton(d, label.to(d.device), self._weights(), self.prior)
        chance = torch.sigmoid((d @ w[..., None])[..., 0])
        self._covariance = torch.linalg.inv(_curvature(d, chance, self.prior))
        last = self._last()
        last.weight.copy_(w[:, :-1, None])
        last.bias.copy_(w[:, -1:, None])
        phi = self._segment_features(items).sum((1, 2))
        self._centre = phi / phi[:, -1:]  # the mean step: a constant in all pays is no uncertainty
        super()._normalise(items)

    @torch.no_grad()
    def uncertainty(self, batch: Transitions) -> Array:
        """Deviation [*lead] of the pay under the posterior, and between networks, in units of the pay."""
        x = self.encoded(batch)
        phi = self._step_features(x)
        centre, covariance = self._centre.to(x.device), self._covariance.to(x.device)
        phi = phi - centre.reshape(self.members, *[1] * (x.ndim - 1), -1)
        own = torch.einsum("k...i,kij,k...j->k...", phi, covariance, phi).movedim(0, -1)
        total = (own / self._deviation.to(torch.float64) ** 2).mean(-1)
        total = total + self.member_pays(batch).to(torch.float64).var(0, correction=0)
        return alike(total.sqrt().to(torch.float32), batch.reward)

    @torch.no_grad()
    def gaps(self, pairs: Transitions) -> tuple[np.ndarray, np.ndarray]:
        """Mean and variance [K, P] of S¹ − S² under the posterior, float64."""
        d = self.differences(pairs)
        variance = torch.einsum("kpi,kij,kpj->kp", d, self._covariance.to(d.device), d)
        return array((d @ self._weights()[..., None])[..., 0]), array(variance)

    def predictive(self, pairs: Transitions) -> np.ndarray:
        """P(first better) [P] with all weights of the posterior, by quadrature."""
        mean, variance = self.gaps(pairs)
        node, weight = np.polynomial.hermite_e.hermegauss(_NODES)
        z = mean[..., None] + np.sqrt(variance)[..., None] * node
        chance = 0.5 * (1 + np.tanh(z / 2))
        return np.asarray((chance @ weight / weight.sum()).mean(0))

    @torch.no_grad()
    def probabilities(self, pairs: Transitions) -> Array:
        d = self.differences(pairs)
        rng = np.random.default_rng(nets.child_seed(self.seed, 2))
        noise = tensor(rng.normal(size=(self.members, d.shape[-1], self.draws)), device=d.device)
        w = self._weights()[..., None] + torch.linalg.cholesky(self._covariance.to(d.device)) @ noise  # [K, H + 1, S]
        return array(torch.sigmoid(d @ w).transpose(1, 2).reshape(-1, d.shape[1]))  # [K · S, P]

    # -- what it remembers ------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        state = super().state_dict()
        return state and {**state, "centre": array(self._centre).copy(), "covariance": array(self._covariance).copy()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        own = {k: v for k, v in state.items() if k not in ("centre", "covariance")}
        if state:
            check_keys(state, (*own, "centre", "covariance"), where="LaplaceBradleyTerry")
        super().load_state_dict(own)
        if state:
            self._centre, self._covariance = (
                torch.as_tensor(np.array(state[k], dtype=np.float64)) for k in ("centre", "covariance")
            )


def newton(d: Tensor, label: Tensor, w: Tensor, prior: float, *, steps: int = 50) -> Tensor:
    """The most likely weights [K, H] of a logistic model with a normal prior, by damped Newton steps.

    Args:
        d: [K, P, H] differences of features, float64.
        label: [P] in [0, 1].
        w: [K, H], where to begin.
        prior: one over the variance of each weight.
        steps: the most that are taken.
    """

    def loss(w: Tensor) -> Tensor:  # [K]
        gap = (d @ w[..., None])[..., 0]
        data = label * nn.functional.softplus(-gap) + (1 - label) * nn.functional.softplus(gap)
        return data.sum(-1) + 0.5 * prior * (w * w).sum(-1)

    here = loss(w)
    for _ in range(steps):
        chance = torch.sigmoid((d @ w[..., None])[..., 0])
        slope = ((chance - label)[..., None] * d).sum(1) + prior * w
        if float(slope.abs().max()) < 1e-9 * max(1, d.shape[1]):
            break
        way = torch.linalg.solve(_curvature(d, chance, prior), slope)
        share = torch.ones_like(here)
        for _ in range(30):  # halve where a whole step would climb
            then = loss(w - share[:, None] * way)
            share = torch.where(then > here, share / 2, share)
            if not (then > here).any():
                break
        w = w - torch.where(then <= here, share, torch.zeros_like(share))[:, None] * way
        here = loss(w)
    return w


def _curvature(d: Tensor, chance: Tensor, prior: float) -> Tensor:
    """The Hessian [K, H, H] of the negative log-posterior."""
    eye = torch.eye(d.shape[-1], dtype=d.dtype, device=d.device)
    return prior * eye + d.transpose(1, 2) @ ((chance * (1 - chance))[..., None] * d)
