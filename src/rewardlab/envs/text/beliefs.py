"""Beliefs of who asks: what is still possible after each reply, and how much a question is expected to tell.

    b(s) = 1 / |L| on the set L of what fits all replies,    E[IG(q)] = log₂|L| − Σ_r |L_r| / |L| · log₂|L_r|

L_r holds those of L to which the reply is r. Every reply belongs to a table, questions down and secrets across.

Source: Shannon, "A Mathematical Theory of Communication", Bell System Technical Journal 1948, Section 12.
"""

from collections.abc import Sequence

import numpy as np

from rewardlab.core.errors import BadOption


def gains(replies: np.ndarray, left: Sequence[int]) -> np.ndarray:
    """The expected information of every question, in bits.

    Args:
        replies: [Q, S] the reply to question q if the secret is s, whole numbers from 0.
        left: the secrets that are possible, equally likely.

    Returns:
        [Q] from 0 to log₂ of the number of secrets left, rounded so that equal ones are equal.
    """
    few = replies[:, np.asarray(left, dtype=np.int64)].astype(np.int64)  # [Q, k]
    kinds = int(replies.max()) + 1
    row = np.arange(len(few))[:, None] * kinds
    counts = np.bincount((few + row).ravel(), minlength=len(few) * kinds).reshape(len(few), kinds)
    entropy = np.log2(len(left)) - (counts * np.log2(np.maximum(counts, 1))).sum(1) / len(left)
    return np.round(entropy, 9) + 0.0


def fitting(replies: np.ndarray, question: int, reply: int, left: Sequence[int]) -> tuple[int, ...]:
    """Those of `left` to which the reply to a question is `reply`."""
    return tuple(s for s in left if replies[question, s] == reply)


def asked(replies: np.ndarray, left: Sequence[int], first: Sequence[int] = ()) -> int:
    """A question of the largest expected information, one of `first` if one of them is among the best."""
    found = gains(replies, left)
    best = np.flatnonzero(found == found.max())
    good = set(first)
    return int(next((q for q in best if q in good), best[0]))


def fewest(replies: np.ndarray) -> np.ndarray:
    """The fewest messages that are expected until the secret is named, for every belief: the exact value of the game.

        M(L) = 1 + min_q Σ_r |L_r| / |L| · M(L_r),    M(∅) = 0,  the secret being out of L once question s names it

    Args:
        replies: [Q, S] as for `gains`, with at most 16 secrets, of which question s names secret s for s < S.

    Returns:
        [2^S] by the set of what is left, as bits: the number sum of 2^s over s in L.

    Raises:
        BadOption: for more secrets.
    """
    size = replies.shape[1]
    if size > 16:
        raise BadOption(f"{size} secrets", where="fewest", expected="at most 16: there is a value for every set")
    parts = [[int(sum(1 << int(s) for s in np.flatnonzero(row == r))) for r in np.unique(row)] for row in replies]
    every = np.arange(1 << size)
    count = np.array([int(x).bit_count() for x in every])
    found = np.where(count == 0, 0.0, np.inf)
    for k in range(1, size + 1):
        left = every[count == k]
        best = np.full(len(left), np.inf)
        for q, masks in enumerate(parts):
            named = 1 << q if q < size else 0
            inside = [left & (mask & ~named) for mask in masks]
            useless = np.any([part == left for part in inside], axis=0)  # it tells nothing
            cost = 1 + sum(count[part] * np.where(useless, 0, found[part]) for part in inside) / k
            best = np.where(useless, best, np.minimum(best, cost))
        found[left] = best
    return found
