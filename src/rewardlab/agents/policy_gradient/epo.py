"""EPO: entropy is paid for, as long as it stays near what it has been.

    L = L_GRPO − λ (H̄ − w P),    P = mean of α [max(H − κ_r H_past, 0) + max(κ_l H_past − H, 0)]

H̄ is the mean entropy: over the tokens of a turn, the turns of a response, and the responses. H_past is the mean of H̄
over all updates so far; before the first there is no corridor. The weight w falls slowly from 1 to `half_weight` in
the first half of training and fast to 0 in the second. Long tasks of many turns first lose their entropy and then get
it back without order; both are held in the corridor. The paper counts tokens outside; the hinge here has the same
support and a gradient.

Entropies act by their gradient: `entropy_gradient` says to loops that `info["entropy"]` must carry one. Where it does
not, the bonus is a constant.

Source: Xu et al., "EPO: Entropy-Regularized Policy Optimization for LLM Agents Reinforcement Learning", 2025, Section
4.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from rewardlab.agents.parts import advantage, masked, modulate, ratio, reduce, surrogate
from rewardlab.agents.parts.checked import checked, column, option
from rewardlab.agents.parts.constant import constant
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Group
from rewardlab.core.checkpoint import check_keys


@dataclass
class EPO:
    """The objective, with its history of entropies.

    Args:
        horizon: the number of updates in all, at least 1.
        entropy_weight: λ.
        below, above: κ_l and κ_r, the edges of the corridor in units of the past entropy.
        alpha: α, the slope outside.
        half_weight: w in the middle of training.
        decay: how fast w falls after it.
        low, high: how far below and above 1 the ratio of a token is followed.
        epsilon: added to the standard deviation.

    Attributes:
        updates: how often `update` was called.
        total: the sum of the mean entropies at these updates, in nats.

    Raises:
        BadOption: for a number outside its range.
    """

    horizon: int
    entropy_weight: float = 0.001
    below: float = 0.8
    above: float = 2.0
    alpha: float = 0.1
    half_weight: float = 0.8
    decay: float = 3.0
    low: float = 0.2
    high: float = 0.2
    epsilon: float = 1e-6
    entropy_gradient: ClassVar[bool] = True

    def __post_init__(self) -> None:
        option("horizon", self.horizon, self.horizon >= 1, by="EPO", expected="at least one update")
        edges = 0 <= self.below <= self.above
        option("below", self.below, edges, by="EPO", expected=f"from 0 to above={self.above!r}")
        self.updates, self.total = 0, 0.0

    def __call__(self, group: Group) -> Array:
        """The loss [P] of each prompt, for a group with the columns `entropy` and `turn`, both [P, G, T].

        Raises:
            BadBatch: for fields that do not fit together.
            MissingColumn: if there is no entropy or no turn.
        """
        checked(group, "EPO")
        a = advantage.normalised(group, self.epsilon)
        loss = reduce.per_response(surrogate.clip(ratio.token(group), a, self.low, self.high), group.mask)
        outside = _per_turn(group, self.outside(column(group, "entropy", by="EPO")))
        return loss - self.entropy_weight * (self.entropy(group) - self.weight * outside)

    @property
    def past(self) -> float | None:
        """H_past in nats; None before the first update."""
        return self.total / self.updates if self.updates else None

    @property
    def weight(self) -> float:
        """w, 1 at the beginning and 0 from the end of training on."""
        x = min(self.updates / self.horizon, 1.0)
        if x <= 0.5:
            return self.half_weight ** (2 * x)
        last = math.exp(-self.decay)
        return self.half_weight * (math.exp(-self.decay * (2 * x - 1)) - last) / (1 - last)

    def outside(self, entropy: Array) -> Array:
        """What each entropy pays for leaving the corridor, of the same shape; 0 inside."""
        xp = namespace(entropy)
        zero = xp.zeros_like(entropy)
        if self.past is None:
            return zero
        return self.alpha * (
            xp.maximum(entropy - self.above * self.past, zero) + xp.maximum(self.below * self.past - entropy, zero)
        )

    def entropy(self, group: Group) -> Array:
        """H̄ of each prompt, [P], in nats."""
        return _per_turn(group, column(group, "entropy", by="EPO"))

    def update(self, group: Group) -> None:
        """Takes the entropy of this group into the history."""
        self.total += float(constant(self.entropy(group)).mean())
        self.updates += 1

    def state_dict(self) -> dict[str, Any]:
        """The history."""
        return {"updates": self.updates, "total": self.total}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes on from a `state_dict`.

        Raises:
            BadCheckpoint: for the state of something else.
        """
        check_keys(state, {"updates", "total"}, where="EPO")
        self.updates, self.total = int(state["updates"]), float(state["total"])


def _per_turn(group: Group, x: Array) -> Array:
    """The mean over tokens, then turns, then responses, [P]."""
    table, has = modulate.steps(x, column(group, "turn", by="EPO"), group.mask)
    return masked.mean(table, has).mean(-1)
