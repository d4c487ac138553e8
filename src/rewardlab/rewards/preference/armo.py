"""ArmoRM: one regression for each objective that a person can name, and a gate that weighs them by the prompt.

    r_i = w_i · h(x, y),    w_i = argmin Σ_observed (w_i · h − rating_i)² + ridge ‖w_i‖²
    r'_i = r_i − λ_i r_verbosity,    R(x, y) = Σ_i g_i(x) r'_i(x, y),    loss = −log σ(b (R_w − R_l))

Ratings may be missing for most responses. The gate sees the prompt alone (`obs`, the response being `action`), so that
no response can talk it into other weights; it is learned from comparisons while the heads stay. What each objective
contributes is a part of the pay.

Source: Wang, Xiong, Xie, Zhao, Zhang, "Interpretable Preferences via Multi-Objective Reward Modeling and
Mixture-of-Experts", EMNLP Findings 2024 (both stages). Evidence: waits for a language model's encoder.
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
from rewardlab.core.reward import Reward, add
from rewardlab.rewards.preference.decorrelation import rank_shares
from rewardlab.rewards.preference.kernel import check_comparisons, preference_logit, preference_loss

_PARTS = ("encoders", "fit", "norm", "heads", "range", "shares", "passes")


@dataclass(kw_only=True)
class ArmoRM(Reward):
    """Pays the gated sum of k objectives, each a part of its own.

    Items are Transitions [P, G, 1] with obs the prompt and action the response (see `response_items`):
    `info["ratings"]` [P, G, k], NaN where nobody rated, teaches the heads; `info["label"]` [P] for G = 2 the gate.

    Args:
        objectives: k names.
        verbosity: the name of the objective that the others must not follow; None for no correction.
        features: h, batch -> [*lead, D], a frozen encoder; prompt and response side by side without.
        observation_space, action_space: of prompts and responses; without them the first batch decides.
        ridge: of the heads, > 0; their constants are free.
        decorrelate: scores [B, k], verbosity [B] -> λ [k]: `rank_shares`, the paper's, or `pearson_shares`.
        hidden: widths of the gate.
        scale: b before learning, > 0.
        lr: of Adam, for gate and scale.
        batch_size: comparisons of a step.
        seed: of the gate and the order of comparisons.

    Attributes:
        heads: w [k, D + 1], the constants last, for ratings mapped to [0, 1].
        shares: λ [k]; the verbosity head's is 1: it speaks for itself no more.

    Raises:
        BadOption: for names that repeat or do not exist, or numbers outside their range.
    """

    objectives: tuple[str, ...]
    verbosity: str | None = None
    features: Callable[[Transitions], Array] | None = None
    observation_space: Space | None = None
    action_space: Space | None = None
    ridge: float = 1.0
    decorrelate: Callable[[Array, Array], np.ndarray] = rank_shares
    hidden: tuple[int, ...] = (128, 128)
    scale: float = 10.0
    lr: float = 1e-3
    batch_size: int = 64
    seed: int = 0

    def __post_init__(self) -> None:
        self.objectives = tuple(self.objectives)
        named = self.verbosity is None or self.verbosity in self.objectives
        if not self.objectives or len(set(self.objectives)) < len(self.objectives) or not named:
            raise BadOption(
                f"objectives={self.objectives!r}, verbosity={self.verbosity!r}",
                where="ArmoRM",
                expected="names that differ, and one of them",
            )
        if not (0 < self.ridge < math.inf and 0 < self.scale < math.inf and self.batch_size >= 1):
            shown = f"ridge={self.ridge!r}, scale={self.scale!r}, batch_size={self.batch_size!r}"
            raise BadOption(shown, where="ArmoRM", expected="above 0")
        k = len(self.objectives)
        self._encoders: dict[str, nets.Encoder] = {}
        self._passes = 0
        self.heads, self.shares = np.zeros((k, 1)), np.zeros(k)
        self._range = np.stack([np.zeros(k), np.ones(k)])  # of the ratings

    # -- what it says ---------------------------------------------------------------------------------------------

    def scores(self, batch: Transitions) -> np.ndarray:
        """r' [*lead, k], float64, mapped ratings less what verbosity explains."""
        h = self._features(batch)[1]
        return array(h[..., :-1] @ self._corrected[:, :-1].T + self._corrected[:, -1])

    def weights(self, batch: Transitions) -> np.ndarray:
        """g [*lead, k] of the prompts, which sum to 1."""
        with torch.no_grad():
            return array(self._gate(self._features(batch)[0]))

    def parts(self, batch: Transitions) -> dict[str, Array]:
        each = self.weights(batch) * self.scores(batch)
        pays = {name: each[..., i].astype(np.float32) for i, name in enumerate(self.objectives)}
        return {k: tensor(v, device=batch.reward.device) for k, v in pays.items()} if is_torch(batch.reward) else pays

    def __call__(self, batch: Transitions) -> Array:
        return add(self.parts(batch))

    def segment_scores(self, items: Transitions) -> Array:
        """R [P, G] of responses [P, G, 1]."""
        return (self.weights(items) * self.scores(items)).sum(-1)[..., 0]

    def probabilities(self, pairs: Transitions) -> np.ndarray:
        """P(first better) [1, P], with the scale b that was learned."""
        gap = preference_logit(self.segment_scores(pairs)) * math.exp(
            float(self._fit.module.get_parameter("log_scale").detach())
        )
        return np.asarray(0.5 + 0.5 * np.tanh(0.5 * gap))[None]

    # -- how it learns --------------------------------------------------------------------------------------------

    def update(self, batch: Transitions) -> dict[str, float]:
        """What items [P, G, 1] teach, the gate in one epoch; batches of other axes teach nothing."""
        if len(batch.shape) != 3:
            return {}
        log = self.fit(batch, epochs=1)
        return {f"{self.name}/{k}": v for k, v in (log[-1] if log else {}).items()}

    def fit(self, items: Transitions, *, epochs: int = 20) -> list[dict[str, float]]:
        """Heads from ratings, if there are any, then the gate from labels, if there are any; see `fit_gate`."""
        if "ratings" in items.info:
            self.fit_heads(items)
        return self.fit_gate(items, epochs=epochs) if "label" in items.info else []

    def fit_heads(self, items: Transitions, *, reference: Transitions | None = None) -> None:
        """The heads in closed form, then the shares.

        Args:
            items: [P, G, 1] with ratings [P, G, k], each head rated at least once.
            reference: responses over which nothing of the verbosity may be left to see; the items without.

        Raises:
            MissingColumn: without ratings.
            BadBatch: for other axes, infinite ratings, or an objective that nobody rated.
        """
        rated, k = array(items.column("ratings", by="ArmoRM")).astype(np.float64), len(self.objectives)
        self._single(items)
        known = ~np.isnan(rated)
        if rated.shape != (*items.shape[:2], k) or np.isinf(rated).any() or not known.reshape(-1, k).any(0).all():
            raise BadBatch(
                f"ratings {rated.shape}, of which {int(known.sum())} are there",
                where="ArmoRM",
                expected=f"{(*items.shape[:2], k)}, finite, some for every objective",
            )
        rated, known = rated.reshape(-1, k), known.reshape(-1, k)
        self._range = np.stack([np.nanmin(rated, 0), np.nanmax(rated, 0)])
        span = np.where(self._range[1] > self._range[0], self._range[1] - self._range[0], 1.0)
        mapped = (rated - self._range[0]) / span
        h = array(self._features(items)[1]).reshape(len(rated), -1)
        self.heads = np.stack([_ridge(h[known[:, i]], mapped[known[:, i], i], self.ridge) for i in range(k)])
        self.shares = np.zeros(k)
        if self.verbosity is not None:
            at = self.objectives.index(self.verbosity)
            raw = self.scores(items if reference is None else reference).reshape(-1, k)
            self.shares = np.array(self.decorrelate(raw, raw[:, at]), dtype=np.float64)
            self.shares[at] = 1.0

    def fit_gate(self, items: Transitions, *, epochs: int = 20) -> list[dict[str, float]]:
        """The gate and its scale, by comparisons; the heads stay.

        Args:
            items: [P, 2, 1] with labels; those that cannot be used are left out with a warning.
            epochs: passes over the set.

        Returns:
            Per epoch: "loss" and "accuracy" on sided comparisons.

        Raises:
            MissingColumn: without labels.
            BadBatch: for other axes.
            Diverged: if a loss or gradient is not finite.
        """
        items = self._single(check_comparisons(items, where="ArmoRM"))
        if not items.shape[0]:
            return []
        prompt, _ = self._features(items)
        self._norm.update(prompt)
        worth = torch.as_tensor(self.scores(items)[:, :, 0], dtype=torch.float32, device=prompt.device)  # [P, 2, k]
        label = tensor(items.info["label"], device=prompt.device, dtype=torch.float32)
        rng, logs = np.random.default_rng([self.seed, self._passes]), []
        for _ in range(epochs):
            total, hits = 0.0, 0.0
            for index in torch.as_tensor(rng.permutation(len(label)), device=label.device).split(self.batch_size):
                gated = (self._gate(prompt[index, :, 0]) * worth[index]).sum(-1)
                logit = preference_logit(gated) * self._fit.module.get_parameter("log_scale").exp()
                loss = preference_loss(logit, label[index]).mean()
                total += self._fit(loss)["loss"] * len(index)
                hits += float((((logit > 0) == (label[index] > 0.5)) & (label[index] != 0.5)).sum())
            sided = float((label != 0.5).sum())
            logs.append({"loss": total / len(label), "accuracy": hits / sided if sided else math.nan})
            self._passes += 1
        return logs

    def _single(self, items: Transitions) -> Transitions:
        if len(items.shape) != 3 or items.shape[2] != 1:
            raise BadBatch(f"items {items.shape}", where="ArmoRM", expected="responses [P, G, 1]")
        return items

    # -- features -------------------------------------------------------------------------------------------------

    @property
    def _corrected(self) -> Tensor:
        """w − λ w_verbosity [k, D + 1]."""
        taken = (
            0.0 if self.verbosity is None else self.shares[:, None] * self.heads[self.objectives.index(self.verbosity)]
        )
        return torch.as_tensor(self.heads - taken)

    def _gate(self, prompt: Tensor) -> Tensor:
        gate: Any = self._fit.module
        return torch.softmax(gate["gate"](self._norm(prompt)), -1)

    def _features(self, batch: Transitions) -> tuple[Tensor, Tensor]:
        """Prompts [*lead, D_x] float32, and h with a one [*lead, D + 1] float64."""
        columns, spaces = {"obs": batch.obs, "action": batch.action}, (self.observation_space, self.action_space)
        if not self._encoders:
            given = zip(columns.items(), spaces, strict=True)
            own = {k: nets.encoder_like(v, batch.shape) if s is None else nets.encoder(s) for (k, v), s in given}
            self._build(own)
        prompt, response = (self._encoders[k](v, batch.shape) for k, v in columns.items())
        h = torch.cat([prompt, response], -1) if self.features is None else tensor(self.features(batch))
        h = h.to(torch.float64).cpu()
        h = torch.cat([h, torch.ones_like(h[..., :1])], -1)
        if self.heads.shape[1] == 1:  # nothing learned yet
            self.heads = np.zeros((len(self.objectives), h.shape[-1]))
        return prompt.cpu(), h

    def _build(self, encoders: dict[str, nets.Encoder]) -> None:
        self._encoders, k = encoders, len(self.objectives)
        gate = nets.mlp(encoders["obs"].width, k, self.hidden, seed=nets.child_seed(self.seed, 0))
        module = nn.ModuleDict({"gate": gate})
        module.register_parameter("log_scale", nn.Parameter(torch.tensor(math.log(self.scale))))
        self._fit = nets.Fit(module, self.lr, clip=10.0, name="ArmoRM")
        self._norm = nets.RunningNorm(encoders["obs"].width)

    # -- what it remembers ----------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        if not self._encoders:
            return {}
        encoders = {k: e.state_dict() for k, e in self._encoders.items()}
        arrays = (x.copy() for x in (self.heads, self._range, self.shares))
        held = (encoders, self._fit.state_dict(), self._norm.state_dict(), *arrays, self._passes)
        return dict(zip(_PARTS, held, strict=True))

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.__post_init__()
        if not state:
            return
        check_keys(state, _PARTS, where="ArmoRM")
        self._build({k: nets.Encoder.from_state(s) for k, s in state["encoders"].items()})
        self._fit.load_state_dict(state["fit"])
        self._norm.load_state_dict(state["norm"])
        self.heads, self._range, self.shares = (np.array(state[k]) for k in ("heads", "range", "shares"))
        self._passes = int(state["passes"])


def _ridge(h: np.ndarray, rating: np.ndarray, ridge: float) -> np.ndarray:
    """The weights [D + 1] of rows h [B, D + 1] with a one at the end, which is not shrunk."""
    shrink = ridge * np.eye(h.shape[1])
    shrink[-1, -1] = 0.0
    return np.linalg.solve(h.T @ h + shrink, h.T @ rating)
