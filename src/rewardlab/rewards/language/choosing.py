"""Judges that name the best and the worst of some trained candidates: a hidden score, a person or model, or chance."""

from collections.abc import Callable, Sequence

import numpy as np

from rewardlab.core.errors import OracleFailed
from rewardlab.core.oracle import Prefer
from rewardlab.rewards.language.design.candidate import Candidate
from rewardlab.rewards.language.design.system import Run

Judge = Callable[[Run, Sequence[Candidate]], tuple[int, int]]
"""Candidates [K] to the places of the best and of the worst of them; the same place where there is one only."""


def by_score(score: Callable[[Candidate], float] = lambda c: 1e6 * c.score[0] + c.score[1]) -> Judge:
    """A judge by a number that the designer does not see; of equals the first is the best, the last the worst.

    Args:
        score: larger is better; success and then the task's return, if not given.
    """

    def judge(run: Run, candidates: Sequence[Candidate]) -> tuple[int, int]:
        values = [score(c) for c in candidates]
        best, worst = int(np.argmax(values)), len(values) - 1 - int(np.argmin(values[::-1]))
        return best, worst

    return judge


def by_preference(prefer: Prefer, show: Callable[[Candidate], str] | None = None) -> Judge:
    """A judge that compares two behaviours at a time: a person at the terminal, or a model.

    Pairs are compared first; their winners play for the best, their losers for the worst: ⌈3K/2⌉ - 2 comparisons of K.
    What got no label, or ½, goes to the one that stands first.

    Args:
        prefer: compares two texts.
        show: a candidate as a text; what its episodes show, if not given.
    """
    told = show or (lambda c: c.analysis.text() if c.analysis else "Nothing was recorded.")

    def judge(run: Run, candidates: Sequence[Candidate]) -> tuple[int, int]:
        shown = [told(c) for c in candidates]

        def first_wins(pairs: Sequence[tuple[int, int]]) -> list[bool]:
            if not pairs:
                return []
            task = [run.context.task] * len(pairs)
            labels = np.asarray(prefer(task, [shown[a] for a, _ in pairs], [shown[b] for _, b in pairs]), dtype=float)
            if labels.shape != (len(pairs),):
                raise OracleFailed(f"labels of shape {labels.shape} for {len(pairs)} pairs", where="by_preference")
            return [not value < 0.5 for value in labels]  # NaN goes to the first

        return extremes(len(candidates), first_wins)

    return judge


def extremes(count: int, first_wins: Callable[[Sequence[tuple[int, int]]], list[bool]]) -> tuple[int, int]:
    """The best and the worst of `count` by comparisons of pairs, ⌈3 count / 2⌉ - 2 of them."""
    pairs = [(i, i + 1) for i in range(0, count - 1, 2)]
    won = first_wins(pairs)
    winners = [a if w else b for (a, b), w in zip(pairs, won, strict=True)]
    losers = [b if w else a for (a, b), w in zip(pairs, won, strict=True)]
    if count % 2:
        winners.append(count - 1)
        losers.append(count - 1)
    return _last(winners, first_wins, keep=True), _last(losers, first_wins, keep=False)


def placebo(run: Run, candidates: Sequence[Candidate]) -> tuple[int, int]:
    """A judge that draws lots: what a system gains with it, it does not owe to being judged."""
    best = int(run.rng.integers(len(candidates)))
    others = [i for i in range(len(candidates)) if i != best] or [best]
    return best, others[int(run.rng.integers(len(others)))]


def _last(left: list[int], first_wins: Callable[[Sequence[tuple[int, int]]], list[bool]], *, keep: bool) -> int:
    """The one that wins (or loses) all its comparisons, level by level."""
    while len(left) > 1:
        pairs = [(left[i], left[i + 1]) for i in range(0, len(left) - 1, 2)]
        rest = left[len(pairs) * 2 :]
        left = [a if w == keep else b for (a, b), w in zip(pairs, first_wins(pairs), strict=True)] + rest
    return left[0]
