"""Direct behaviour specification.

    R = λ_0 r − Σ_k λ_k c_k,    (λ_0, λ_1 .. λ_K) = softmax(0, z_1 .. z_K)
    z_k ← z_k + η (v_k − d_k),    v_k = running mean of c_k ∈ {0, 1}
    with a success s that shall be seen at least as often as d_s:    λ_0 → max(λ_0, λ_s),  R + λ_s s

Each requirement is an indicator with a frequency, "in lava at most 1 % of the time", which its author can name without
knowing a weight. Multipliers that sum to 1 keep the pay bounded however long a requirement is missed. Where success is
rare, it becomes a requirement itself and lends its weight to the dense reward until it is met. The paper counts
discounted frequencies; here they are those of the steps in the batches.

Source: Roy, "Effective Reward Specification in Deep Reinforcement Learning", PhD thesis, Polytechnique Montréal 2024;
Roy, Girgis, Romoff, Bacon, Pal, "Direct Behavior Specification via Constrained Reinforcement Learning", ICML 2022,
Section 4 (indicator costs, normalised multipliers, bootstrap constraint).
"""

from dataclasses import dataclass

import numpy as np

from rewardlab.core.arrays import Array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Reward
from rewardlab.rewards.combination.multipliers import Constrained, Multipliers, checked_terms


@dataclass
class BehaviourSpecification(Constrained):
    """Pays a reward less indicator costs, with weights that sum to 1 and are learned from how often each cost is seen.

    Args:
        reward: the task, dense where success is rare.
        costs: K indicators, rewards without memory that pay 0 or 1.
        thresholds: K frequencies in [0, 1], the largest share of steps with that cost.
        success: an indicator of success, none by default: the bootstrap constraint.
        success_rate: the smallest share of steps with success, in [0, 1].
        lr: η.
        ema: how much of the old frequency a batch leaves. Ours.
        limit: z stays within ±limit. Ours.

    Raises:
        BadOption: for frequencies outside [0, 1], another number of them, costs with memory, or an lr or ema out of
            range.
    """

    reward: Reward
    costs: tuple[Reward, ...]
    thresholds: tuple[float, ...]
    success: Reward | None = None
    success_rate: float = 0.0
    lr: float = 0.01
    ema: float = 0.9
    limit: float = 10.0

    def __post_init__(self) -> None:
        where = "BehaviourSpecification"
        self.costs, self.thresholds = checked_terms(self.costs, self.thresholds, where=where, name="costs")
        if self.success is not None:
            checked_terms((self.success,), (self.success_rate,), where=where, name="success")
        if not all(0 <= d <= 1 for d in (*self.thresholds, self.success_rate)):
            raise BadOption(
                f"thresholds={self.thresholds!r}, success_rate={self.success_rate!r}",
                where=where,
                expected="frequencies in [0, 1]",
                mend="0.01 for 1 % of the steps",
            )
        self._multipliers = Multipliers(
            len(self._terms()), low=-self.limit, high=self.limit, lr=self.lr, ema=self.ema, where=where
        )

    @property
    def multipliers(self) -> tuple[float, ...]:
        """(λ_0, λ_1 .. λ_K), and λ of success if there is one; they sum to 1."""
        z = np.concatenate([[0.0], self._multipliers.free])
        weights = np.exp(z - z.max())
        return tuple(map(float, weights / weights.sum()))

    def __call__(self, batch: Transitions) -> Array:
        return self._pay(batch)

    def _terms(self) -> tuple[Reward, ...]:
        return self.costs if self.success is None else (*self.costs, self.success)

    def _weights(self) -> tuple[float, list[float]]:
        first, *others = self.multipliers
        count = len(self.costs)
        priced, wanted = [-w for w in others[:count]], others[count:]
        return max([first, *wanted]), [*priced, *wanted]

    def _missing(self, means: np.ndarray) -> np.ndarray:
        count = len(self.costs)
        over = means[:count] - np.array(self.thresholds)
        return np.concatenate([over, self.success_rate - means[count:]])
