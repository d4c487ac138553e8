"""Birth and death: processes on a line that go one place up, one place down, or stay.

    P(s + 1 | s, a) = up[a, s],    P(s − 1 | s, a) = down[a, s],    P(s | s, a) = 1 − up[a, s] − down[a, s]

At the ends of the line, a step beyond them is one that stays.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption


def profiles(values: Any, states: int, *, name: str, where: str) -> np.ndarray:
    """[A, N] of one row for each action: a number for all states, three for the first, the inner and the last, or N.

    Raises:
        BadOption: for anything else, or numbers that are not finite.
    """
    rows = []
    listed = values if isinstance(values, Sequence) and not isinstance(values, str) else [None]
    for row in listed:
        try:
            x = np.asarray(row, dtype=float)
        except (TypeError, ValueError):
            x = np.zeros((0, 0))
        if x.shape == ():
            x = np.full(states, float(x))
        elif x.shape == (3,):
            x = np.concatenate([x[:1], np.full(states - 2, x[1]), x[2:]])
        if x.shape != (states,) or not np.isfinite(x).all():
            expected = f"for each action a number, three numbers (first, inner, last state), or {states}"
            raise BadOption(f"{name}={values!r:.80}", where=where, expected=expected)
        rows.append(x)
    return np.stack(rows)


def birth_death(up: np.ndarray, down: np.ndarray, *, where: str) -> np.ndarray:
    """The transitions P [N, A, N] for probabilities [A, N].

    Raises:
        BadOption: where the two are no probabilities, or sum to more than 1.
    """
    if up.shape != down.shape:
        raise BadOption(f"up for {len(up)} actions, down for {len(down)}", where=where, expected="as many of both")
    if (np.minimum(up, down) < 0).any() or (up + down > 1 + 1e-12).any():
        raise BadOption("up and down", where=where, expected="probabilities that sum to at most 1 in each state")
    actions, states = up.shape
    P = np.zeros((states, actions, states))
    s = np.arange(states)
    for a in range(actions):
        P[s[:-1], a, s[1:]] += up[a, :-1]
        P[s[1:], a, s[:-1]] += down[a, 1:]
        P[s, a, s] += 1.0 - P[s, a].sum(1)
    return P


def balance(up: np.ndarray, down: np.ndarray) -> np.ndarray:
    """The stationary distribution [N] of one policy, for up and down [N]: π(s + 1) down(s + 1) = π(s) up(s)."""
    weight = np.concatenate([[1.0], np.cumprod(up[:-1] / down[1:])])
    return weight / weight.sum()
