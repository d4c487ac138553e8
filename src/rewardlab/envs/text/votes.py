"""What votes are worth: closed forms of majorities, of labels asked twice, and of tournaments.

    P(majority of n right) = Σ_{k > n/2} C(n, k) p^k (1 − p)^(n − k)  (+ half of the ties)
    a label with error e, kept if it is the same in both orders of a pair, is wrong with e² / (e² + (1 − e)²)
    a winner of j rounds is right with a_j = a_{j−1}² + 2 a_{j−1} (1 − a_{j−1}) p

Both assume that errors are independent; votes that err together are worth less.

Source: Condorcet, "Essai sur l'application de l'analyse à la probabilité des décisions", 1785.
"""

from math import comb

from rewardlab.core.errors import BadOption


def majority(p: float, votes: int) -> float:
    """The chance that most of so many votes are right, each with chance p; ties are decided by a coin.

    Raises:
        BadOption: for p outside 0..1, or no votes.
    """
    if not 0 <= p <= 1 or votes < 1:
        raise BadOption(f"p={p!r}, votes={votes!r}", where="majority", expected="p in 0..1 and at least one vote")
    chance = [comb(votes, k) * p**k * (1 - p) ** (votes - k) for k in range(votes + 1)]
    return sum(c * (1.0 if 2 * k > votes else 0.5 if 2 * k == votes else 0.0) for k, c in enumerate(chance))


def kept(error: float) -> tuple[float, float]:
    """(share of pairs whose label is the same in both orders, share of wrong labels among them).

    Raises:
        BadOption: for an error outside 0..1.
    """
    if not 0 <= error <= 1:
        raise BadOption(f"error={error!r}", where="kept", expected="0..1")
    share = error**2 + (1 - error) ** 2
    return share, error**2 / share


def tournament(right: float, p: float, rounds: int) -> float:
    """The chance that the winner of a knock-out among 2^rounds answers is right.

    Args:
        right: the chance that an answer is right.
        p: that the judge prefers the right one of a pair with one; between equals the verdict does not matter.
        rounds: from 0.

    Raises:
        BadOption: for chances outside 0..1, or a negative number of rounds.
    """
    if not (0 <= right <= 1 and 0 <= p <= 1) or rounds < 0:
        raise BadOption(
            f"right={right!r}, p={p!r}, rounds={rounds!r}", where="tournament", expected="0..1, from 0 rounds"
        )
    for _ in range(rounds):
        right = right**2 + 2 * right * (1 - right) * p
    return right
