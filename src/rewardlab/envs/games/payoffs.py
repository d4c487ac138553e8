"""Payoffs: the classical games by name, and random ones by seed, as arrays [P, n₁, …, n_P].

    zero_sum      u₂ = −u₁, entries uniform on [−1, 1)
    cyclic        P(i > j) = ½ + m_ij around a circle: every response is beaten by the one before it
    bradley_terry P(i > j) = 1 / (1 + exp(s_j − s_i))

Preferences are paid as chances of winning, P and its transpose. In games of two choices 0 cooperates (stag, heads).

Source: von Neumann, Morgenstern, "Theory of Games and Economic Behavior", 1944 (zero sum); Rapoport, Chammah,
"Prisoner's Dilemma: A Study in Conflict and Cooperation", 1965; Skyrms, "The Stag Hunt and the Evolution of Social
Structure", 2004; Bradley, Terry, "Rank Analysis of Incomplete Block Designs", Biometrika 1952.
"""

from collections.abc import Callable

import numpy as np

from rewardlab.core.errors import BadOption, nearest


def rock_paper_scissors(scissors: float = 1.0) -> np.ndarray:
    """[2, 3, 3]: rock, paper, scissors; a rock that breaks scissors wins `scissors`, all else 1.

    The equilibrium plays (1, s, 1) / (2 + s): the heavier the rock hits, the more paper.
    """
    s = scissors
    first = np.array([[0.0, -1.0, s], [1.0, 0.0, -1.0], [-s, 1.0, 0.0]])
    return np.stack([first, 0.0 - first])


def matching_pennies() -> np.ndarray:
    """[2, 2, 2]: player 0 wants equal sides, player 1 different ones."""
    first = np.array([[1.0, -1.0], [-1.0, 1.0]])
    return np.stack([first, -first])


def prisoners_dilemma() -> np.ndarray:
    """[2, 2, 2]: 3 each for two who cooperate, 1 each for two who defect; 5 for one who does alone, 0 for the other."""
    first = np.array([[3.0, 0.0], [5.0, 1.0]])
    return np.stack([first, first.T])


def stag_hunt() -> np.ndarray:
    """[2, 2, 2]: a stag takes both and pays 4 each; a hare pays 3, 2 if the other hunts hares too."""
    first = np.array([[4.0, 0.0], [3.0, 2.0]])
    return np.stack([first, first.T])


def zero_sum(n: int, seed: int, m: int | None = None) -> np.ndarray:
    """[2, n, m]: entries of their own, uniform on [−1, 1)."""
    first = 2.0 * np.random.default_rng(seed).random((n, n if m is None else m)) - 1.0
    return np.stack([first, 0.0 - first])


def preference(n: int, seed: int) -> np.ndarray:
    """[n, n]: every pair has a chance of its own, uniform on [0, 1): circles arise by themselves."""
    return _completed(np.random.default_rng(seed).random((n, n)))


def cyclic(n: int, seed: int) -> np.ndarray:
    """[n, n]: each response beats those less than half the circle after it, by a margin in [0.1, 0.4); n >= 3."""
    rng = np.random.default_rng(seed)
    margin = 0.1 + 0.3 * rng.random((n, n))
    ahead = (np.arange(n) - np.arange(n)[:, None]) % n  # [i, j] steps from i to j around the circle
    sign = np.where(2 * ahead < n, 1.0, np.where(2 * ahead > n, -1.0, 2.0 * rng.integers(0, 2, (n, n)) - 1.0))
    return _completed(0.5 + sign * margin)


def bradley_terry(n: int, seed: int) -> np.ndarray:
    """[n, n]: chances by scores that are standard normal: the highest score beats all others."""
    score = np.random.default_rng(seed).normal(size=n)
    chance = 1.0 / (1.0 + np.exp(score - score[:, None]))
    return _completed(np.round(chance, 12))  # so that platforms agree, whose exponentials differ in the last digit


FIXED: dict[str, Callable[[], np.ndarray]] = {
    "rock_paper_scissors": rock_paper_scissors,
    "biased_rock_paper_scissors": lambda: rock_paper_scissors(2.0),
    "matching_pennies": matching_pennies,
    "prisoners_dilemma": prisoners_dilemma,
    "stag_hunt": stag_hunt,
}
DRAWN: dict[str, Callable[[int, int], np.ndarray]] = {
    "zero_sum": zero_sum,
    "preference": preference,
    "cyclic": cyclic,
    "bradley_terry": bradley_terry,
}
PREFERENCES = ("preference", "cyclic", "bradley_terry")


def named(law: str, size: int | None, instance: int, *, where: str) -> np.ndarray:
    """The payoffs [P, n₁, …, n_P] of a law by name.

    Args:
        law: one of `FIXED` or `DRAWN`.
        size: actions of each player of a drawn game, 6 if None; fixed games have their own.
        instance: seed of a drawn game.
        where: the environment, for messages.

    Raises:
        BadOption: for an unknown law, a size for a fixed game, or one that is too small.
    """
    if law in FIXED:
        if size is not None:
            raise BadOption(f"size={size!r} for {law}", where=where, expected="None: it has its own", mend="law=...")
        return FIXED[law]()
    if law not in DRAWN:
        known = [*FIXED, *DRAWN]
        raise BadOption(f"law={law!r}", where=where, expected=f"one of {known}", mend=nearest(str(law), known))
    n, least = 6 if size is None else size, 3 if law == "cyclic" else 1
    if not isinstance(n, (int, np.integer)) or isinstance(n, bool) or n < least:
        raise BadOption(f"size={size!r} for {law}", where=where, expected=f"an integer of at least {least}")
    drawn = DRAWN[law](int(n), instance)
    return np.stack([drawn, drawn.T]) if law in PREFERENCES else drawn


def _completed(upper: np.ndarray) -> np.ndarray:
    """The preferences [n, n] with the entries of `upper` above the diagonal."""
    above = np.triu(upper, 1)
    return above + np.tril(1.0 - above.T, -1) + np.eye(len(upper)) / 2
