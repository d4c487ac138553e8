"""Simulated teachers, who judge pairs of segments by a utility that the learner does not see.

    perfect:    y = 1(U_1 > U_2) + ½ 1(U_1 = U_2),    U = Σ_t mask_t u_t
    Boltzmann:  P(y = 1) = σ((U_1 − U_2) / (temperature · spread)),    spread = deviation of U over all segments

The Boltzmann teacher errs where segments are nearly alike. Its temperature is free of units: at 1 it tells a difference
of one spread with probability 0.73 whatever the task, at 0.1 almost surely.

Source: Lee, Smith, Dragan, Abbeel, "B-Pref: Benchmarking Preference-Based Reinforcement Learning", NeurIPS 2021
Datasets and Benchmarks, Section 3.1 (the stochastic teacher; the spread is ours).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rewardlab.core.arrays import Array, array, is_torch, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.kernel import preference_logit, segment_scores


@dataclass
class Teacher:
    """The perfect teacher: prefers the segment of larger utility, and calls equal ones a tie.

    Args:
        utility: steps [P, 2, T] -> utility per step [P, 2, T]: any reward, or e.g. `lambda b: b.column("task_reward")`.
        tie: relative to the larger of both sums: differences up to this are ties. Ours, for rounding.
    """

    utility: Callable[[Transitions], Array]
    tie: float = 1e-9

    def __call__(self, pairs: Transitions) -> Array:
        """Labels [P] of pairs [P, 2, T]: 1, 0, or 0.5 for a tie."""
        return _like(self._judge(self._sums(pairs)), pairs)

    def labelled(self, pairs: Transitions) -> Transitions:
        """The pairs with their labels as `info["label"]`."""
        return pairs.paying(pairs.reward, label=self(pairs))

    def _sums(self, pairs: Transitions) -> np.ndarray:
        mask = pairs.info.get("mask")
        steps = array(self.utility(pairs)).astype(np.float64)
        return np.asarray(segment_scores(steps, None if mask is None else array(mask)))  # U [P, 2]

    def _judge(self, sums: np.ndarray) -> np.ndarray:
        gap = preference_logit(sums)
        tied = np.abs(gap) <= self.tie * np.abs(sums).max(-1, initial=0.0)
        return np.where(tied, 0.5, np.where(np.isnan(gap), np.nan, gap > 0))


@dataclass
class NoisyTeacher(Teacher):
    """The Boltzmann teacher: the surer, the further apart two segments are.

    Args:
        temperature: in units of the spread of all segments' utilities, above 0.
        seed: of the judgements; successive calls draw on.

    Raises:
        BadOption: for a temperature that is not positive.
    """

    temperature: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.temperature > 0:
            raise BadOption(f"temperature={self.temperature!r}", where="NoisyTeacher", expected="> 0", mend="Teacher")
        self._rng = np.random.default_rng(self.seed)

    def _judge(self, sums: np.ndarray) -> np.ndarray:
        spread = sums.std() if sums.size else 0.0
        gap = preference_logit(sums)
        z = gap / (self.temperature * spread) if spread > 0 else np.zeros_like(gap)  # all alike: a coin
        chance = 0.5 * (1 + np.tanh(z / 2))  # σ(z)
        return np.where(np.isnan(gap), np.nan, self._rng.random(len(gap)) < chance)


def _like(labels: np.ndarray, pairs: Transitions) -> Array:
    return tensor(labels, like=pairs.reward) if is_torch(pairs.reward) else labels
