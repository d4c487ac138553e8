"""Ranked factors (HERON).

    for l = 1 .. m:   z_l(1) > z_l(2) + δ_l -> 1,   z_l(2) > z_l(1) + δ_l -> 0,   else the next factor
    δ_l = c_l · deviation of z_l over all segments of the batch

A teacher who knows which of several factors matters more, but no weights: the first factor that tells two segments
apart decides. Margins are in units of each factor's own deviation, so that scales do not matter. With margins the
order need not be transitive; with c = 0 it is the lexicographic one.

Source: Bukharin, Li, He, Zhao, "Deep Reinforcement Learning from Hierarchical Preference Design", ICML 2025, Section 4
(first as "Deep Reinforcement Learning from Hierarchical Weak Preference Feedback", 2023).
"""

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from rewardlab.core.arrays import Array, array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.rewards.preference.kernel import segment_scores
from rewardlab.rewards.preference.teachers.kernel import as_labels, counted


@dataclass
class Heron:
    """Labels by the first of several ranked factors that tells two segments apart.

    Args:
        factors: the most important first; each gives items [P, G, T] -> values per step [P, G, T], which are summed, or
            values of whole segments [P, G]. More is better: negate costs.
        margins: c_l >= 0 of each factor, in units of its deviation over all segments of the batch.
        undecided: the label where no factor decides: NaN leaves the pair out, 0.5 is a tie.
        dominant: warns where the first factor decides more than this share of the pairs: the others are hardly used.

    Attributes:
        decided: share of the pairs of the last call that each factor decided, [m]; NaN before.

    Raises:
        BadOption: for no factors, other numbers of margins, or negative ones.
    """

    factors: Sequence[Callable[[Transitions], Array]]
    margins: Sequence[float] = (0.5, 0.3, 0.1)
    undecided: float = math.nan
    dominant: float = 0.95

    def __post_init__(self) -> None:
        if not len(self.factors) or len(self.factors) != len(self.margins) or not min(self.margins) >= 0:
            raise BadOption(
                f"{len(self.factors)} factors with margins={tuple(self.margins)!r}",
                where="Heron",
                expected="at least one factor, and one margin of 0 or more for each",
            )
        self.decided = np.full(len(self.factors), np.nan)

    def values(self, items: Transitions) -> np.ndarray:
        """Factors of whole segments [P, G, m], float64."""
        parts = []
        for factor in self.factors:
            z = array(factor(items)).astype(np.float64)
            parts.append(segment_scores(z, counted(items)) if z.ndim == 3 else z)
        return np.stack(parts, -1)

    def sums(self, items: Transitions) -> np.ndarray:
        """The most important factor of whole segments [P, G]."""
        return np.asarray(self.values(items)[..., 0])

    def __call__(self, pairs: Transitions) -> Array:
        """Labels [P] of pairs [P, 2, T]; NaN also where a factor that was asked is NaN."""
        z = self.values(pairs)
        label, level = lexicographic(z, np.asarray(self.margins) * _deviations(z))
        self.decided = np.array([(level == k).mean() if len(level) else np.nan for k in range(len(self.factors))])
        if self.decided[0] > self.dominant and len(self.factors) > 1:
            warnings.warn(
                f"Heron: factor 1 decides {self.decided[0]:.0%} of the pairs, others hardly any: widen its margin",
                UserWarning,
                stacklevel=2,
            )
        return as_labels(np.where(level == len(self.factors), self.undecided, label), pairs)

    def labelled(self, pairs: Transitions) -> Transitions:
        """The pairs with their labels as `info["label"]`."""
        return pairs.paying(pairs.reward, label=self(pairs))


def lexicographic(z: np.ndarray, margins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Who is better by ranked factors, and which factor says so.

    Args:
        z: factors [*, 2, m], the most important first.
        margins: δ [m], 0 or more.

    Returns:
        Labels [*]: 1 the first, 0 the second, 0.5 where no factor decides, NaN where one that is asked is NaN. And the
        position [*] of the factor that decides, m where none does.
    """
    gap = z[..., 0, :] - z[..., 1, :]  # [*, m]
    tells = ~(np.abs(gap) <= margins)  # NaN too stops the search
    level = np.where(tells.any(-1), tells.argmax(-1), z.shape[-1])
    deciding = np.take_along_axis(gap, np.minimum(level, z.shape[-1] - 1)[..., None], -1)[..., 0]
    label = np.where(level == z.shape[-1], 0.5, np.where(np.isnan(deciding), np.nan, deciding > 0))
    return label, level


def intransitive_triples(z: np.ndarray, margins: np.ndarray) -> tuple[int, int]:
    """How often an order by ranked factors contradicts itself.

    Args:
        z: factors [N, m] of N things.
        margins: δ [m].

    Returns:
        The number of cycles i ≻ j ≻ k ≻ i, each counted once, and of chains i ≻ j ≻ k of three things without i ≻ k.
    """
    pairs = np.stack(np.broadcast_arrays(z[:, None], z[None]), -2)  # [N, N, 2, m]
    better = lexicographic(pairs, margins)[0] == 1.0
    chains = better.astype(np.int64) @ better.astype(np.int64)  # i ≻ j ≻ k
    cycles = int((chains * better.T).sum()) // 3
    return cycles, int((chains * ~better).sum())


def _deviations(z: np.ndarray) -> np.ndarray:
    """Of each factor over all segments, [m]; from sums alone, so that powers of two pass through to the bit."""
    flat = z.reshape(-1, z.shape[-1])
    return flat.std(0) if len(flat) else np.zeros(z.shape[-1])
