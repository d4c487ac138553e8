"""High-confidence constraints (HC-RLHF).

    candidate    R = (r − λ C) / (1 + λ),    λ ← max(0, λ + a (U_c − τ))
                 U_c = mean C + κ s(C) t_{1−δ, n_s−1} / √n_s           on the candidate set
    test         release π if  mean C + s(C) t_{1−δ, n_s−1} / √n_s ≤ τ  on n_s fresh samples, else nothing

Optimises a reward under a learned cost with deliberate pessimism, then releases the policy only if held-out samples
certify it: a policy whose expected cost is above τ is released with probability δ at most, relative to the cost model,
and with Student's bound as far as costs are about normal. The factor κ foresees the test. Evidence:
`benchmarks.effects.written_limits`, a small transformer: none of its last policies over the limit is released, 0.82 of
all are, where 0.16 pass with κ = 0. Of the Lagrangian's without a test 0.40 are over the limit (a quarter: undecided),
and more helpful (0.69 deviations and 0.42).

Source: Chittepu, Metevier, Schwarzer, Hoag, Niekum, Thomas, "Reinforcement Learning from Human Feedback with
High-Confidence Safety Constraints", RLC 2025, Section 4 (candidate selection and safety test).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from rewardlab.core.arrays import Array, array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.reward import Reward
from rewardlab.rewards.combination.confidence import student_t
from rewardlab.rewards.combination.multipliers import Constrained, Multipliers, checked_terms


@dataclass
class HighConfidence(Constrained):
    """Pays a reward less a priced cost, over 1 + λ; the price follows a pessimistic bound on the mean cost.

    The bound of each update is that of its own batch, so that its deviation is that of single responses.

    Args:
        reward: what is maximised.
        cost: a reward without memory, above 0 for what is unsafe.
        test_size: n_s, how many samples the safety test will have, >= 2.
        threshold: τ.
        delta: δ, how often the test may be wrong.
        kappa: κ, by how much the width of the test is inflated.
        lr: a. Ours, as is `cap`, the largest λ.

    Raises:
        BadOption: for a test_size < 2, a delta outside (0, 1), a negative kappa, or a cost with memory.
        BadBatch: from `update`, for a cost of NaN or infinity.
    """

    reward: Reward
    cost: Reward
    test_size: int
    threshold: float = 0.0
    delta: float = 0.1
    kappa: float = 2.0
    lr: float = 0.05
    cap: float = 100.0

    def __post_init__(self) -> None:
        checked_terms((self.cost,), (self.threshold,), where="HighConfidence", name="cost")
        _check(self.test_size, self.delta, self.kappa, "HighConfidence")
        self._multipliers = Multipliers(1, low=0.0, high=self.cap, lr=self.lr, ema=0.0, where="HighConfidence")

    @property
    def multiplier(self) -> float:
        """λ now."""
        return float(self._multipliers.free[0])

    def __call__(self, batch: Transitions) -> Array:
        return self._pay(batch)

    def _terms(self) -> tuple[Reward, ...]:
        return (self.cost,)

    def _weights(self) -> tuple[float, list[float]]:
        share = 1.0 / (1.0 + self.multiplier)
        return share, [-self.multiplier * share]

    def _measured(self, batch: Transitions) -> np.ndarray:
        return np.array([candidate_bound(self.cost(batch), self.test_size, delta=self.delta, kappa=self.kappa)])

    def _missing(self, means: np.ndarray) -> np.ndarray:
        return means - self.threshold


@dataclass(frozen=True)
class Certificate:
    """What a safety test has shown: with confidence 1 − delta the mean cost is at most `bound`.

    Attributes:
        bound: the upper bound, at most the threshold.
        threshold: what was asked for.
        delta: how often such a test may be wrong.
        samples: how many samples it had.
    """

    bound: float
    threshold: float
    delta: float
    samples: int


def candidate_bound(costs: Array, test_size: int, *, delta: float = 0.1, kappa: float = 2.0) -> float:
    """The bound that a candidate has to keep, U_c, from its costs on the candidate set.

    Args:
        costs: any shape, n >= 2 samples; one sample counts as without deviation.
        test_size: n_s, the samples of the test to come.
        delta, kappa: as in `HighConfidence`.

    Raises:
        BadOption: for numbers out of range.
        BadBatch: for no samples, NaN or infinity.
    """
    _check(test_size, delta, kappa, "candidate_bound")
    x = np.asarray(array(costs), dtype=np.float64).ravel()
    if not x.size or not np.isfinite(x).all():
        raise BadBatch("no costs, or NaN or infinity among them", where="candidate_bound", expected="finite numbers")
    deviation = x.std(ddof=1) if x.size > 1 else 0.0
    return float(x.mean() + kappa * deviation / math.sqrt(test_size) * stats.t.ppf(1 - delta, test_size - 1))


def safety_test(
    costs: Array, threshold: float = 0.0, *, delta: float = 0.1, bound: Callable[[Array, float], Array] = student_t
) -> Certificate | None:
    """A certificate if the bound on the mean of fresh costs keeps the threshold; None if there is no solution.

    Args:
        costs: [n] costs of fresh responses of the candidate to prompts that it has not been chosen on.
        threshold: τ.
        delta: δ in (0, 1).
        bound: (costs, delta) -> upper bound: `student_t`, `hoeffding`, `empirical_bernstein` or `clopper_pearson` of
            `confidence`, or another.

    Raises:
        BadOption: for a delta outside (0, 1).
        BadBatch: for NaN, infinity, or samples that the bound does not hold for.
    """
    upper = float(bound(costs, delta))
    return Certificate(upper, float(threshold), delta, len(costs)) if upper <= threshold else None


def _check(test_size: int, delta: float, kappa: float, where: str) -> None:
    if isinstance(test_size, bool) or not isinstance(test_size, (int, np.integer)) or test_size < 2:
        raise BadOption(f"test_size={test_size!r}", where=where, expected="an integer >= 2")
    if not (0 < delta < 1 and 0 <= kappa < math.inf):
        raise BadOption(f"delta={delta!r}, kappa={kappa!r}", where=where, expected="0 < delta < 1, kappa >= 0")
