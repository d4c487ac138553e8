"""Bargaining with one whose values are hidden: what offers tell of them, and the best that one who is not told can do.

    P(v | talk) ∝ P(v)·Π_t (1 − a_t(o_t; v))·P(c_t | v)
    W_t(c, w) = max{ share(c)·Σ_v w_v,  max_o Σ_v w_v·a_t(o; v)·share(o) + Σ_c' W_{t+1}(c', w') }
    w'_v = w_v·(1 − a_t(o; v))·P_t(c' | v)

w are the chances of each kind of partner with what was heard so far. The search goes through all that can be said, so
it is for small tables; one who knows the partner's values can do at least as well.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from rewardlab.core.errors import BadOption

Split = tuple[int, int, int]
LARGEST = 200_000
"""Conversations that a search goes through at most."""


@dataclass(frozen=True)
class Law:
    """How a partner of each kind behaves at one table.

    Attributes:
        splits: O of them, what the agent gets.
        prior: [V] the chance of each kind of partner.
        accepts: [T, O, V] the chance that it accepts an offer in a turn.
        offers: [T, O, V] the chance that it makes an offer when it does not.
    """

    splits: tuple[Split, ...]
    prior: np.ndarray
    accepts: np.ndarray
    offers: np.ndarray


def law(
    splits: Sequence[Split],
    values: Sequence[Split],
    prior: Sequence[float],
    turns: int,
    accepts: Callable[[Split, Split, int], float],
    offers: Callable[[Split, int], Sequence[Split]],
) -> Law:
    """The law of partners whose offers are equally likely ones of a few.

    Args:
        splits: all offers that there are.
        values: of each kind of partner.
        prior: the chance of each kind.
        turns: T.
        accepts: (split, values, turn) -> the chance that this partner accepts it.
        offers: (values, turn) -> the offers that it may make.
    """
    place = {split: k for k, split in enumerate(splits)}
    yes = np.array([[[accepts(o, v, t) for v in values] for o in splits] for t in range(turns)])
    made = np.zeros(yes.shape)
    for t, (k, v) in itertools.product(range(turns), enumerate(values)):
        choice = offers(v, t)
        for split in choice:
            made[t, place[split], k] = 1 / len(choice)
    return Law(tuple(splits), np.asarray(prior, dtype=np.float64), yes, made)


def believed(known: Law, opening: Split, talk: Sequence[tuple[Split | None, Split]]) -> np.ndarray:
    """[V] the chance of each kind of partner after its opening offer and some turns.

    Args:
        known: the law of partners.
        opening: its first offer, made as in turn 0.
        talk: for each turn what the agent offered (None: it rejected) and what the partner offered then.

    Raises:
        BadOption: for talk that no partner could have had.
    """
    place = known.splits.index
    weight = known.prior * known.offers[0, place(opening)]
    for turn, (offer, reply) in enumerate(talk):
        if offer is not None:
            weight = weight * (1 - known.accepts[turn, place(offer)])
        weight = weight * known.offers[turn, place(reply)]
    if not weight.sum() > 0:
        raise BadOption(f"talk={talk!r:.80}", where="believed", expected="what some partner says")
    return weight / weight.sum()


def blind_value(known: Law, share: Sequence[float], opening: Split) -> float:
    """The largest expected share of one who knows the law of partners but not which one it is.

    Args:
        known: the law of partners; in the last turn one can only accept or reject.
        share: [O] what each split is worth to the agent, 0..1.
        opening: the offer that stands at first.

    Raises:
        BadOption: if there are more conversations than can be searched.
    """
    turns = len(known.accepts)
    replies = int((known.offers > 0).any(axis=2).sum(axis=1).max())
    if ((len(known.splits) + 1) * replies) ** (turns - 1) > LARGEST:
        raise BadOption(
            f"{len(known.splits)} offers and {turns} turns",
            where="blind_value",
            expected="a smaller table, fewer turns",
        )

    def best(turn: int, standing: int, weight: np.ndarray) -> float:
        now = share[standing] * float(weight.sum())
        if turn == turns - 1 or not weight.any():
            return now
        refusals = [(0.0, weight)]
        for o, value in enumerate(share):
            yes = weight * known.accepts[turn, o]
            refusals.append((value * float(yes.sum()), weight - yes))
        for gained, left in refusals:
            later = left * known.offers[turn]  # [O, V]
            now = max(
                now, gained + sum(best(turn + 1, c, later[c]) for c in np.flatnonzero(later.any(axis=1)).tolist())
            )
        return now

    weight = known.prior * known.offers[0, known.splits.index(opening)]
    return best(0, known.splits.index(opening), weight) / float(weight.sum())
