"""What all rewards learned from judged segments share: an ensemble of scores, its fit, and what it pays.

    segment score S_k = Σ_t mask_t f_k(o_t, a_t),    loss = mean over members k and items of ℓ(S_k; judgement)
    pay = (1/K) Σ_k (f_k − mean f_k) / std f_k

A method says what a judgement is and how likely scores make it (`losses`, `right`); it may also bring a network of its
own (`network`). Features are encoded and whitened once for a set, and all members are fitted in one product, each to
its own bootstrap of the items.

Source: Christiano, Leike, Brown, Martic, Legg, Amodei, "Deep Reinforcement Learning from Human Preferences", NeurIPS
2017, Section 2.2 (the ensemble, its bootstraps and the normalised mean).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from gymnasium.spaces import Space
from torch import Tensor, nn

from rewardlab.core import nets
from rewardlab.core.arrays import Array, array, is_torch, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.memory import EpisodeMemory
from rewardlab.core.reward import Reward
from rewardlab.rewards.preference import kernel
from rewardlab.rewards.preference.items import alike, bare_of, chunks, mask_of, placed
from rewardlab.rewards.preference.networks import InPlaceReLU, Trunk

_KEPT = 2**26  # numbers of features that are kept through a fit; larger sets are encoded anew for each batch


@dataclass(kw_only=True)
class SegmentModel(Reward):
    """Pays each step what an ensemble, fitted to judgements of whole segments, thinks that it is worth.

    Items are Transitions [P, G, T]: G segments of T steps that were judged together, with the judgement in `info` and
    perhaps `info["mask"]` [P, G, T]. Pays have mean 0 and deviation 1 over the steps that were learned from last, per
    member; before any learning they are the raw scores of random networks.

    Args:
        observation_space: of obs and next_obs. Without it the first batch decides, see `encoder_like`.
        action_space: of the actions, likewise.
        action: whether scores depend on the action.
        next_obs: whether scores depend on the next observation.
        members: K networks.
        hidden: widths of each network, if there is no trunk.
        lr: of the optimiser.
        weight_decay: decoupled.
        batch_size: items per step of the optimiser.
        seed: of the networks, the bootstraps and the order of items.
        trunk: another network than perceptrons of the widths `hidden`, see `networks`.

    Raises:
        BadOption: for no members or an empty batch size.
    """

    observation_space: Space | None = None
    action_space: Space | None = None
    action: bool = True
    next_obs: bool = False
    members: int = 3
    hidden: tuple[int, ...] = (64, 64)
    lr: float = 1e-3
    weight_decay: float = 0.01
    batch_size: int = 64
    seed: int = 0
    trunk: Trunk | None = None

    def __post_init__(self) -> None:
        if self.members < 1 or self.batch_size < 1:
            raise BadOption(
                f"members={self.members!r}, batch_size={self.batch_size!r}",
                where=type(self).__name__,
                expected="members >= 1, batch_size >= 1",
            )
        self._encoders: dict[str, nets.Encoder] = {}
        self._updates = 0
        self._mean, self._deviation = torch.zeros(self.members), torch.ones(self.members)  # of scores, per member
        held = 0 if self.trunk is None else self.trunk.remembered
        self._memory = EpisodeMemory(shape=(self.members, held), where=type(self).__name__) if held else None

    @property
    def memory(self) -> bool:  # type: ignore[override]
        """Whether the score of a step depends on the steps before it; then rows come one step at a time."""
        return self._memory is not None

    def reset(self, begun: Array) -> None:
        if self._memory is not None:
            self._memory.reset(begun)

    # -- what a method says ---------------------------------------------------------------------------------------

    def network(self, width: int, seed: int) -> nn.Module:
        """Whitened features [B, width] -> scores [K, B, 1]. Parameters of the likelihood may stand in it too."""
        if self.trunk is not None:
            return self.trunk.build(width, self.members, seed)
        return nets.mlp(width, 1, self.hidden, InPlaceReLU, seed=seed, members=self.members)

    def checked(self, batch: Transitions) -> Transitions:
        """The items whose judgement can be used."""
        return kernel.check_comparisons(batch, where=type(self).__name__)

    def losses(self, scores: Tensor, info: Mapping[str, Tensor]) -> Tensor:
        """Losses [K, P] of segment scores [K, P, G], given the judgements and other columns of `info`."""
        raise NotImplementedError(f"{type(self).__name__} does not say how likely a judgement is: define losses")

    def right(self, scores: Tensor, info: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Whether members foretell the judgements, [K, P] bool, and which judgements can be foretold, [P] bool."""
        label = info["label"]
        return (kernel.preference_logit(scores) > 0) == (label > 0.5), label != 0.5

    def penalty(self, module: nn.Module) -> Tensor | float:
        """What is added to the loss of each step, if anything."""
        return 0.0

    # -- what it pays ---------------------------------------------------------------------------------------------

    def encoded(self, batch: Transitions) -> Tensor:
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

    def _build(self, encoders: dict[str, nets.Encoder]) -> None:
        self._encoders = encoders
        width = sum(e.width for e in encoders.values())
        module = self.network(width, nets.child_seed(self.seed, 0))
        self._fit = nets.Fit(module, self.lr, clip=10.0, weight_decay=self.weight_decay, name=type(self).__name__)
        self._norm = nets.RunningNorm(width) if self.trunk is None else self.trunk.norm(width)

    def step_scores(self, x: Tensor) -> Tensor:
        """Scores [K, *lead] of features [*lead, D]; with a memory the last of `lead` are the steps of a segment."""
        out: Tensor = self._fit.module(self._norm(x).reshape(-1, *x.shape[-2 if self.memory else -1 :]))
        return out.reshape(-1, *x.shape[:-1])

    @torch.no_grad()
    def member_pays(self, batch: Transitions) -> Tensor:
        """The pay [K, *lead] by each member alone, normalised; their spread says how unsure the model is."""
        return self._member_pays(batch)[0]

    def _member_pays(self, batch: Transitions) -> tuple[Tensor, Tensor | None]:
        """The pay [K, *lead], and what a memory holds after these steps [K, H, N]; segments begin without one."""
        x, state = self.encoded(batch), None
        if self._memory is None or len(batch.shape) == 3:
            scores = self.step_scores(x)
        else:
            before = tensor(self._memory.read(batch.reward), device=x.device, dtype=x.dtype).transpose(1, 2)
            scores, state = self._fit.module.step(self._norm(x), before)  # type: ignore[operator]
            scores, state = scores[..., 0], state.transpose(1, 2)
        return ((scores.movedim(0, -1) - self._mean) / self._deviation).movedim(-1, 0), state

    @torch.no_grad()
    def __call__(self, batch: Transitions) -> Array:
        pays, state = self._member_pays(batch)
        if self._memory is not None and state is not None:
            self._memory.write(alike(state, batch.reward))
        return alike(pays.mean(0), batch.reward)  # [B] float32

    @torch.no_grad()
    def uncertainty(self, batch: Transitions) -> Array:
        """Deviation [*lead] of the members' pays, in units of the pay."""
        return alike(self.member_pays(batch).std(0, correction=0), batch.reward)

    @torch.no_grad()
    def segment_scores(self, items: Transitions) -> Tensor:
        """Scores S [K, P, G] of whole segments [P, G, T]."""
        parts = [
            kernel.segment_scores(self.step_scores(x), m)
            for x, m in ((self.encoded(part), mask_of(part)) for part in chunks(items))
        ]
        return torch.cat(parts, 1)

    def probabilities(self, pairs: Transitions) -> Array:
        """P(first better) [K, P] by each member, float64; what strategies of asking and calibration look at."""
        return array(torch.sigmoid(kernel.preference_logit(self.segment_scores(pairs)).to(torch.float64)))

    # -- how it learns --------------------------------------------------------------------------------------------

    def update(self, batch: Transitions) -> dict[str, float]:
        """One epoch over items [P, G, T]; batches of other axes, as drivers hand them on, teach nothing."""
        if len(batch.shape) != 3:
            return {}
        log = self.fit(batch, epochs=1)
        return {f"{self.name}/{k}": v for k, v in (log[-1] if log else {}).items()}

    def fit(
        self, items: Transitions, *, epochs: int = 20, progress: Callable[[dict[str, float]], None] | None = None
    ) -> list[dict[str, float]]:
        """Fit all members to a set of judged items, from where they stand.

        Args:
            items: [P, G, T]; judgements that cannot be used are left out with a warning.
            epochs: passes over the set.
            progress: called after each epoch with its log.

        Returns:
            Per epoch: "loss", "accuracy" on what each member was fitted to, "held_out", the accuracy on what it
            was not (about a third of the set; NaN if nothing can be foretold), and "pairs", the number of items.

        Raises:
            BadBatch: for wrong axes, or observations that are not finite.
            MissingColumn: without judgements.
            Diverged: if a loss or gradient is not finite.
        """
        items = self.checked(items)
        count = items.shape[0]
        if not count:
            return []
        rng = np.random.default_rng([self.seed, self._updates])
        times = self._bootstraps(count)
        self._whiten(items)
        features, info = self._features(items), self._columns(items)
        logs = []
        for _ in range(epochs):
            order = torch.from_numpy(rng.permutation(count))
            total, weights, hits = 0.0, 0.0, np.zeros((2, 2))
            for index in order.split(self.batch_size):
                own = times[:, index]
                batch = {k: v[index.to(v.device)] for k, v in info.items()}
                loss, judged = self._loss(features(index), batch, own)
                share = float(own.sum()) or 1.0
                total, weights = total + self._fit(loss)["loss"] * share, weights + share
                hits = hits + judged
            accuracy = hits[0] / np.where(hits[1] > 0, hits[1], np.nan)
            log = {"loss": total / weights, "accuracy": accuracy[1], "held_out": accuracy[0], "pairs": float(count)}
            logs.append({k: float(v) for k, v in log.items()})
            if progress is not None:
                progress(logs[-1])
        self._updates += 1
        self._normalise(items)
        return logs

    def _bootstraps(self, count: int) -> Tensor:
        """How often each item is in each member's bootstrap, [K, P].

        The counts of an item depend on its place alone: in a set that grows, what was held out stays held out.

        Source: Oza, Russell, "Online Bagging and Boosting", AISTATS 2001, Section 2 (Poisson counts).
        """
        rng = np.random.default_rng(nets.child_seed(self.seed, 1))
        times = torch.as_tensor(rng.poisson(1.0, (count, self.members)).T.astype(np.float32))
        return torch.where(times.sum(1, keepdim=True) > 0, times, torch.ones_like(times))  # all of a tiny set

    def _loss(self, x: Tensor, info: dict[str, Tensor], times: Tensor) -> tuple[Tensor, np.ndarray]:
        """The weighted loss of some items, and (right, judged) x (held out, fitted) over members and items."""
        scores = kernel.segment_scores(self.step_scores(x), info.get("mask"))
        own = times.to(x.device)
        loss = (own * self.losses(scores, info)).sum() / own.sum().clamp(min=1) + self.penalty(self._fit.module)
        right, sided = self.right(scores.detach(), info)
        sided = sided.expand_as(right)
        hits = [[float((a & sided & side).sum()) for side in (own == 0, own > 0)] for a in (right, sided)]
        return loss, np.array(hits)

    def _features(self, items: Transitions) -> Callable[[Tensor], Tensor]:
        """Positions [B] -> features [B, G, T, D]: looked up if all fit in memory, else encoded anew."""
        bare = bare_of(items)
        if math.prod(items.shape) * sum(e.width for e in self._encoders.values()) <= _KEPT:
            kept = torch.cat([self.encoded(part) for part in chunks(items)])
            return lambda index: kept[index.to(kept.device)]
        return lambda index: self.encoded(bare.rows(placed(index, items.reward)))

    def _columns(self, items: Transitions) -> dict[str, Tensor]:
        """The numeric columns of `info` as tensors beside the networks; floats as float32."""
        out = {}
        for k, v in items.info.items():
            if is_torch(v) or (isinstance(v, np.ndarray) and v.dtype.kind in "biuf"):
                x = tensor(v, device=self._mean.device)
                out[k] = x.to(torch.float32) if x.is_floating_point() else x
        return out

    @torch.no_grad()
    def _whiten(self, items: Transitions) -> None:
        for part in chunks(items):
            x = self.encoded(part)
            if not x.isfinite().all():
                raise BadBatch(
                    "observations or actions with NaN or infinity", where=type(self).__name__, expected="numbers"
                )
            mask = mask_of(part)
            self._norm.update(x if mask is None else x[mask.to(x.device) != 0])

    @torch.no_grad()
    def _normalise(self, items: Transitions) -> None:
        """Mean and deviation of each member's scores over the steps of the items."""
        moments = nets.RunningMoments((self.members,))
        for part in chunks(items):
            scores = self.step_scores(self.encoded(part)).movedim(0, -1)  # [P, G, T, K]
            mask = mask_of(part)
            kept = scores if mask is None else scores[mask.to(scores.device) != 0]
            moments.update(kept.reshape(-1, self.members))
        like = self._mean
        self._mean = tensor(moments.mean, like=like)
        deviation = tensor(moments.var, like=like).sqrt()
        self._deviation = torch.where(deviation > 1e-6, deviation, torch.ones_like(deviation))  # all alike: pay 0

    # -- what it remembers ----------------------------------------------------------------------------------------

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
            **({} if self._memory is None else {"memory": self._memory.state_dict()}),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.__post_init__()
        if not state:
            return
        keys = ("encoders", "fit", "norm", "mean", "deviation", "updates")
        check_keys(state, keys + ("memory",) * self.memory, where=type(self).__name__)
        self._build({k: nets.Encoder.from_state(s) for k, s in state["encoders"].items()})
        self._fit.load_state_dict(state["fit"])
        self._norm.load_state_dict(state["norm"])
        self._mean, self._deviation = (torch.as_tensor(np.array(state[k])) for k in ("mean", "deviation"))
        self._updates = int(state["updates"])
        if self._memory is not None:
            self._memory.load_state_dict(state["memory"])
