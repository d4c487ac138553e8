"""Regret preferences: the better segment is the one that strays less from optimal behaviour.

    regret(σ) = Σ_t V*(s_t) − Q*(s_t, a_t) >= 0,    in a deterministic world = V*(s_0) − (Σ_t r_t + V*(s_T))
    P(σ¹ ≻ σ²) = σ(regret(σ²) − regret(σ¹)),    r = w·φ(s, a),    loss = −y log P − (1 − y) log (1 − P)

A person who prefers what an expert would do, and not what happened to pay, judges so. Such labels tell a reward with
the same optimal policies, where sums of rewards leave open what all segments of one length share.

Source: Knox, Hatgis-Kessell, Booth, Niekum, Stone, Allievi, "Models of human preference for learning reward functions",
TMLR 2024, Eq. 3 to 5 and Section 4 (learning by successor features).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from rewardlab.core.arrays import Array, array, is_torch, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.reward import Reward
from rewardlab.rewards.preference.kernel import check_comparisons, preference_logit, preference_loss, segment_scores

Values = Callable[[Tensor], tuple[Tensor, Tensor]]
"""Weights w [D] -> V [S] and Q [S, A] of the best behaviour under r = w·φ, both differentiable in w."""


@dataclass(kw_only=True)
class RegretPreference(Reward):
    """Pays w·φ(s, a), with the weights whose regrets foretell the judgements.

    Items are Transitions [P, 2, T] with `info["label"]` [P] and perhaps `info["mask"]` [P, 2, T]; observations are the
    numbers of states and actions those of the table that `features` speak of. Steps of terminal states pay what
    `features` say of them.

    Args:
        features: φ [S, A, D]; what depends on the successor enters as its expectation.
        values: the best values as a function of the weights: `SuccessorFeatures` or `SoftValues` of the same features.
        state: observations [*lead, *obs] -> numbers of states [*lead]; without it they are the observations.
        lr: of Adam. The paper's.

    Attributes:
        weights: w [D].

    Raises:
        BadOption: for features of another form or a step size that is not positive.
    """

    knowledge: ClassVar[str] = "the transition table"

    features: np.ndarray
    values: Values
    state: Callable[[Array], Array] | None = None
    lr: float = 0.5

    def __post_init__(self) -> None:
        self._phi = checked_features(self.features, where="RegretPreference")
        if not self.lr > 0:
            raise BadOption(f"lr={self.lr!r}", where="RegretPreference", expected="> 0")
        self.weights = np.zeros(self._phi.shape[-1])

    def utility(self, w: Tensor) -> Tensor:
        """What a step adds to the score of its segment, [S, A]: minus its regret."""
        V, Q = self.values(w)
        return Q - V[:, None]

    def __call__(self, batch: Transitions) -> Array:
        return self._looked_up(self._phi @ torch.as_tensor(self.weights), batch)

    def segment_scores(self, items: Transitions) -> Array:
        """Minus the regrets [P, G] of segments."""
        with torch.no_grad():
            steps = self._looked_up(self.utility(torch.as_tensor(self.weights)), items)
        return segment_scores(steps, items.info.get("mask"))

    def probabilities(self, pairs: Transitions) -> Array:
        """P(first better) [1, P], by the one model there is."""
        return (0.5 + 0.5 * np.tanh(0.5 * array(preference_logit(self.segment_scores(pairs)))))[None]

    def update(self, batch: Transitions) -> dict[str, float]:
        """Ten steps on items [P, 2, T]; batches of other axes teach nothing."""
        if len(batch.shape) != 3:
            return {}
        logs = self.fit(batch, epochs=10)
        return {f"{self.name}/{k}": v for k, v in (logs[-1] if logs else {}).items()}

    def fit(self, items: Transitions, *, epochs: int = 2000) -> list[dict[str, float]]:
        """Steps of Adam on all items at once, from the weights that there are.

        Args:
            items: [P, 2, T]; judgements that cannot be used are left out with a warning.
            epochs: steps.

        Returns:
            Per step: "loss" and "accuracy", the share of sided judgements that are foretold.

        Raises:
            BadBatch: for wrong axes, or numbers that are no state or action.
            MissingColumn: without judgements.
            Diverged: if the loss or its gradient is not finite.
        """
        from rewardlab.core import nets

        items = check_comparisons(items, where="RegretPreference")
        if not items.shape[0]:
            return []
        place, label = self._places(items), torch.as_tensor(array(items.info["label"]).astype(np.float64))
        mask = items.info.get("mask")
        counts = torch.ones(items.shape, dtype=torch.float64) if mask is None else torch.as_tensor(array(mask) != 0)
        signed = counts.to(torch.float64) * torch.tensor([1.0, -1.0], dtype=torch.float64)[:, None]
        module = _Weights(self.weights)
        fit, logs = nets.Fit(module, self.lr, name="RegretPreference"), []
        for _ in range(epochs):
            logit = (self.utility(module.w).reshape(-1)[place] * signed).sum((1, 2))
            loss = preference_loss(logit, label).mean()
            right = ((logit > 0) == (label > 0.5))[label != 0.5].to(torch.float64).mean()
            logs.append({"loss": fit(loss)["loss"], "accuracy": float(right)})
        self.weights = np.array(array(module.w))
        return logs

    def state_dict(self) -> dict[str, Any]:
        return {"weights": self.weights.copy()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("weights",), where="RegretPreference")
        if np.shape(state["weights"]) != self.weights.shape:
            raise BadCheckpoint(
                f"weights {np.shape(state['weights'])}", where="RegretPreference", expected=f"{self.weights.shape}"
            )
        self.weights = np.array(state["weights"])

    def _places(self, batch: Transitions) -> Tensor:
        """[*lead] positions s · A + a."""
        S, A, _ = self._phi.shape
        state, action = array(batch.obs if self.state is None else self.state(batch.obs)), array(batch.action)
        fit = state.shape == batch.shape == action.shape and np.isfinite(state).all()
        state, action = (np.nan_to_num(x, nan=-1).astype(np.int64) for x in (state, action))
        if not fit or ((state < 0) | (state >= S) | (action < 0) | (action >= A)).any():
            raise BadBatch(
                f"states {state.shape}, actions {action.shape}, or numbers among them",
                where="RegretPreference",
                expected=f"{batch.shape} of states below {S} and actions below {A}",
                mend="give state=, which tells the number of a state",
            )
        return torch.as_tensor(state * A + action)

    def _looked_up(self, table: Tensor, batch: Transitions) -> Array:
        found = table.reshape(-1)[self._places(batch)]
        return found.to(batch.reward.device) if is_torch(batch.reward) else found.numpy()


class _Weights(torch.nn.Module):
    """The weights as what an optimiser takes."""

    def __init__(self, w: np.ndarray) -> None:
        super().__init__()
        self.w = torch.nn.Parameter(torch.tensor(w))


def checked_features(features: np.ndarray, *, where: str) -> Tensor:
    """φ [S, A, D] as float64.

    Raises:
        BadOption: for another form, or numbers that are not finite.
    """
    phi = np.asarray(features, dtype=np.float64)
    if phi.ndim != 3 or not np.isfinite(phi).all():
        raise BadOption(f"features of shape {phi.shape}", where=where, expected="finite numbers [S, A, D]")
    return torch.as_tensor(phi)


def regrets(mdp: TabularMDP) -> np.ndarray:
    """V*(s) − Q*(s, a) [S, A] of a process, exactly; 0 in terminal states."""
    best = mdp.solve()
    return np.where(mdp.terminal[:, None], 0.0, np.maximum(best.Q.max(1, keepdims=True) - best.Q, 0.0))


@dataclass(frozen=True)
class TableUtility:
    """A utility for teachers: what a table says of each step; −`regrets(mdp)` or `mdp.R` make the two teachers.

    Args:
        values: [S, A].
        state: observations [*lead, *obs] -> numbers of states [*lead]; without it they are the observations.
    """

    values: np.ndarray
    state: Callable[[Array], Array] | None = None

    def __call__(self, batch: Transitions) -> Array:
        state = batch.obs if self.state is None else self.state(batch.obs)
        found = np.asarray(self.values)[array(state).astype(np.int64), array(batch.action).astype(np.int64)]
        return tensor(found, device=batch.reward.device) if is_torch(batch.reward) else found
