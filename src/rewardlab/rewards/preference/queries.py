"""Queries: pairs of recorded segments that a teacher is to be asked about.

    recorded steps -> candidates · count pairs, drawn evenly -> the `count` that a strategy picks

All pairs of a draw differ, and of a growing recording none is asked about twice, in either order. With `matched` both
segments are equally long, so that a label says nothing that their lengths already say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rewardlab.core.arrays import array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.rewards.preference.cutting import Origins, cut, like, named, origins, recording
from rewardlab.rewards.preference.strategies.kernel import Strategy


@dataclass
class Queries:
    """Draws candidate pairs from recorded steps and lets a strategy pick.

    Args:
        strategy: picks, see `strategies.kernel.Strategy`: `Uniform()`, `Disagreement()`, `InformationGain()` ...
        length: T, steps of a segment.
        candidates: how many times as many pairs are drawn as are asked for; a strategy that looks at no model needs 1.
        recent: only segments that begin in the last so many steps of each row; None for all.
        stride: segments begin at multiples of it from the first step of their episode.
        short: whether whole episodes that ended before `length` steps are segments, see `fragment`.
        matched: whether the segments of a pair have equally many steps, so that lengths say nothing of the answer.

    Raises:
        BadOption: for numbers below 1.
    """

    strategy: Strategy
    length: int = 25
    candidates: int = 10
    recent: int | None = None
    stride: int = 1
    short: bool = True
    matched: bool = False
    _asked: set[tuple[int, int, int, int]] = field(default_factory=set, repr=False)

    def __post_init__(self) -> None:
        if min(self.length, self.candidates, self.stride, self.recent or 1) < 1 or self.recent == 0:
            raise BadOption(
                f"length={self.length!r}, candidates={self.candidates!r}, recent={self.recent!r}, "
                f"stride={self.stride!r}",
                where="Queries",
                expected="at least 1 each",
            )

    def __call__(
        self,
        steps: Transitions | Sequence[Transitions],
        model: Any,
        count: int,
        rng: np.random.Generator,
        *,
        begin: int | None = None,
    ) -> Transitions:
        """Pairs [P, 2, T] to ask about, P = count, or all that differ if there are fewer.

        Args:
            steps: [T, N], oldest first; or a list of episodes [T_e], the last ones perhaps still running.
            model: what the strategy looks at.
            count: how many pairs.
            rng: of the draw and of the strategy.
            begin: the number of the recording's first step since the beginning of the experiment, where calls look at
                one growing or sliding recording. Then no pair is asked twice, and `info["start"]` counts from the
                beginning. Without it each call stands alone.

        Returns:
            With `info["mask"]` [P, 2, T] and `info["start"]` [P, 2, 2], time and row of the first steps (of listed
            episodes: time in the episode and its number).

        Raises:
            BadOption: for a count below 1, or `begin` with listed episodes.
            BadBatch: if the steps are not [T, N] or hold no pair.
        """
        if count < 1:
            raise BadOption(f"count={count!r}", where="Queries", expected="at least 1")
        steps, border, firsts = recording(steps, where="Queries")
        if begin is not None and len(firsts):
            raise BadOption("begin= with listed episodes", where="Queries", expected="steps [T, N]")
        ended = array(steps.done).astype(bool)  # not where a listed episode was merely cut off
        at = origins(border, ended, self.length, stride=self.stride, short=self.short)
        if self.recent is not None:
            late = at.time >= len(border) - self.recent
            at = Origins(*(x[late] for x in at))
        shift = begin or 0
        chosen = self._pairs(at, shift, self.candidates * count, rng, known=begin is not None)
        if not len(chosen):
            raise BadBatch(
                f"no pair of segments of {self.length} steps in a recording of {len(border)}",
                where="Queries",
                expected="two segments that were not asked about together",
                mend="record more, or take a smaller length",
            )
        found = cut(steps, Origins(*(x[chosen] for x in at)), self.length)
        index = self.strategy(found, model, min(count, len(chosen)), rng)
        if begin is not None:
            self._asked |= {_key(at, pair, shift) for pair in chosen[index]}
        picked = found.rows(like(index, steps.reward))
        start = named(at.time[chosen[index]], at.row[chosen[index]], firsts) + np.array([shift, 0])
        return picked.paying(picked.reward, start=like(start, steps.reward))

    def _pairs(self, at: Origins, shift: int, wanted: int, rng: np.random.Generator, *, known: bool) -> np.ndarray:
        """Distinct pairs [C, 2] of positions, in random order and sides, none that was asked before."""
        groups = (
            [np.flatnonzero(at.size == s) for s in np.unique(at.size)] if self.matched else [np.arange(len(at.size))]
        )
        sizes = np.array([len(g) for g in groups], dtype=np.int64)
        before = np.concatenate([[0], np.cumsum(sizes * (sizes - 1) // 2)])  # unordered pairs of earlier groups
        found: list[np.ndarray] = []
        for numbers in _distinct(int(before[-1]), wanted, rng):
            group = np.searchsorted(before, numbers, side="right") - 1
            inside = np.stack(_unranked(numbers - before[group]), -1) + (np.cumsum(sizes) - sizes)[group, None]
            pairs = rng.permuted(np.concatenate(groups)[inside], axis=1)
            if known:
                pairs = pairs[[_key(at, pair, shift) not in self._asked for pair in pairs]]
            found.append(pairs)
            if sum(map(len, found)) >= wanted:
                break
        return np.concatenate([np.zeros((0, 2), dtype=np.int64), *found])[:wanted]

    def state_dict(self) -> dict[str, Any]:
        """The pairs that were asked about."""
        return {"asked": np.array(sorted(self._asked), dtype=np.int64).reshape(-1, 4)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over a `state_dict`."""
        self._asked = {tuple(row) for row in array(state["asked"]).tolist()}


def _key(at: Origins, pair: np.ndarray, shift: int) -> tuple[int, int, int, int]:
    one, two = sorted((int(at.time[i]) + shift, int(at.row[i])) for i in pair)
    return (*one, *two)


def _unranked(number: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs (i, j), i < j, of numbers [n] in the order (0, 1), (0, 2), (1, 2), (0, 3) ..."""
    j = ((1 + np.sqrt(1 + 8.0 * number)) // 2).astype(np.int64)
    j = np.where(j * (j - 1) // 2 > number, j - 1, j)  # the root is rounded
    j = np.where((j + 1) * j // 2 <= number, j + 1, j)
    return number - j * (j - 1) // 2, j


def _distinct(total: int, wanted: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """All numbers below `total` once in random order, in parts of about `wanted`."""
    seen = np.zeros(0, dtype=np.int64)
    while len(seen) < total:
        if total - len(seen) <= 8 * (len(seen) + wanted):  # few are left: shuffle them
            yield rng.permutation(np.setdiff1d(np.arange(total), seen, assume_unique=True))
            return
        drawn = rng.integers(total, size=wanted)
        drawn = drawn[np.sort(np.unique(drawn, return_index=True)[1])]
        fresh = drawn[~np.isin(drawn, seen)]
        seen = np.concatenate([seen, fresh])
        yield fresh
