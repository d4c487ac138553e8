"""What the members of the family share: one step of mirror descent on a game of preferences.

    π_new(y) ∝ exp(s P(y ≻ opponent)) Π_k q_k(y)^{c_k}

P(y ≻ y') + P(y' ≻ y) = 1, and no score need explain it. Every method here is this step, with its own opponent, step s
and anchors q_k. Policies are tables [n]; NumPy only.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rewardlab.core.game import check_mix, check_preferences
from rewardlab.core.responses import softmax


def step(
    preferences: np.ndarray, opponent: np.ndarray, *, size: float, anchors: Sequence[tuple[float, np.ndarray]]
) -> np.ndarray:
    """The next policy [n].

    Args:
        preferences: [n, n], the probability that the first is preferred to the second.
        opponent: [n], against whom responses are tried.
        size: s >= 0.
        anchors: pairs of an exponent c_k and a policy q_k [n].
    """
    logits = size * (preferences @ opponent)
    with np.errstate(divide="ignore"):
        for weight, policy in anchors:
            if weight != 0.0:  # 0 times the log of nothing is not a number
                logits = logits + weight * np.log(policy)
    return softmax(logits)


def game(preferences: Any, reference: Any, *, where: str) -> tuple[np.ndarray, np.ndarray]:
    """Preferences [n, n] and a reference [n], uniform if not given.

    Raises:
        BadOption: if P + Pᵀ is not 1, or the reference is no distribution.
    """
    p = check_preferences(preferences, where=where)
    n = len(p)
    return p, np.full(n, 1.0 / n) if reference is None else check_mix(reference, n, where=where)


def iterates(move: Callable[[np.ndarray, int], np.ndarray], start: np.ndarray, rounds: int) -> np.ndarray:
    """start, move(start, 0), move(that, 1), ... as [rounds + 1, n]."""
    found = [start]
    for t in range(rounds):
        found.append(move(found[-1], t))
    return np.array(found)
