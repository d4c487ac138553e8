"""RiskPO: the lower tail and the middle of the scores are raised, not their mean.

    J = (w CVaR_a + RVaR_ab) / (1 + w),    RVaR_ab = (1/(b − a)) ∫_a^b F⁻¹(u) du,    CVaR_a = RVaR_0a
    A(X) = (w min(X − q_a, 0)/a + (min(max(X, q_a), q_b) − q_b)/(b − a)) / (1 + w),    ∇J = E[A(X) ∇ log π]

The best part of the scores, above b, gets no weight: what is solved already is left alone, and entropy lasts longer.
Right-or-wrong scores have no quantiles to speak of, so m prompts in a row are a bundle: answer i of each makes paper i,
and X is the paper's sum, whose advantage all its answers share. A quantile is the mean of the bundle's own and of one
that is tracked over the updates, q ← q + η (level − P(X <= q)).

Source: Ren et al., "RiskPO: Risk-based Policy Optimization via Verifiable Reward for LLM Post-Training", 2025,
Sections 3 and 4.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.agents.parts import advantage, ratio, reduce, surrogate
from rewardlab.agents.parts.checked import checked, option
from rewardlab.core.arrays import Array, array, namespace
from rewardlab.core.batch import Group
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch


@dataclass
class RiskPO:
    """The objective, with its tracked quantiles.

    Args:
        a, b: the levels, 0 < a < b <= 1.
        weight: w, of the lower tail against the middle.
        bundle: m, how many prompts in a row are scored together; P must be a multiple of it.
        lr: η, how fast the tracked quantiles move, in the unit of the scores.
        low, high: how far below and above 1 the ratio of a token is followed.

    Attributes:
        quantiles: the tracked q_a and q_b, [2]; None before the first update.

    Raises:
        BadOption: for levels or a bundle outside their range.
    """

    a: float = 0.1
    b: float = 0.9
    weight: float = 1.5
    bundle: int = 5
    lr: float = 0.05
    low: float = 0.2
    high: float = 0.28

    def __post_init__(self) -> None:
        option("a", self.a, 0 < self.a < self.b <= 1, by="RiskPO", expected=f"0 < a < b={self.b!r} <= 1")
        option("bundle", self.bundle, self.bundle >= 1, by="RiskPO", expected="at least one prompt")
        self.quantiles: np.ndarray | None = None

    def __call__(self, group: Group) -> Array:
        """The loss [P] of each prompt.

        Raises:
            BadBatch: for fields that do not fit together, or a number of prompts that fills no whole bundles.
        """
        checked(group, "RiskPO")
        loss = surrogate.clip(ratio.token(group), self.advantages(group), self.low, self.high)
        return reduce.per_response(loss, group.mask)

    def papers(self, group: Group) -> Array:
        """X, [P/m, G]: the sum over each bundle of the i-th answers' rewards."""
        p, g = group.reward.shape
        if p % self.bundle:
            raise BadBatch(f"reward has {p} prompts", where="RiskPO", expected=f"a multiple of bundle={self.bundle}")
        return advantage.rewards(group).reshape((p // self.bundle, self.bundle, g)).sum(1)

    def advantages(self, group: Group) -> Array:
        """A(X) for all answers of each paper, [P, G, 1]."""
        x = self.papers(group)
        q = [advantage.quantile(x, level) for level in (self.a, self.b)]
        if self.quantiles is not None:
            q = [(own + float(tracked)) / 2 for own, tracked in zip(q, self.quantiles, strict=True)]
        paid = advantage.tail(x, *q, a=self.a, b=self.b, weight=self.weight)
        whole = namespace(x).zeros_like(advantage.rewards(group)).reshape((x.shape[0], self.bundle, x.shape[1]))
        return (whole + paid[:, None]).reshape((*group.reward.shape, 1))

    def update(self, group: Group) -> None:
        """Moves the tracked quantiles by one batch; the first batch sets them."""
        x, levels = array(self.papers(group)), np.array([self.a, self.b])
        if self.quantiles is None:
            self.quantiles = np.quantile(x, levels)
        else:
            self.quantiles = self.quantiles + self.lr * (levels - (x[..., None] <= self.quantiles).mean((0, 1)))

    def state_dict(self) -> dict[str, Any]:
        """The tracked quantiles, [2], or none."""
        return {"quantiles": np.zeros(0) if self.quantiles is None else self.quantiles.copy()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes on from a `state_dict`.

        Raises:
            BadCheckpoint: for the state of something else.
        """
        check_keys(state, {"quantiles"}, where="RiskPO")
        q = np.array(state["quantiles"], dtype=np.float64)
        self.quantiles = q if q.size else None
