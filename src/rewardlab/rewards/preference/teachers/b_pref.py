"""Teachers who are not perfect (B-Pref).

    Boltzmann:    P(y = 1) = σ((U_1 − U_2) / (temperature · spread)),    spread = deviation of U over all segments
    myopic:       u_t -> γ^(T − t) u_t,    T the segment's last step
    mistaken:     y -> 1 − y  with probability ε
    skipping:     y -> none  where max(U_1, U_2) < threshold
    indifferent:  y -> ½  where |U_1 − U_2| < gap

The Boltzmann teacher errs where segments are nearly alike. Its temperature is free of units: at 1 it tells a difference
of one spread with probability 0.73 whatever the task, at 0.1 almost surely. Teachers are put around each other; the
paper's order is `Indifferent(Mistaken(Skipping(NoisyTeacher(Myopic(utility)))))`, which `b_pref` makes.

Source: Lee, Smith, Dragan, Abbeel, "B-Pref: Benchmarking Preference-Based Reinforcement Learning", NeurIPS 2021
Datasets and Benchmarks, Section 3.1 and Algorithm 1 (the spread is ours).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rewardlab.core.arrays import Array, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.kernel import preference_logit
from rewardlab.rewards.preference.teachers.kernel import Altered, Drawing, Judge, Teacher, counted


@dataclass
class NoisyTeacher(Drawing, Teacher):
    """The Boltzmann teacher: the surer, the further apart two segments are.

    Args:
        temperature: in units of the spread of utilities, above 0.
        seed: of the judgements; successive calls draw on.
        spread: of segments' utilities, where it is known; without it that of all segments of a call.

    Raises:
        BadOption: for a temperature or spread that is not positive.
    """

    temperature: float = 0.1
    seed: int = 0
    spread: float | None = None

    def __post_init__(self) -> None:
        if not self.temperature > 0:
            raise BadOption(f"temperature={self.temperature!r}", where="NoisyTeacher", expected="> 0", mend="Teacher")
        if self.spread is not None and not self.spread > 0:
            raise BadOption(f"spread={self.spread!r}", where="NoisyTeacher", expected="> 0, or None")
        self._rng = np.random.default_rng(self.seed)

    def _judge(self, sums: np.ndarray) -> np.ndarray:
        spread = self.spread if self.spread is not None else sums.std() if sums.size else 0.0
        gap = preference_logit(sums)
        z = gap / (self.temperature * spread) if spread > 0 else np.zeros_like(gap)  # all alike: a coin
        chance = 0.5 * (1 + np.tanh(z / 2))  # σ(z)
        return np.where(np.isnan(gap), np.nan, self._rng.random(len(gap)) < chance)


@dataclass
class Myopic:
    """A utility that remembers the end of a segment best.

    Args:
        utility: steps [P, G, T] -> utility per step [P, G, T].
        gamma: weight of a step beside the next one, in (0, 1]; padded steps are not counted.

    Raises:
        BadOption: for a gamma outside (0, 1].
    """

    utility: Callable[[Transitions], Array]
    gamma: float = 0.9

    def __post_init__(self) -> None:
        if not 0 < self.gamma <= 1:
            raise BadOption(f"gamma={self.gamma!r}", where="Myopic", expected="above 0, up to 1")

    def __call__(self, items: Transitions) -> Array:
        """Utility per step [P, G, T], weighted."""
        counts = counted(items).astype(np.int64)
        left = np.cumsum(counts[..., ::-1], -1)[..., ::-1] - counts  # counted steps after this one
        steps = self.utility(items)
        weight = self.gamma**left
        return steps * (weight if isinstance(steps, np.ndarray) else tensor(weight, like=steps))


@dataclass
class Mistaken(Altered):
    """Gives the wrong answer now and then; ties stay ties.

    Args:
        rate: ε, the share of answers that are turned round, in [0, 1].
        seed: of the mistakes; successive calls draw on.

    Raises:
        BadOption: for a rate outside [0, 1].
    """

    rate: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.rate <= 1:
            raise BadOption(f"rate={self.rate!r}", where="Mistaken", expected="0 to 1")
        self._rng = np.random.default_rng(self.seed)

    def _alter(self, labels: np.ndarray, pairs: Transitions) -> np.ndarray:
        return np.where(self._rng.random(len(labels)) < self.rate, 1 - labels, labels)


@dataclass
class Skipping(Altered):
    """Gives no answer, NaN, where neither segment is good enough to say anything.

    Args:
        threshold: of utility, see `adaptive`.
    """

    threshold: float = 0.0

    def _alter(self, labels: np.ndarray, pairs: Transitions) -> np.ndarray:
        return np.where(self.sums(pairs).max(-1) < self.threshold, np.nan, labels)


@dataclass
class Indifferent(Altered):
    """Calls it a tie, 0.5, where two segments are nearly alike.

    Args:
        gap: of utility, 0 or more, see `adaptive`.

    Raises:
        BadOption: for a negative gap.
    """

    gap: float = 0.0

    def __post_init__(self) -> None:
        if not self.gap >= 0:
            raise BadOption(f"gap={self.gap!r}", where="Indifferent", expected="0 or more")

    def _alter(self, labels: np.ndarray, pairs: Transitions) -> np.ndarray:
        alike = np.abs(preference_logit(self.sums(pairs))) < self.gap
        return np.where(alike & ~np.isnan(labels), 0.5, labels)


def adaptive(share: float, mean_return: float, *, segment: int, episode: int) -> float:
    """A threshold in proportion to what the policy earns in as many steps as a segment has.

    Args:
        share: of it.
        mean_return: of the policy's episodes.
        segment: steps of a segment.
        episode: steps of an episode.
    """
    return segment / episode * mean_return * share


def b_pref(
    utility: Callable[[Transitions], Array],
    *,
    temperature: float | None = None,
    gamma: float = 1.0,
    mistake: float = 0.0,
    skip: float | None = None,
    equal: float = 0.0,
    seed: int = 0,
) -> Judge:
    """A teacher of all the paper's kinds at once; each option at its default leaves its kind out.

    Args:
        utility: steps [P, G, T] -> utility per step.
        temperature: of the Boltzmann teacher; None for the perfect one.
        gamma: of the myopic one, which then also decides what is skipped and what is equal.
        mistake: ε.
        skip: threshold of utility, None for no skipping.
        equal: gap of utility.
        seed: of noise and mistakes.
    """
    seen = utility if gamma == 1 else Myopic(utility, gamma)
    noise, slips = np.random.SeedSequence(seed).generate_state(2)
    teacher: Judge = (
        Teacher(seen) if temperature is None else NoisyTeacher(seen, temperature=temperature, seed=int(noise))
    )
    teacher = teacher if skip is None else Skipping(teacher, skip)
    teacher = Mistaken(teacher, mistake, int(slips)) if mistake else teacher
    return Indifferent(teacher, equal) if equal else teacher
