"""What strategies of asking share: the best of scored candidates, and what is known of a pair."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from rewardlab.core.arrays import array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadOption, Diverged


class Strategy(Protocol):
    """Picks the pairs that are asked about."""

    def __call__(self, candidates: Transitions, model: Any, count: int, rng: np.random.Generator) -> np.ndarray:
        """Positions [count] of distinct candidates [C, 2, T], the most wanted first.

        Args:
            candidates: pairs [C, 2, T].
            model: a reward model with `probabilities(pairs)` [K, C], of each member that the first is better, and
                perhaps `segment_scores(pairs)` [K, C, 2].
            count: how many, at most C.
            rng: for what is left to chance, among it the order of equals.
        """
        ...


@dataclass
class Scored:
    """A strategy that asks about the candidates of the highest score; which of equals, chance decides."""

    def scores(self, candidates: Transitions, model: Any) -> np.ndarray:
        """How much each candidate is wanted, [C]."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it wants: define scores")

    def __call__(self, candidates: Transitions, model: Any, count: int, rng: np.random.Generator) -> np.ndarray:
        """Positions [count] of the highest scores.

        Raises:
            BadOption: for a count outside 0 .. C.
            Diverged: if a score is not a number.
        """
        check_count(candidates, count, where=type(self).__name__)
        return best(checked(self.scores(candidates, model), where=type(self).__name__), count, rng)


def best(scores: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Positions [count] of the highest scores [C], equal ones in random order."""
    return np.lexsort((rng.random(len(scores)), -scores))[:count]


def checked(scores: np.ndarray, *, where: str) -> np.ndarray:
    """The scores, if all are numbers.

    Raises:
        Diverged: with the first that is not.
    """
    bad = np.flatnonzero(np.isnan(scores))
    if len(bad):
        raise Diverged(
            f"the score of candidate {bad[0]} is NaN", where=where, expected="numbers", mend="check the model"
        )
    return scores


def check_count(candidates: Transitions, count: int, *, where: str) -> None:
    """Whether so many can be picked.

    Raises:
        BadBatch: if candidates are not pairs.
        BadOption: for a count outside 0 .. C.
    """
    if len(candidates.shape) != 3 or candidates.shape[1] != 2:
        raise BadBatch(
            f"candidates {candidates.shape}", where=where, expected="pairs [C, 2, T]", mend="Queries draws them"
        )
    if not 0 <= count <= len(candidates):
        raise BadOption(
            f"count={count!r} of {len(candidates)} candidates", where=where, expected=f"0 to {len(candidates)}"
        )


def probabilities(candidates: Transitions, model: Any) -> np.ndarray:
    """P(first better) [K, C] by each member, float64."""
    return array(model.probabilities(candidates)).astype(np.float64)


def binary_entropy(p: np.ndarray) -> np.ndarray:
    """−p log p − (1 − p) log(1 − p) in nats, 0 at both ends."""
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = [np.where(q > 0, -q * np.log(q), 0.0) for q in (p, 1 - p)]
    return np.where(np.isnan(p), np.nan, parts[0] + parts[1])


def standardised(phi: np.ndarray) -> np.ndarray:
    """Features [C, 2, D] with mean 0 and deviation 1 over all segments; what never varies becomes 0."""
    spread = phi.std((0, 1))
    return (phi - phi.mean((0, 1))) / np.where(spread > 0, spread, 1.0)


def pair_distances(phi: np.ndarray, i: int) -> np.ndarray:
    """Distances [C] of all pairs phi [C, 2, D] to pair i, whichever segment of them comes first."""
    straight, crossed = (((phi - other) ** 2).sum((1, 2)) for other in (phi[i], phi[i, ::-1]))
    return np.asarray(np.sqrt(np.minimum(straight, crossed)))
