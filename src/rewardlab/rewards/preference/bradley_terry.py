"""Bradley-Terry reward model (deep reinforcement learning from human preferences).

    P(σ¹ ≻ σ²) = exp Σ_t r̂(o¹_t, a¹_t) / (exp Σ_t r̂(o¹_t, a¹_t) + exp Σ_t r̂(o²_t, a²_t))
    pay = (1/K) Σ_k (r̂_k − mean r̂_k) / std r̂_k

K networks, each fitted to its own bootstrap of the comparisons, predict which segment a teacher prefers; their
normalised scores are averaged. A label is thought to be a coin's with probability ε, so that no wrong one is hopeless.

Source: Christiano, Leike, Brown, Martic, Legg, Amodei, "Deep Reinforcement Learning from Human Preferences", NeurIPS
2017, Section 2.2, Eq. 1.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from gymnasium.spaces import Space
from torch import Tensor

from rewardlab.core import nets
from rewardlab.core.arrays import Array, array, is_torch, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.reward import Reward
from rewardlab.rewards.preference import kernel

_CHUNK = 65536  # steps that are encoded at once, to bound the memory


@dataclass(kw_only=True)
class BradleyTerry(Reward):
    """Pays what an ensemble fitted to comparisons of segments thinks a step is worth.

    Comparisons are Transitions [P, 2, T] with `info["label"]` [P] (1: the first is better, 0: the second, 0.5: tie) and
    perhaps `info["mask"]` [P, 2, T]. Pays have mean 0 and deviation 1 over the steps that were learned from last, per
    member; before any learning they are the raw scores of random networks.

    Args:
        observation_space: of obs and next_obs. Without it the first batch decides, see `encoder_like`.
        action_space: of the actions, likewise.
        action: whether scores depend on the action.
        next_obs: whether scores depend on the next observation.
        members: K networks. The paper's for MuJoCo.
        hidden: widths of each network. The paper's.
        error: ε, the share of labels that are thought to be a coin's. The paper's.
        lr: of the optimiser.
        weight_decay: decoupled. Ours; the paper tunes it on held-out comparisons.
        batch_size: comparisons per step of the optimiser.
        seed: of the networks, the bootstraps and the order of comparisons.

    Raises:
        BadOption: for no members, an error outside [0, 1), or an empty batch size.
    """

    observation_space: Space | None = None
    action_space: Space | None = None
    action: bool = True
    next_obs: bool = False
    members: int = 3
    hidden: tuple[int, ...] = (64, 64)
    error: float = 0.1
    lr: float = 1e-3
    weight_decay: float = 0.01
    batch_size: int = 64
    seed: int = 0

    def __post_init__(self) -> None:
        if self.members < 1 or not 0 <= self.error < 1 or self.batch_size < 1:
            raise BadOption(
                f"members={self.members!r}, error={self.error!r}, batch_size={self.batch_size!r}",
                where="BradleyTerry",
                expected="members >= 1, 0 <= error < 1, batch_size >= 1",
            )
        self._encoders: dict[str, nets.Encoder] = {}
        self._updates = 0
        self._mean, self._deviation = torch.zeros(self.members), torch.ones(self.members)  # of scores, per member

    def _build(self, encoders: dict[str, nets.Encoder]) -> None:
        self._encoders = encoders
        width = sum(e.width for e in encoders.values())
        seed = nets.child_seed(self.seed, 0)
        module = nets.mlp(width, 1, self.hidden, seed=seed, members=self.members)
        self._fit = nets.Fit(module, self.lr, clip=10.0, weight_decay=self.weight_decay, name="BradleyTerry")
        self._norm = nets.RunningNorm(width)

    def _encoded(self, batch: Transitions) -> Tensor:
        """Features [*lead, D] of obs, action and next_obs, not yet whitened."""
        columns = {"obs": batch.obs}
        columns |= {"action": batch.action} if self.action else {}
        columns |= {"next_obs": batch.next_obs} if self.next_obs else {}
        if not self._encoders:
            spaces = {"obs": self.observation_space, "action": self.action_space, "next_obs": self.observation_space}
            self._build(
                {
                    k: nets.encoder_like(x, batch.shape) if (s := spaces[k]) is None else nets.encoder(s)
                    for k, x in columns.items()
                }
            )
        x = torch.cat([self._encoders[k](v, batch.shape) for k, v in columns.items()], -1)
        if x.device != self._mean.device:
            self._fit.to(x.device)
            self._mean, self._deviation = self._mean.to(x.device), self._deviation.to(x.device)
        return x

    def _scores(self, x: Tensor) -> Tensor:
        """Scores [K, *lead] of features [*lead, D]."""
        out: Tensor = self._fit.module(self._norm(x).reshape(-1, x.shape[-1]))
        return out.reshape(self.members, *x.shape[:-1])

    @torch.no_grad()
    def __call__(self, batch: Transitions) -> Array:
        scores = self._scores(self._encoded(batch)).movedim(0, -1)  # [B, K]
        pay = ((scores - self._mean) / self._deviation).mean(-1)
        return pay.to(batch.reward.device) if is_torch(batch.reward) else pay.cpu().numpy()  # [B] float32

    def update(self, batch: Transitions) -> dict[str, float]:
        """One epoch over comparisons [P, 2, T]; batches of other axes, as drivers hand them on, teach nothing."""
        if len(batch.shape) != 3:
            return {}
        log = self.fit(batch, epochs=1)
        return {f"bradley_terry/{k}": v for k, v in (log[-1] if log else {}).items()}

    def fit(
        self, comparisons: Transitions, *, epochs: int = 20, progress: Callable[[dict[str, float]], None] | None = None
    ) -> list[dict[str, float]]:
        """Fit all members to a set of comparisons, from where they stand.

        Args:
            comparisons: [P, 2, T]; labels that are NaN or outside [0, 1] are left out with a warning.
            epochs: passes over the set.
            progress: called after each epoch with its log.

        Returns:
            Per epoch: "loss", "accuracy" on what each member was fitted to, "held_out", the accuracy on what it
            was not (about a third of the set; NaN if there is nothing but ties), and "pairs".

        Raises:
            BadBatch: for wrong axes, or observations that are not finite.
            MissingColumn: without labels.
            Diverged: if a loss or gradient is not finite.
        """
        comparisons = kernel.check_comparisons(comparisons, where="BradleyTerry")
        pairs = comparisons.shape[0]
        if not pairs:
            return []
        rng = np.random.default_rng([self.seed, self._updates])
        weight = rng.multinomial(pairs, np.full(pairs, 1 / pairs), self.members) if pairs > 1 else [[1]] * self.members
        times = torch.as_tensor(np.asarray(weight), dtype=torch.float32)  # [K, P] how often each is in a bootstrap
        self._whiten(comparisons)
        logs = []
        for _ in range(epochs):
            order = rng.permutation(pairs)
            total, weights, right = 0.0, 0.0, np.zeros((2, 2))
            for at in range(0, pairs, self.batch_size):
                index = order[at : at + self.batch_size]
                loss, hits = self._loss(comparisons.rows(_on(index, comparisons.reward)), times[:, index])
                share = float(times[:, index].sum()) or 1.0
                total, weights = total + self._fit(loss)["loss"] * share, weights + share
                right = right + hits
            accuracy = right[0] / np.where(right[1] > 0, right[1], np.nan)
            log = {"loss": total / weights, "accuracy": accuracy[1], "held_out": accuracy[0], "pairs": float(pairs)}
            logs.append({k: float(v) for k, v in log.items()})
            if progress is not None:
                progress(logs[-1])
        self._updates += 1
        self._normalise(comparisons)
        return logs

    def _loss(self, batch: Transitions, times: Tensor) -> tuple[Tensor, np.ndarray]:
        """The weighted loss of some comparisons, and (right, judged) x (held out, fitted) over members and pairs."""
        x = self._encoded(batch)
        mask = batch.info.get("mask")
        scores = kernel.segment_scores(self._scores(x), None if mask is None else tensor(mask, device=x.device))
        logit = kernel.preference_logit(scores)  # [K, P]
        label = tensor(batch.info["label"], device=x.device, dtype=torch.float32)
        own = times.to(x.device)
        loss = (own * kernel.preference_loss(logit, label, error=self.error)).sum() / own.sum().clamp(min=1)
        sided = (label != 0.5).expand_as(logit)
        right = (logit > 0) == (label > 0.5)
        hits = [[float((a & sided & side).sum()) for side in (own == 0, own > 0)] for a in (right, sided)]
        return loss, np.array(hits)

    @torch.no_grad()
    def _whiten(self, comparisons: Transitions) -> None:
        for part in _chunks(comparisons):
            x = self._encoded(part)
            if not x.isfinite().all():
                raise BadBatch("observations or actions with NaN or infinity", where="BradleyTerry", expected="numbers")
            mask = part.info.get("mask")
            self._norm.update(x if mask is None else x[tensor(mask, device=x.device) != 0])

    @torch.no_grad()
    def _normalise(self, comparisons: Transitions) -> None:
        """Mean and deviation of each member's scores over the steps of the comparisons."""
        moments = nets.RunningMoments((self.members,))
        for part in _chunks(comparisons):
            scores = self._scores(self._encoded(part)).movedim(0, -1)  # [P, 2, T, K]
            mask = part.info.get("mask")
            kept = scores if mask is None else scores[tensor(mask, device=scores.device) != 0]
            moments.update(kept.reshape(-1, self.members))
        like = self._mean
        self._mean = tensor(moments.mean, like=like)
        deviation = tensor(moments.var, like=like).sqrt()
        self._deviation = torch.where(deviation > 1e-6, deviation, torch.ones_like(deviation))  # all alike: pay 0

    def state_dict(self) -> dict[str, Any]:
        if not self._encoders:
            return {}
        return {
            "encoders": {k: e.state_dict() for k, e in self._encoders.items()},
            "fit": self._fit.state_dict(),
            "norm": self._norm.state_dict(),
            "mean": np.array(array(self._mean)),
            "deviation": np.array(array(self._deviation)),
            "updates": self._updates,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.__post_init__()
        if not state:
            return
        check_keys(state, ("encoders", "fit", "norm", "mean", "deviation", "updates"), where="BradleyTerry")
        self._build({k: nets.Encoder.from_state(s) for k, s in state["encoders"].items()})
        self._fit.load_state_dict(state["fit"])
        self._norm.load_state_dict(state["norm"])
        self._mean, self._deviation = (torch.as_tensor(np.array(state[k])) for k in ("mean", "deviation"))
        self._updates = int(state["updates"])


def _on(index: np.ndarray, like: Array) -> Array:
    return torch.from_numpy(index).to(like.device) if is_torch(like) else index


def _chunks(comparisons: Transitions) -> list[Transitions]:
    """The comparisons without their other columns, in parts of bounded size."""
    mask = {k: v for k, v in comparisons.info.items() if k == "mask"}
    bare = replace(comparisons, info=mask)
    size = max(1, _CHUNK // math.prod(bare.shape[1:]))
    return [bare.rows(slice(a, a + size)) for a in range(0, bare.shape[0], size)]
